"""Log binomial coefficients are of data alone: no step of a sampler computes them again.

PyMC and Stan are given them, as `test_tables` says; of NumPyro's programs XLA takes them out of the loops.
"""

from __future__ import annotations

import re
from collections import defaultdict

import jax
import pytest
from pplcompare.backends.numpyro_backend import NumPyroBackend
from pplcompare.backends.refits import BATCH
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts

COUNTS = Counts(list("abcdefg"), [10, 1, 2, 5, 14, 20, 0], [0, 1, 1, 5, 4, 7, 0])


def log_gammas(program: str, shape: str) -> tuple[int, int]:
    """Count the instructions of log-gamma functions of arrays of a shape, in loops and outside, in XLA's text."""
    called: dict[str, set[str]] = defaultdict(set)
    found: dict[str, int] = defaultdict(int)
    loops: set[str] = set()
    name = ""
    for line in program.splitlines():
        if start := re.match(r"(?:ENTRY )?%?([\w.\-]+) \(.*\{$", line):
            name = start[1]
        called[name].update(re.findall(r"(?:calls|to_apply|body|condition|\w+_computation)=%?([\w.\-]+)", line))
        for branches in re.findall(r"branch_computations=\{([^}]*)\}", line):
            called[name].update(branch.strip(" %") for branch in branches.split(","))
        loops.update(re.findall(r"body=%?([\w.\-]+)", line))
        found[name] += re.search(rf" = {re.escape(shape)}\S* .*lgamma", line) is not None
    inside, waiting = set[str](), list(loops)
    while waiting:
        if (reached := waiting.pop()) not in inside:
            inside.add(reached)
            waiting += called[reached]
    within = sum(found[name] for name in inside)
    return within, sum(found.values()) - within


@pytest.mark.slow
@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(False, id="one fit"),
        pytest.param(
            True,
            id="many fits",
            marks=pytest.mark.nightly(
                twin="tests/backends/test_constants_once.py::test_xla_computes_them_before_the_loops_of_numpyros_sampler"
            ),
        ),
    ],
)
def test_xla_computes_them_before_the_loops_of_numpyros_sampler(batch: bool) -> None:
    model, settings = hierarchical(), NUTSSettings(chains=1, warmup=2, draws=2)
    inputs = model.bind(COUNTS)
    with jax.enable_x64(True):
        program = NumPyroBackend().compile(model.structure, inputs.sizes)
        list(program.sample_many([inputs], settings, [1])) if batch else program.sample(inputs, settings, 1)
    ((compiled, _),) = program._samplers.values()
    inside, outside = log_gammas(compiled.as_text(), f"f64[{BATCH},7]" if batch else "f64[7]")
    assert inside == 0
    assert outside > 0
    if not batch:  # those of alpha, beta and their sum, which each step needs
        assert log_gammas(compiled.as_text(), "f64[]")[0] > 0

"""Many calls of one Stan program, in one process or in one each: the same numbers, and an error that says which."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pplcompare.backends.fit import Draws, Timing
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.settings import NUTSSettings
from pplcompare.backends.stan_backend import StanBackend, StanProgram
from pplcompare.backends.stan_toolchain.locate import Toolchain, locate
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, EvaluationError, SamplingError

pytestmark = pytest.mark.seconds(40)

MODEL = hierarchical()
COUNTS = [Counts(["A", "B"], [200, 10], [19 + i, 3 + i]) for i in range(4)]
INPUTS = [MODEL.bind(counts) for counts in COUNTS]
POINTS = {
    "alpha": np.array([1.5, 2.25, 1.75, 1.5]),
    "beta": np.array([5.5, 4.75, 6.0, 5.5]),
    "rate": np.array([[0.1, 0.3], [0.09, 0.7], [0.11, 1e-9], [0.1, 0.3]]),
}
KERNEL = FrozenKernel(0.4, {"alpha": np.array(0.04), "beta": np.array(0.02), "rate": np.array([0.05, 0.3])})
SEEDS = [5, 5, 2147483647, 0]
SETTINGS = NUTSSettings(chains=1, warmup=60, draws=30)

type Origin = Literal["user", "embedded"]
type Wrapped = Callable[[Origin], StanProgram]

ORIGINS = pytest.mark.parametrize("origin", ["embedded", "user"])


@pytest.fixture
def wrapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wrapped:
    """The real program behind a script that notes each call; where it is a user's own it does not know ``runs=``."""
    monkeypatch.delenv("CMDSTAN", raising=False)
    path = StanBackend().compile(MODEL.structure, INPUTS[0].sizes)._path

    def of(origin: Origin) -> StanProgram:
        refused = "case $1 in runs=*) echo 'runs is not known' >&2; exit 1;; esac" if origin == "user" else ""
        script = tmp_path / origin
        log = shlex.quote(str(tmp_path / f"{origin}.log"))
        script.write_text(f'#!/bin/sh\n[ "$1" = info ] || echo "$1" >> {log}\n{refused}\nexec {path} "$@"\n')
        script.chmod(0o700)
        toolchain = Toolchain(tmp_path, locate().version, origin, "g++", "key")
        return StanProgram(MODEL.structure, toolchain, script, Timing())

    return of


def calls(folder: Path, origin: str) -> list[str]:
    return (folder / f"{origin}.log").read_text().splitlines()


def moved(program: StanProgram, points: list[int]) -> Draws:
    given = {name: of[points] for name, of in POINTS.items()}
    return program.transitions([INPUTS[i] for i in points], given, KERNEL, 9, [SEEDS[i] for i in points])


@pytest.mark.slow
def test_one_process_moves_from_each_point_as_a_process_of_its_own(wrapped: Wrapped, tmp_path: Path) -> None:
    together, apart = (moved(wrapped(origin), [0, 1, 2, 3]) for origin in ("embedded", "user"))
    assert calls(tmp_path, "embedded") == ["runs=runs.txt"]
    assert calls(tmp_path, "user") == ["id=1"] * 4
    alone = [moved(wrapped("user"), [i]) for i in (3, 1)]
    for name, of in together.items():
        assert np.array_equal(of, apart[name])
        assert np.array_equal(of[[3, 1]], np.concatenate([one[name] for one in alone]))
    # Points, seeds and data make a difference, so that equality says something.
    assert len({float(of) for of in together["alpha"][:, -1]}) == 4


@pytest.mark.slow
@ORIGINS
def test_a_point_that_cannot_be_started_from_is_told_by_its_number(wrapped: Wrapped, origin: Origin) -> None:
    program, kernel = wrapped(origin), KERNEL
    points = {**POINTS, "beta": np.array([5.5, 4.75, -6.0, 5.5])}
    with pytest.raises(
        BackendError, match=r"^stan: call 3 of 4: could not move from a given point: .*Initialization failed"
    ) as caught:
        program.transitions(INPUTS, points, kernel, 9, SEEDS)
    assert caught.value.where == "stan"


SCRIPTS = {
    "crash": ('[ "$n" = 3 ] && kill -SEGV $$', SamplingError, r"crashed \(SIGSEGV\)"),
    "words": ('[ "$n" = 3 ] && { echo broken >&2; exit 70; }', SamplingError, "ended with code 70: broken"),
    "refused": ('[ "$n" = 3 ] && { echo "(in \'m.stan\', line 4)"; exit 1; }', EvaluationError, "line 4"),
    "no rows": ('[ "$n" = 3 ] && return 0', SamplingError, "No such file"),
}
WRITES = """#!/bin/sh
[ "$1" = info ] && exit 0
n=0
one() {
  n=$((n + 1))
  for word; do case $word in file=output_*) to=${word#file=};; esac; done
  case $to in output_2.csv) n=3;; esac
  %s
  echo lp__,alpha,beta,rate.1,rate.2 > $to
  for row in 1 2 3 4 5 6 7 8 9; do echo 0,1,1,0.5,0.5 >> $to; done
}
case $1 in
runs=*) while read -r line; do one $line; done < "${1#runs=}";;
*) one "$@";;
esac
"""


@ORIGINS
@pytest.mark.parametrize("fault", SCRIPTS)
def test_which_call_a_program_broke_in_is_told(origin: Origin, fault: str, tmp_path: Path) -> None:
    script, error, words = SCRIPTS[fault]
    path = tmp_path / "model"
    path.write_text(WRITES % script)
    path.chmod(0o700)
    program = StanProgram(MODEL.structure, Toolchain(tmp_path, "2.39.0", origin, "g++", "key"), path, Timing())
    with pytest.raises(error, match=f"^stan: call 3 of 4: could not move from a given point: .*{words}"):
        program.transitions(INPUTS, POINTS, KERNEL, 9, SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, chains=2, target_accept=0.95, max_tree_depth=3)])
def test_many_fits_are_bitwise_those_of_cmdstanpy(wrapped: Wrapped, tmp_path: Path, settings: NUTSSettings) -> None:
    program = wrapped("embedded")
    many = list(program.sample_many(INPUTS, settings, SEEDS))
    assert calls(tmp_path, "embedded") == ["runs=runs.txt"]
    for inputs, seed, fit in zip(INPUTS, SEEDS, many, strict=True):
        one = program.sample(inputs, settings, seed)
        assert (fit.seed, fit.native) == (one.seed, one.native)
        for ours, theirs in ((fit.draws, one.draws), (fit.statistics, one.statistics)):
            assert ours.keys() == theirs.keys()
            for name, of in theirs.items():
                assert ours[name].dtype == of.dtype
                assert np.array_equal(ours[name], of), name
    assert calls(tmp_path, "embedded") == ["runs=runs.txt"] + ["id=1", "id=2"][: settings.chains] * len(INPUTS)
    run, warmup = many[0].timing.run, many[0].timing.warmup
    assert run is not None
    assert warmup is not None
    assert 0.0 <= warmup.wall <= run.wall
    assert all(fit.timing.run == run for fit in many)


@pytest.mark.slow
def test_what_one_process_cannot_honour_is_left_to_cmdstanpy(wrapped: Wrapped, tmp_path: Path) -> None:
    """A CmdStan of the user's, which knows one call at a time, and chains side by side."""
    together = list(wrapped("embedded").sample_many(INPUTS[:2], SETTINGS, SEEDS[:2]))
    apart = list(wrapped("user").sample_many(INPUTS[:2], SETTINGS, SEEDS[:2]))
    assert calls(tmp_path, "user") == ["id=1"] * 2
    for one, other in zip(together, apart, strict=True):
        assert all(np.array_equal(one.draws[name], of) for name, of in other.draws.items())
    list(wrapped("embedded").sample_many(INPUTS[:1], replace(SETTINGS, chains=2, cores=2), SEEDS[:1]))
    assert sorted(calls(tmp_path, "embedded")) == ["id=1", "id=2", "runs=runs.txt"]


@pytest.mark.slow
def test_a_data_set_that_cannot_be_fitted_is_told_by_its_number(wrapped: Wrapped) -> None:
    wrong = replace(INPUTS[1], counts={**INPUTS[1].counts, "trials": np.array([20, 1])})
    with pytest.raises(BackendError, match=r"^stan: call 2 of 3: could not sample: "):
        list(wrapped("embedded").sample_many([INPUTS[0], wrong, INPUTS[2]], SETTINGS, SEEDS[:3]))

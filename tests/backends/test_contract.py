"""One suite for all backends: what the protocol's docstrings promise, on the real libraries, each in its own worker.

First comes the suite that is shipped, then what our own adapters promise beyond it. A new backend is one row of
`BACKENDS`.
"""

from dataclasses import replace

import numpy as np
import pytest
from pplcompare.backends.fit import STATISTICS, Fit
from pplcompare.backends.refits import BATCH
from pplcompare.backends.registry import backend_names
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Gamma
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.same_model import check_same_model
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.process.remote import RemoteBackend, RemoteProgram
from pplcompare.validation.testing.contract import PROMISES
from pplcompare.validation.testing.contract_case import COUNTS, DRAWS, SHORT, SHORTEST

from tests.backends.conftest import Workshop
from tests.reference.fixtures import heavy_priors

# Backend -> the statistics it does not report.
BACKENDS = {
    "exact": set(STATISTICS),
    "nutpie": set(),
    "numpyro": {"tree_depth"},
    "pymc": set(),
    "stan": set(),
}
SETTINGS = SHORT
# Two programs more for a library that compiles its settings.
CAREFUL = replace(SETTINGS, target_accept=0.99, max_tree_depth=3)
HASTY = replace(SETTINGS, target_accept=0.6, max_tree_depth=1)
# They run many fits side by side in batches of one size; the others fit one after the other.
BATCHED = {"numpyro"}
MODEL = hierarchical()

pytestmark = [pytest.mark.slow, pytest.mark.seconds(40)]


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest, workshop: Workshop) -> RemoteBackend:
    remote = workshop(request.param)
    status = remote.status()
    assert status.available, f"{status.problem}; {status.mend}"
    return remote


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return MODEL.bind(COUNTS)


@pytest.fixture(scope="module")
def program(backend: RemoteBackend, inputs: Inputs) -> RemoteProgram:
    return backend.compile(MODEL.structure, inputs.sizes)


@pytest.fixture(scope="module")
def fit(program: RemoteProgram, inputs: Inputs) -> Fit:
    return program.sample(inputs, SETTINGS, 1)


@pytest.fixture(scope="module")
def careful(program: RemoteProgram, inputs: Inputs) -> Fit:
    return program.sample(inputs, CAREFUL, 1)


@pytest.fixture(scope="module")
def hasty(program: RemoteProgram, inputs: Inputs) -> Fit:
    return program.sample(inputs, HASTY, 1)


def test_the_suite_covers_every_registered_backend() -> None:
    assert set(BACKENDS) == set(backend_names())


def test_the_shipped_contract_is_kept(backend: RemoteBackend, program: RemoteProgram) -> None:
    """By the suite that third parties have, in the worker; of programs it takes those that are compiled there."""
    found = {name: backend.promise(name, DRAWS) for name in PROMISES}
    kept = {Outcome.PASSED, Outcome.OURS} if backend.name == "exact" else {Outcome.PASSED}
    assert {name: result for name, result in found.items() if result[0] not in kept} == {}


def test_statistics_have_our_names_and_are_absent_where_the_library_has_none(backend: RemoteBackend, fit: Fit) -> None:
    assert set(fit.statistics) == set(STATISTICS) - BACKENDS[backend.name]
    assert all(values.shape == (3, 211) for values in fit.statistics.values())
    if "n_steps" in fit.statistics:
        assert np.all(fit.statistics["n_steps"] >= 1)
        assert fit.statistics["diverging"].dtype == np.bool_


def test_other_data_and_other_priors_need_no_new_program(program: RemoteProgram, inputs: Inputs) -> None:
    other = hierarchical(alpha=Gamma(2.5, 7.25)).bind(Counts(COUNTS.groups, [9, 9, 9, 9, 9], [9, 0, 1, 5, 8]))
    agrees = Outcome.OURS if program.backend == "exact" else Outcome.PASSED
    assert check_same_model(program, MODEL.structure, other).outcome is agrees
    assert check_same_model(program, MODEL.structure, inputs).outcome is agrees
    before = program.sample(inputs, SETTINGS, 5).draws["alpha"]
    assert not np.array_equal(program.sample(other, SETTINGS, 5).draws["alpha"], before)
    assert np.array_equal(program.sample(inputs, SETTINGS, 5).draws["alpha"], before)


def test_priors_with_heavy_tails_are_the_same_model_and_sampled_right(backend: RemoteBackend) -> None:
    _, model, counts = heavy_priors()
    bound = model.bind(counts)
    program = backend.compile(model.structure, bound.sizes)
    agrees = Outcome.OURS if program.backend == "exact" else Outcome.PASSED
    assert check_same_model(program, model.structure, bound).outcome is agrees
    fit = program.sample(bound, replace(SETTINGS, chains=4, warmup=1000, draws=1500, target_accept=0.95), 1)
    checked = check_draws(exact_posterior(model, counts), fit.draws)
    assert checked.outcome is Outcome.PASSED, str(checked)


def test_settings_are_passed_as_given(program: RemoteProgram, careful: Fit, hasty: Fit) -> None:
    for settings, found in ((CAREFUL, careful), (HASTY, hasty)):
        assert found.native == program.native_settings(settings)
        if "n_steps" in found.statistics:
            assert found.statistics["n_steps"].max() <= 2**settings.max_tree_depth - 1


def test_a_higher_target_acceptance_makes_smaller_steps(careful: Fit, hasty: Fit) -> None:
    if "step_size" in careful.statistics:
        assert careful.statistics["step_size"].mean() < hasty.statistics["step_size"].mean()


def test_time_is_told_by_phase(fit: Fit) -> None:
    timing = fit.timing
    assert timing.run is not None
    assert timing.run.wall > 0.0
    assert timing.build is not None
    if timing.warmup is not None and timing.sampling is not None:
        assert timing.warmup.wall + timing.sampling.wall <= timing.run.wall + 0.01


def test_counts_beyond_the_library_are_refused_by_name_and_never_wrapped(
    backend: RemoteBackend, program: RemoteProgram
) -> None:
    large = MODEL.bind(Counts(COUNTS.groups, [2**31, 1, 1, 1, 1], [0, 0, 0, 0, 0]))
    if backend.name in ("nutpie", "pymc", "stan"):
        with pytest.raises(UnsupportedModel, match=r"trials.*2147483648"):
            program.sample(large, SETTINGS, 1)
    else:
        agrees = Outcome.OURS if backend.name == "exact" else Outcome.PASSED
        assert check_same_model(program, MODEL.structure, large).outcome is agrees


def test_many_fits_are_the_same_whatever_stands_beside_them(
    backend: RemoteBackend, program: RemoteProgram, inputs: Inputs
) -> None:
    size = BATCH + 2 if backend.name in BATCHED else 4
    others = [MODEL.bind(Counts(COUNTS.groups, [99, 9, 9, 9, 9], [k, 0, 1, 5, 8])) for k in range(size)]
    few = list(program.sample_many([inputs, *others[:2]], SHORTEST, [7, 8, 9]))
    many = list(program.sample_many([inputs, *others], SHORTEST, range(7, 7 + len(others) + 1)))
    assert len(many) == size + 1
    for one, again in zip(few, many, strict=False):
        assert one.seed == again.seed
        assert all(np.array_equal(one.draws[name], again.draws[name]) for name in one.draws)
    assert few[0].draws["rate"].shape == (3, 53, 5)
    assert not np.array_equal(few[0].draws["alpha"], few[1].draws["alpha"])

"""One suite for all backends: simulation by each library's own generator, against exact distributions."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Simulator
from pplcompare.backends.registry import backend_names
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import (
    DISTRIBUTIONS,
    Beta,
    BetaBinomial,
    BetaProportion,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Pareto,
    PowerLaw,
    Uniform,
)
from pplcompare.models.errors import SpecificationError
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.process.remote import RemoteBackend, RemoteProgram
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from scipy import special, stats

from tests.backends.conftest import Workshop

MODEL = hierarchical()
COUNTS = Counts([f"g{i}" for i in range(5)], [7, 20, 100, 3, 0], [1, 20, 9, 0, 0])
INPUTS = MODEL.bind(COUNTS)
# Of all comparisons in this file, and how many they are at most.
LEVEL, COMPARISONS = 1e-6, 200
NAMES = backend_names()

pytestmark = [pytest.mark.slow, pytest.mark.seconds(30)]


@pytest.fixture(scope="module", params=NAMES)
def backend(request: pytest.FixtureRequest, workshop: Workshop) -> RemoteBackend:
    return workshop(request.param)


@pytest.fixture(scope="module")
def program(backend: RemoteBackend) -> RemoteProgram:
    return backend.compile(MODEL.structure, INPUTS.sizes)


@pytest.fixture(scope="module")
def simulator(program: RemoteProgram) -> Simulator:
    return simulator_of(program)


@pytest.fixture(scope="module")
def fit() -> Fit:
    """Exact draws: what is tested here is what a backend makes of them."""
    program = ExactBackend().compile(MODEL.structure, INPUTS.sizes)
    return program.sample(INPUTS, NUTSSettings(chains=3, draws=1999), 1)


def simulator_of(program: RemoteProgram) -> Simulator:
    assert program.simulator is not None
    return program.simulator


def agrees(uniform: NDArray[np.float64]) -> bool:
    """Whether independent draws are uniform, by Kolmogorov and Smirnov."""
    return bool(stats.kstest(uniform.ravel(), "uniform").pvalue > LEVEL / COMPARISONS)


def randomised(cdf: Any, below: Any) -> NDArray[np.float64]:
    u = np.random.default_rng(3).uniform(size=cdf.shape)
    return np.asarray(below + u * (cdf - below))


def test_draws_from_the_prior_have_names_shapes_and_the_right_distributions(simulator: Simulator) -> None:
    drawn = simulator.prior(INPUTS, 4001, 0)
    shapes = {"alpha": (1, 4001), "beta": (1, 4001), "rate": (1, 4001, 5), "successes": (1, 4001, 5)}
    assert {name: values.shape for name, values in drawn.items()} == shapes
    assert all(values.dtype == np.float64 for values in drawn.values())
    assert agrees(stats.gamma.cdf(drawn["alpha"], 16, scale=1 / 9))
    assert agrees(stats.gamma.cdf(drawn["beta"], 40, scale=1 / 8))
    alpha, beta, rate, k = (drawn[name] for name in ("alpha", "beta", "rate", "successes"))
    for g, n in enumerate(COUNTS.trials):
        assert agrees(special.betainc(alpha, beta, rate[:, :, g]))
        at = k[:, :, g], n, rate[:, :, g]
        assert agrees(randomised(stats.binom.cdf(*at), stats.binom.cdf(at[0] - 1, *at[1:])))


def test_counts_to_come_have_names_shapes_and_the_exact_distribution(simulator: Simulator, fit: Fit) -> None:
    exact = exact_posterior(MODEL, COUNTS)
    trials, new_trials = np.array([11, 6, 30, 3, 17]), np.array([13, 0])
    drawn = simulator.posterior(INPUTS, fit, 0, trials=trials, new_trials=new_trials)
    shapes = {"successes": (3, 1999, 5), "rate_new": (3, 1999, 2), "successes_new": (3, 1999, 2)}
    assert {name: values.shape for name, values in drawn.items()} == shapes
    assert all(values.dtype == np.float64 for values in drawn.values())
    # Given the very draws of the fit: an order of groups or of draws that got lost would show.
    for g, n in enumerate(trials):
        k, rate = drawn["successes"][:, :, g], fit.draws["rate"][:, :, g]
        assert agrees(randomised(stats.binom.cdf(k, n, rate), stats.binom.cdf(k - 1, n, rate)))
        marginal = exact.predictive(g, int(n))
        assert agrees(randomised(marginal.cdf(k.astype(int)), marginal.cdf(k.astype(int) - 1)))
    for g, n in enumerate(new_trials):
        rate, k = drawn["rate_new"][:, :, g], drawn["successes_new"][:, :, g].astype(int)
        assert agrees(special.betainc(fit.draws["alpha"], fit.draws["beta"], rate))
        assert agrees(exact.new_group().table().cdf(rate))
        assert agrees(randomised(stats.binom.cdf(k, n, rate), stats.binom.cdf(k - 1, n, rate)))


def test_without_trials_the_next_campaign_is_as_large_as_the_first(simulator: Simulator, fit: Fit) -> None:
    drawn = simulator.posterior(INPUTS, fit, 5)
    assert set(drawn) == {"successes"}
    assert np.all(drawn["successes"] <= COUNTS.trials)
    assert np.all(drawn["successes"].max(axis=(0, 1))[[1, 3]] == [20, 3])


def test_the_same_seed_gives_the_same_draws_and_chains_differ(simulator: Simulator, fit: Fit) -> None:
    few = Fit({name: values[:, :100] for name, values in fit.draws.items()}, {}, fit.timing, 1)
    first, again, other = (simulator.posterior(INPUTS, few, seed, new_trials=np.array([5])) for seed in (0, 0, 1))
    for name in first:
        assert np.array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other[name])
        assert len({chain.tobytes() for chain in first[name]}) == 3
    prior = [simulator.prior(INPUTS, 100, seed)["rate"] for seed in (0, 0, 1)]
    assert np.array_equal(prior[0], prior[1])
    assert not np.array_equal(prior[0], prior[2])


def test_improper_priors_are_refused_by_name_and_the_posterior_is_not(backend: RemoteBackend) -> None:
    model = hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5))
    inputs: Inputs = model.bind(COUNTS)
    program = backend.compile(model.structure, inputs.sizes)
    simulator = simulator_of(program)
    with pytest.raises(SpecificationError, match=r"concentration.*improper"):
        simulator.prior(inputs, 10, 1)
    rng = np.random.default_rng(1)
    draws = {
        "mean": rng.uniform(0.2, 0.4, (1, 499)),
        "concentration": rng.uniform(5.0, 9.0, (1, 499)),
        "rate": rng.uniform(0.1, 0.9, (1, 499, 5)),
    }
    fit = Fit(draws, {}, program.timing, 1)
    rate = simulator.posterior(inputs, fit, 1, new_trials=np.array([9]))["rate_new"][:, :, 0]
    a, c = draws["mean"] * draws["concentration"], draws["concentration"]
    assert agrees(special.betainc(a, c - a, rate))


def test_every_proper_distribution_is_simulated(backend: RemoteBackend) -> None:
    model = Model(
        "all",
        Input("n", plate="g"),
        Variable("m", Uniform(0.2, 0.7)),
        Variable("c", Pareto(1.5, 3.0)),
        Variable("b", Gamma(2.5, 7.25)),
        Variable("e", Exponential(0.7)),
        Variable("l", LogNormal(-0.35, "e")),
        Variable("h", HalfNormal("b"), plate="g"),
        Variable("w", HalfCauchy("c"), plate="g"),
        Variable("i", InverseGamma("c", "b"), plate="g"),
        Variable("t", HalfStudentT("c", "b"), plate="g"),
        Variable("p", Beta(2.5, "b"), plate="g"),
        Variable("q", BetaProportion("m", "c"), plate="g"),
        Observed("k", BetaBinomial("n", "c", "b"), plate="g"),
    )
    used = {type(item.distribution).__name__ for item in model.structure.random}
    proper = {name for name, kind in DISTRIBUTIONS.items() if kind.proper}
    assert used == proper - {"Binomial"}  # which is drawn above
    inputs = model.bind(Counts("ab", [4, 9], [0, 0]))
    program = backend.compile(model.structure, inputs.sizes)
    simulator = simulator_of(program)
    drawn = simulator.prior(inputs, 997, 3)
    b, c, m = (drawn[name][..., None] for name in ("b", "c", "m"))
    assert agrees((drawn["m"] - 0.2) / 0.5)
    assert agrees(1 - (1.5 / drawn["c"]) ** 3.0)
    assert agrees(stats.gamma.cdf(drawn["b"], 2.5, scale=1 / 7.25))
    assert agrees(-np.expm1(-0.7 * drawn["e"]))
    assert agrees(special.ndtr((np.log(drawn["l"]) + 0.35) / drawn["e"]))
    assert agrees(special.erf(drawn["h"] / b / np.sqrt(2)))
    assert agrees(2 / np.pi * np.arctan(drawn["w"] / c))
    assert agrees(special.gammaincc(c, b / drawn["i"]))
    assert agrees(2 * special.stdtr(c, drawn["t"] / b) - 1)
    assert agrees(special.betainc(2.5, b, drawn["p"]))
    assert agrees(special.betainc(m * c, (1 - m) * c, drawn["q"]))
    at = drawn["k"], np.array([4, 9]), c, b
    assert agrees(randomised(stats.betabinom.cdf(*at), stats.betabinom.cdf(at[0] - 1, *at[1:])))
    known = {variable.name: drawn[variable.name] for variable in model.structure.variables}
    new = simulator.posterior(inputs, Fit(known, {}, program.timing, 1), 1, new_trials=np.array([9, 30, 5]))
    assert agrees(special.erf(new["h_new"] / b / np.sqrt(2)))
    assert agrees(2 / np.pi * np.arctan(new["w_new"] / c))
    assert agrees(special.gammaincc(c, b / new["i_new"]))
    assert agrees(2 * special.stdtr(c, new["t_new"] / b) - 1)
    assert agrees(special.betainc(2.5, b, new["p_new"]))

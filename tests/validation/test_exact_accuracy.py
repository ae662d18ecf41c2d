"""An exact posterior is certified or refused, and knows which of its moments exist."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Gamma, Pareto, PowerLaw, Uniform
from pplcompare.models.errors import AccuracyError
from pplcompare.models.spec import Model
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.certification import Map, certified
from pplcompare.validation.exact.quadrature.chart import chart
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.posterior import Posterior
from pplcompare.validation.exact.quadrature.update import Increments

CAMPAIGNS = load("campaigns")
RATS = load("rats")
ALL_FAILED = Counts("ab", [10, 7], [0, 0])
ALL_SUCCEEDED = Counts("ab", [10, 7], [10, 7])


def posterior(model: Model, counts: Counts) -> Posterior[Shapes]:
    data = Increments(counts.successes, counts.trials)
    return Posterior.given(BETA_BINOMIAL, hierarchy(model, BETA_BINOMIAL), data)


@pytest.mark.parametrize(
    ("model", "counts"),
    [(hierarchical(), CAMPAIGNS), (hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5)), RATS)],
    ids=["campaigns", "rats"],
)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_box_too_narrow_on_one_side_is_noticed(model: Model, counts: Counts, axis: int, side: int) -> None:
    on = posterior(model, counts)
    right = Map(on, chart(on.log_density, (1, 0), 0.5, 0.4), 0.2).box
    assert certified(on, box=right).error.accepted
    ends = [list(pair) for pair in right]
    ends[axis][side] *= 0.55
    with pytest.raises(AccuracyError, match="differ by more than"):
        certified(on, box=tuple((low, high) for low, high in ends))


PRIORS = [
    hierarchical(Gamma(0.5, 0.1), Gamma(0.5, 0.1)),
    hierarchical(Gamma(200, 100), Gamma(0.5, 0.1)),
    hierarchical(Gamma(200, 100), Pareto(1, 1.1)),
    hierarchical(Uniform(0.5, 3), Pareto(1, 3)),
    hierarchical_proportion(Beta(0.1, 0.1), Gamma(0.5, 0.1)),
    hierarchical_proportion(Uniform(0.2, 0.4), Pareto(0.1, 1.1)),
    hierarchical_proportion(Uniform(0, 1), Pareto(1, 1.5)),
]
DATA = {
    "no trials": Counts(["a"], [0], [0]),
    "all failed": ALL_FAILED,
    "all succeeded": ALL_SUCCEEDED,
    "a million": Counts(["a", "b"], [10**6, 3], [300_000, 1]),
    "campaigns": CAMPAIGNS,
}


@pytest.mark.parametrize("model", PRIORS, ids=lambda m: ", ".join(str(v.distribution) for v in m.items[1:3]))
@pytest.mark.parametrize("name", DATA)
def test_hard_priors_and_data_are_certified(model: Model, name: str) -> None:
    found = exact_posterior(model, DATA[name])
    assert found.error.largest <= 1e-9
    assert 0.0 < found.new_group().mean < 1.0
    assert found.log_evidence is not None
    assert found.log_evidence <= 1e-9


def test_two_hundred_groups_of_a_million() -> None:
    successes = np.random.default_rng(1).integers(1000, 200_000, 200)
    found = exact_posterior(
        hierarchical(Gamma(2, 0.1), Gamma(2, 0.1)), Counts(map(str, range(200)), [10**6] * 200, successes)
    )
    assert found.error.largest <= 1e-9
    assert found.marginal("rate", 7).mean == pytest.approx(successes[7] / 10**6, rel=1e-3)


@pytest.mark.parametrize("counts", [CAMPAIGNS, ALL_FAILED, ALL_SUCCEEDED, Counts("abc", [4, 1, 9], [0, 1, 4])])
@pytest.mark.parametrize(
    "model",
    [
        hierarchical(PowerLaw(1.5), PowerLaw(0.7)),
        hierarchical(Pareto(0.5, 1.1), Gamma(2, 3)),
        hierarchical(Gamma(0.3, 1), Uniform(0, 5)),
        hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5)),
    ],
    ids=lambda m: ", ".join(str(v.distribution) for v in m.items[1:3]),
)
def test_exponents_are_the_slopes_of_the_density_far_away(model: Model, counts: Counts) -> None:
    on = posterior(model, counts)
    at_rest = np.zeros(2)
    for ray in on.tails.rays:
        expected = on.tails.exponent(ray)
        near, far = (at_rest + t * np.array(ray) for t in (200.0, 300.0))
        values = [float(on.log_density([np.array(u) for u in place])) for place in (near, far)]
        slope = (values[1] - values[0]) / 100.0
        if math.isinf(expected):
            # Log densities of light tails fall faster than any slope; edges of supports are never passed.
            continue
        assert slope == pytest.approx(expected, abs=1e-9), ray


@pytest.mark.parametrize(
    ("model", "counts", "alpha", "beta"),
    [
        # Indices add where both shapes must go together; where every group failed, beta goes alone.
        (hierarchical(Pareto(1, 0.7), Pareto(1, 0.8)), CAMPAIGNS, 1.5, 1.5),
        (hierarchical(Pareto(1, 0.7), Pareto(1, 0.8)), ALL_FAILED, 1.5, 0.8),
        (hierarchical(Pareto(1, 0.7), Pareto(1, 0.8)), ALL_SUCCEEDED, 0.7, 1.5),
        (hierarchical(Pareto(1, 0.7), Pareto(1, 0.8)), Counts(["a"], [0], [0]), 0.7, 0.8),
        (hierarchical(Pareto(1, 1.5), Gamma(2, 1)), ALL_FAILED, 18.5, math.inf),
        (hierarchical(Pareto(1, 1.5), Gamma(2, 1)), ALL_SUCCEEDED, 1.5, math.inf),
        (hierarchical_proportion(Uniform(0, 1), Pareto(1, 1.5)), ALL_FAILED, 1.5, 1.5),
        (hierarchical(), CAMPAIGNS, math.inf, math.inf),
    ],
)
def test_moments_exist_below_an_index(model: Model, counts: Counts, alpha: float, beta: float) -> None:
    indices = posterior(model, counts).indices
    assert (indices["shape 1"], indices["shape 2"]) == pytest.approx((alpha, beta))


def test_moments_that_do_not_exist_are_infinite() -> None:
    found = exact_posterior(hierarchical(Pareto(1, 0.7), Pareto(1, 0.8)), ALL_FAILED)
    assert (found.marginal("beta").mean, found.marginal("beta").sd) == (math.inf, math.inf)
    assert math.isfinite(found.marginal("alpha").mean)
    assert found.marginal("alpha").sd == math.inf
    assert math.isfinite(found.derived()["log concentration"].sd)


def test_moments_beyond_float64_are_refused_but_only_they() -> None:
    found = exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(3.01)), RATS)
    with pytest.raises(AccuracyError, match="beyond float64"):
        _ = found.marginal("concentration").sd
    assert math.isfinite(found.expectation(lambda v: np.log(v["concentration"])))


def test_tails_without_end_are_refused() -> None:
    with pytest.raises(AccuracyError, match="range of float64"):
        exact_posterior(hierarchical_proportion(Uniform(0, 1), Pareto(1, 0.02)), CAMPAIGNS)

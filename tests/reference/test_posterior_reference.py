"""The posterior reference against published figures, and against answers that need no quadrature."""

from __future__ import annotations

from functools import cache

import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Gamma, Pareto, Uniform
from pplcompare.models.spec import Model

from tests.reference.density import context
from tests.reference.fixtures import foreign, small_counts
from tests.reference.posterior import HierarchicalPosterior

CERTAIN = context.mpf("1e-14")  # what step 0.1 and cutoff 1e-25 must reach


def solve(
    model: Model, counts: Counts, *, step: float = 0.1, cutoff: str = "1e-25", shift: float = 0.0
) -> HierarchicalPosterior:
    return HierarchicalPosterior(model.structure, model.bind(counts), step=step, cutoff=cutoff, shift=shift)


@cache
def campaigns() -> HierarchicalPosterior:
    return solve(hierarchical(), load("campaigns"))


def agrees(found: object, digits: str) -> bool:
    """Say whether a number rounds to the digits printed."""
    published = context.mpf(digits)
    return bool(abs(context.mpf(found) - published) <= context.mpf(10) ** -len(digits.partition(".")[2]) * 0.51)


def test_hyper_parameters_of_the_campaigns_are_as_published() -> None:
    assert agrees(campaigns().moments("alpha")[0], "1.69727568")
    assert agrees(campaigns().moments("beta")[0], "5.11334546")


def test_rates_of_the_campaigns_are_as_published() -> None:
    mean, sd = campaigns().rate_moments(0)
    assert agrees(mean, "0.10007621")
    assert agrees(sd, "0.020888")
    assert agrees(campaigns().rate_moments(1)[0], "0.279610")


def test_a_new_campaign_is_as_published() -> None:
    mean, sd = campaigns().rate_moments(None)
    assert agrees(mean, "0.249821")
    assert agrees(sd, "0.162821")


def test_the_probability_that_a_rate_is_below_its_observed_value_is_as_published() -> None:
    assert agrees(campaigns().rate_cdf(0, 0.095), "0.42709")


def test_the_evidence_of_the_campaigns_is_as_published() -> None:
    assert agrees(campaigns().log_evidence, "-6.3947433")


def test_the_concentration_under_a_pareto_prior_is_as_published() -> None:
    found = solve(hierarchical_proportion(), load("campaigns"), step=0.25, cutoff="1e-12").log_moments("concentration")
    assert agrees(found[0], "0.8408086")


def test_a_finer_shifted_lattice_gives_the_same() -> None:
    other = solve(hierarchical(), load("campaigns"), step=0.08, cutoff="1e-28", shift=0.37)
    assert other.size > campaigns().size
    assert abs(other.log_evidence - campaigns().log_evidence) < CERTAIN
    for name in ("alpha", "beta"):
        for finer, found in zip(other.moments(name), campaigns().moments(name), strict=True):
            assert abs(finer - found) < CERTAIN


def test_cumulative_probabilities_agree_with_moments() -> None:
    """The mean of a positive variable is the integral of its upper tail."""
    posterior = solve(foreign().model, small_counts())
    mean = posterior.moments("b")[0]
    tail = context.quad(
        lambda x: 1 - posterior.cdf("b", x), [0, 1, 3, 6, 10, 20, 40], method="gauss-legendre", maxdegree=2
    )
    assert abs(tail - mean) < 1e-6


def test_without_data_the_posterior_is_the_prior() -> None:
    posterior = solve(hierarchical(Gamma(16, 9), Gamma(40.5, 8)), Counts(["a"], [0], [0]), cutoff="1e-17")
    assert abs(posterior.log_evidence) < CERTAIN
    assert abs(posterior.moments("beta")[0] - context.mpf(40.5) / 8) < CERTAIN
    for name, shape, rate, x in (("alpha", 16, 9, 1.2), ("beta", 40.5, 8, 6.0)):
        prior = context.gammainc(shape, 0, context.mpf(rate) * x, regularized=True)
        assert abs(posterior.cdf(name, x) - prior) < CERTAIN


def test_one_success_in_one_trial_has_the_prior_mean_for_its_evidence() -> None:
    model = hierarchical_proportion(Beta(22.5, 47.25), Gamma(40.5, 8))
    posterior = solve(model, Counts(["a"], [1], [1]), cutoff="1e-17")
    assert abs(context.exp(posterior.log_evidence) - context.mpf(22.5) / context.mpf(69.75)) < CERTAIN
    # The mean given one success is Beta(23.5, 47.25), whatever the concentration.
    assert abs(posterior.cdf("mean", 0.3) - context.betainc(23.5, 47.25, 0, 0.3, regularized=True)) < CERTAIN


def test_bounded_and_shifted_supports_are_integrated_in_their_own_coordinates() -> None:
    model = hierarchical_proportion(Uniform(0.05, 0.9), Pareto(0.7, 3.0))
    posterior = solve(model, Counts(["a"], [1], [1]), step=0.3, cutoff="1e-13")
    assert float(context.exp(posterior.log_evidence)) == pytest.approx(0.475, abs=1e-10)
    assert float(posterior.moments("mean")[0]) == pytest.approx((0.9**3 - 0.05**3) / 3 / 0.85 / 0.475, abs=1e-10)
    assert float(posterior.log_moments("concentration")[0]) == pytest.approx(float(context.log(0.7)) + 1 / 3, abs=1e-10)

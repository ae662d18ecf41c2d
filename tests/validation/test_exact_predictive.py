"""Counts to come, rates compared, shortest intervals: exact answers against closed forms and other integrations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta
from pplcompare.models.errors import UsageError
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.order import probability_greater, probability_greater_after
from scipy import special, stats

CAMPAIGNS = load("campaigns")


@pytest.fixture(scope="module")
def campaigns() -> ExactPosterior:
    return exact_posterior(hierarchical(), CAMPAIGNS)


@pytest.fixture(scope="module")
def closed() -> ExactPosterior:
    return exact_posterior(independent(Beta(2, 5)), CAMPAIGNS)


def test_without_hyperparameters_the_next_campaign_is_beta_binomial(closed: ExactPosterior) -> None:
    k = np.arange(-1, 32)
    for group, shapes in ((0, (21, 186)), (1, (5, 12)), (None, (2, 5))):
        found, expected = closed.predictive(group, 30), stats.betabinom(30, *map(float, shapes))
        assert found.pmf(k) == pytest.approx(expected.pmf(k), rel=1e-11, abs=1e-300)
        assert found.cdf(k) == pytest.approx(expected.cdf(k), abs=1e-12)
        assert (found.mean, found.variance) == pytest.approx((expected.mean(), expected.var()), rel=1e-12)


def test_a_campaign_is_as_large_as_the_first_unless_said_otherwise(campaigns: ExactPosterior) -> None:
    assert [campaigns.predictive(group).n for group in (0, 1)] == [200, 10]
    with pytest.raises(UsageError, match="new group"):
        campaigns.predictive(None)
    with pytest.raises(UsageError, match="-1"):
        campaigns.predictive(0, -1)


@pytest.mark.parametrize("trials", [0, 1, 17, 1999, 2000, 2001, 3500])
@pytest.mark.parametrize("group", [0, 1, None])
def test_probabilities_sum_to_one_and_to_the_distribution_function(
    campaigns: ExactPosterior, group: int | None, trials: int
) -> None:
    found, k = campaigns.predictive(group, trials), np.arange(trials + 1)
    pmf = found.pmf(k)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert found.cdf(k) == pytest.approx(np.cumsum(pmf), abs=1e-9)
    assert found.mean == pytest.approx(pmf @ k, rel=1e-8)
    assert found.variance == pytest.approx(pmf @ (k - found.mean) ** 2, rel=1e-7)


@pytest.mark.parametrize("shapes", [(2.0, 5.0), (0.5, 0.5), (21.0, 186.0), (3e5, 2e6)])
@pytest.mark.parametrize("trials", [10_000, 1_000_000])
def test_large_campaigns_agree_with_the_sum_of_closed_probabilities(shapes: tuple[float, float], trials: int) -> None:
    found = exact_posterior(independent(Beta(*shapes)), CAMPAIGNS).predictive(None, trials)
    k = np.unique(np.rint(np.clip(found.mean + found.sd * np.array([-1.5, -0.5, 0.0, 1.0]), 0, trials)).astype(int))
    all_counts = np.arange(trials + 1.0)
    a, b = shapes
    log = -special.betaln(all_counts + 1, trials - all_counts + 1) - math.log(trials + 1)
    log += special.betaln(all_counts + a, trials - all_counts + b) - special.betaln(a, b)
    pmf = np.exp(log)
    assert found.pmf(k) == pytest.approx(pmf[k], rel=1e-7)
    assert found.cdf(k) == pytest.approx(np.cumsum(pmf)[k], abs=2e-8)


def test_probabilities_of_large_counts_to_ten_digits(campaigns: ExactPosterior) -> None:
    found = exact_posterior(independent(Beta(2.5, 7.25)), CAMPAIGNS).predictive(None, 10**6)
    with mpmath.workdps(40):
        a, b, n = mpmath.mpf("2.5"), mpmath.mpf("7.25"), 10**6
        for k in (0, 7, 200_000, 999_990):
            value = mpmath.binomial(n, k) * mpmath.beta(a + k, b + n - k) / mpmath.beta(a, b)
            assert found.pmf(np.array([k]))[0] == pytest.approx(float(value), rel=1e-10)


@pytest.mark.parametrize(("group", "trials"), [(0, 200), (1, 10), (None, 20), (None, 2000), (1, 2000)])
def test_probabilities_are_expectations_over_the_hyperparameters(
    campaigns: ExactPosterior, group: int | None, trials: int
) -> None:
    """Few trials are summed on the lattice of the rate, many, of which it is too coarse, on the nodes."""
    n, k = (0, 0) if group is None else [(200, 19), (10, 3)][group]
    found = campaigns.predictive(group, trials)
    for count in (0, trials // 7, trials // 2, 3 * trials // 4):

        def of(at: Mapping[str, Any], count: int = count) -> Any:
            a, b = at["alpha"] + k, at["beta"] + (n - k)
            log = special.betaln(a + count, b + trials - count) - special.betaln(a, b)
            return np.exp(log - special.betaln(count + 1, trials - count + 1)) / (trials + 1)

        assert found.pmf(np.array([count]))[0] == pytest.approx(campaigns.expectation(of), abs=1e-11)
    assert campaigns.predictive(group, trials) is found


def test_a_large_campaign_of_a_new_group_has_the_distribution_of_its_rate(campaigns: ExactPosterior) -> None:
    found, n = campaigns.predictive(None, 10**6), 10**6
    k = np.array([10_000, 250_000, 700_000])
    assert found.cdf(k) == pytest.approx(campaigns.new_group().cdf((k + 0.5) / n), abs=1e-5)


def test_epistemic_and_aleatoric_parts_add_up(closed: ExactPosterior) -> None:
    found = closed.predictive(1, 30)
    mean, variance = 5 / 17, 5 * 12 / (17**2 * 18)
    assert found.epistemic == pytest.approx(900 * variance, rel=1e-12)
    assert found.aleatoric == pytest.approx(30 * 5 * 12 / (17 * 18), rel=1e-12)
    assert found.mean == pytest.approx(30 * mean, rel=1e-13)


@pytest.mark.parametrize(
    "shapes",
    [((21, 186), (5, 12)), ((0.5, 0.5), (2, 5)), ((2, 3), (2, 3)), ((1, 1), (300, 1)), ((0.05, 4), (0.1, 3))],
)
def test_which_beta_is_greater_agrees_with_forty_digits(
    shapes: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    (a, b), (c, d) = shapes
    with mpmath.workdps(30):
        # P(X > Y) = sum over j of E[B-cdf] in closed form by hypergeometric 3F2 at 1.
        value = (
            mpmath.beta(a + c, b)
            / (c * mpmath.beta(c, d) * mpmath.beta(a, b))
            * mpmath.hyp3f2(c, 1 - d, a + c, c + 1, a + b + c, 1)
        )
    found = probability_greater(
        (np.array([float(a)]), np.array([float(b)])), (np.array([float(c)]), np.array([float(d)]))
    )
    assert found[0] == pytest.approx(float(value), abs=1e-10)


@pytest.mark.parametrize(
    ("one", "other"),
    [((20, 3), (20, 0)), ((200, 19), (10, 3)), ((0, 0), (5, 5)), ((1000, 0), (1000, 1000)), ((10**6, 3), (10**6, 9))],
)
def test_steps_from_a_half_agree_with_an_integral(one: tuple[int, int], other: tuple[int, int]) -> None:
    first, second = (np.exp(np.linspace(-1.0, end, 25)) for end in (4.0, 2.0))
    found = probability_greater_after(first, second, one, other)
    (n, k), (m, j) = one, other
    expected = probability_greater((first + k, second + (n - k)), (first + j, second + (m - j)))
    assert found == pytest.approx(expected, abs=1e-11)
    assert found + probability_greater_after(first, second, other, one) == pytest.approx(1.0, abs=1e-12)


def test_too_many_steps_are_integrated_and_common_counts_need_none() -> None:
    shapes = np.array([2.5]), np.array([7.25])
    mean, other = 0.3, 0.3002
    sd = math.sqrt((mean * 0.7 + other * 0.6998) / 1e8)
    found = probability_greater_after(*shapes, (10**8, 30_000_000), (10**8, 30_020_000))
    assert found[0] == pytest.approx(special.ndtr((mean - other) / sd), abs=1e-3)
    near = probability_greater_after(*shapes, (10**9, 10**8 + 1), (10**9, 10**8))
    assert near[0] == pytest.approx(0.5 + 1.0 / math.sqrt(4e9 * math.pi * 0.09), rel=1e-9)


def test_which_rate_is_greater(campaigns: ExactPosterior, closed: ExactPosterior) -> None:
    x, w = np.polynomial.legendre.leggauss(400)
    x, w = (x + 1) / 2, w / 2
    expected = w @ (stats.beta.pdf(x, 5.0, 12.0) * stats.beta.cdf(x, 21.0, 186.0))
    assert closed.probability_greater(1, 0) == pytest.approx(expected, abs=1e-9)
    found = campaigns.probability_greater(1, 0)
    draws = campaigns.simulate(200_000, np.random.default_rng(5))["rate"]
    assert abs((draws[:, 1] > draws[:, 0]).mean() - found) < 5 * math.sqrt(found * (1 - found) / 200_000)
    assert found + campaigns.probability_greater(0, 1) == pytest.approx(1.0, abs=1e-10)
    assert campaigns.probability_greater(None, None) == pytest.approx(0.5, abs=1e-10)
    with pytest.raises(UsageError, match="different"):
        campaigns.probability_greater(1, 1)
    with pytest.raises(UsageError, match="no such group"):
        campaigns.probability_greater(0, 2)


def test_which_rate_is_greater_agrees_with_another_integration(campaigns: ExactPosterior) -> None:
    """Over the hyper-parameters by Gauss-Legendre panels."""
    x, w = np.polynomial.legendre.leggauss(24)
    a_ends, b_ends = [0, 0.6, 1.2, 1.8, 2.6, 4, 7], [0, 2, 4, 5.5, 7.5, 11, 18]

    def panels(ends: list[float]) -> tuple[np.ndarray, np.ndarray]:
        pairs = list(itertools.pairwise(ends))
        return (
            np.concatenate([0.5 * (hi - lo) * x + 0.5 * (hi + lo) for lo, hi in pairs]),
            np.concatenate([0.5 * (hi - lo) * w for lo, hi in pairs]),
        )

    (a, wa), (b, wb) = panels(a_ends), panels(b_ends)
    a, b = (part.ravel() for part in np.meshgrid(a, b, indexing="ij"))
    log = 15 * np.log(a) - 9 * a + 39 * np.log(b) - 8 * b
    for n, k in ((200, 19), (10, 3)):
        log += special.betaln(a + k, b + n - k) - special.betaln(a, b)
    mass = np.exp(log - log.max()) * np.outer(wa, wb).ravel()
    inner = probability_greater((a + 3, b + 7), (a + 19, b + 181))
    assert campaigns.probability_greater(1, 0) == pytest.approx(mass @ inner / mass.sum(), abs=1e-9)


def test_the_shortest_interval(closed: ExactPosterior, campaigns: ExactPosterior) -> None:
    low, high = closed.marginal("rate", 1).hdi(0.94)
    law = stats.beta(5.0, 12.0)
    assert law.cdf(high) - law.cdf(low) == pytest.approx(0.94, abs=1e-9)
    assert law.pdf(high) == pytest.approx(law.pdf(low), rel=1e-7)
    for marginal in (campaigns.marginal("alpha"), campaigns.marginal("rate", 0), campaigns.new_group()):
        low, high = marginal.hdi()
        tails = marginal.quantile(np.array([0.03, 0.97]))
        assert high - low < tails[1] - tails[0]
        assert marginal.cdf(np.array(high)) - marginal.cdf(np.array(low)) == pytest.approx(0.94, abs=1e-8)


def test_the_shortest_interval_of_a_falling_density_begins_at_the_border() -> None:
    marginal = exact_posterior(independent(Beta(1, 5)), Counts(["a"], [0], [0])).marginal("rate", 0)
    assert marginal.hdi(0.9) == pytest.approx((0.0, 1 - 0.1 ** (1 / 5)), abs=1e-9)
    with pytest.raises(UsageError, match="probability"):
        marginal.hdi(1.0)

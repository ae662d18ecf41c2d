"""Two rates against mpmath, closed forms and identities: difference, ratio and loss, each with its error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta
from pplcompare.models.errors import AccuracyError, UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.quadrature.pair import Pair

ERROR = 1e-8
LEVELS = np.array([0.03, 0.5, 0.97])
CAMPAIGNS = load("campaigns")


def pair(model: Model, one: tuple[int, int], other: tuple[int, int]) -> Pair:
    """Return two groups with these successes and trials, `one` compared with `other`."""
    counts = Counts(["one", "other"], [one[1], other[1]], [one[0], other[0]])
    return exact_posterior(model, counts).pair(0, 1)


def by_mpmath(a: Sequence[float], b: Sequence[float], difference: float) -> mpmath.mpf:
    """Return P(X - Y <= difference) for X ~ Beta(*a), Y ~ Beta(*b), by Gauss-Legendre and tanh-sinh rules."""
    with mpmath.workdps(32):
        d = mpmath.mpf(difference)
        (a, b) = ([mpmath.mpf(shape) for shape in shapes] for shapes in (a, b))
        middle = b[0] / (b[0] + b[1])
        sd = mpmath.sqrt(middle * (1 - middle) / (b[0] + b[1] + 1))
        low, high = max(0, -d), min(1, 1 - d)
        cuts = sorted({low, high, *(middle + z * sd for z in (-9, -3, 0, 3, 9) if low < middle + z * sd < high)})

        def term(y: mpmath.mpf) -> mpmath.mpf:
            density = y ** (b[0] - 1) * (1 - y) ** (b[1] - 1) / mpmath.beta(*b)
            return density * mpmath.betainc(*a, 0, min(y + d, 1), regularized=True)

        rest = mpmath.betainc(*b, high, 1, regularized=True) if high < 1 else 0
        return mpmath.quad(term, cuts) + rest


@pytest.mark.parametrize("difference", [-0.2, 0.0, 0.1, 0.35])
def test_a_difference_against_mpmath(difference: float) -> None:
    found = pair(independent(Beta(2, 5)), (3, 10), (19, 200)).difference
    expected = by_mpmath((5, 12), (21, 186), difference)
    assert float(found.cdf(np.array(difference))) == pytest.approx(float(expected), abs=ERROR)
    assert float(found.sf(np.array(difference))) == pytest.approx(float(1 - expected), abs=ERROR)


def test_priors_with_spikes_against_mpmath() -> None:
    found = pair(independent(Beta(0.5, 0.25)), (0, 4), (0, 9)).difference
    for difference in (-0.1, 0.01):
        expected = by_mpmath((0.5, 4.25), (0.5, 9.25), difference)
        assert float(found.cdf(np.array(difference))) == pytest.approx(float(expected), abs=ERROR)


def test_uniform_rates_are_in_closed_form() -> None:
    found = pair(independent(Beta(1, 1)), (0, 0), (0, 0))
    x = np.array([-0.9, -0.25, 0.0, 0.5, 0.99])
    expected = np.where(x < 0.0, (1.0 + x) ** 2 / 2.0, 1.0 - (1.0 - x) ** 2 / 2.0)
    assert found.difference.cdf(x) == pytest.approx(expected, abs=ERROR)
    r = np.array([0.1, 1.0, 4.0])
    assert found.ratio.cdf(r) == pytest.approx(np.where(r < 1.0, r / 2.0, 1.0 - 0.5 / r), abs=ERROR)
    assert found.difference.quantile(LEVELS) == pytest.approx(
        [math.sqrt(0.06) - 1.0, 0.0, 1.0 - math.sqrt(0.06)], abs=ERROR
    )
    assert found.ratio.quantile(LEVELS) == pytest.approx([0.06, 1.0, 1.0 / 0.06], rel=1e-6)
    assert found.loss.value == pytest.approx(1.0 / 6.0, abs=ERROR)
    assert (found.difference.mean, found.difference.sd) == pytest.approx((0.0, math.sqrt(1.0 / 6.0)), abs=1e-14)
    assert (found.ratio.mean, found.ratio.sd) == (math.inf, math.inf)


def test_shortest_intervals_of_uniform_rates_are_in_closed_form() -> None:
    """A difference has a triangle for its density; a ratio has 1/2 up to 1 and falls beyond, so that it begins at 0."""
    found = pair(independent(Beta(1, 1)), (0, 0), (0, 0))
    for probability in (0.5, 0.89, 0.94):
        end = 1.0 - math.sqrt(1.0 - probability)
        assert found.difference.hdi(probability) == pytest.approx((-end, end), abs=1e-6)
        assert found.ratio.hdi(probability) == pytest.approx((0.0, 0.5 / (1.0 - probability)), rel=1e-6)


def test_the_shortest_interval_of_a_density_without_bound_is_in_the_middle() -> None:
    """Few digits are known of a density near a point where it has no bound: lengths decide."""
    low, high = pair(independent(Beta(0.2, 5)), (0, 200), (0, 200)).difference.hdi()
    assert high == pytest.approx(-low, rel=1e-6)


def test_a_shortest_interval_against_mpmath() -> None:
    """Of all intervals with the same probability it is the shortest: the density is the same at its ends."""
    here, there = (pair(independent(Beta(2, 5)), *both) for both in (((3, 10), (19, 200)), ((19, 200), (3, 10))))
    low, high = here.difference.hdi()
    with mpmath.workdps(20):
        masses = [by_mpmath((5, 12), (21, 186), end) for end in (low, high)]
        slopes = [
            (by_mpmath((5, 12), (21, 186), end + 1e-4) - by_mpmath((5, 12), (21, 186), end - 1e-4)) / 2e-4
            for end in (low, high)
        ]
    assert float(masses[1] - masses[0]) == pytest.approx(0.94, abs=2 * ERROR)
    assert float(slopes[0] / slopes[1]) == pytest.approx(1.0, abs=1e-3)
    central = here.difference.interval()
    assert high - low < central[1] - central[0]
    assert there.difference.hdi() == pytest.approx((-high, -low), abs=1e-5)


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: model.name)
def test_a_shortest_interval_of_a_ratio_is_shorter_than_its_neighbours(model: Model) -> None:
    found = pair(model, (3, 10), (19, 200)).ratio
    low, high = found.hdi(0.8)
    below = float(found.cdf(np.array(low)))
    assert float(found.cdf(np.array(high))) - below == pytest.approx(0.8, abs=2 * ERROR)
    for shifted in (below - 0.01, below + 0.01):
        other = found.quantile(np.array([shifted, shifted + 0.8]))
        assert high - low < other[1] - other[0]


def test_moments_of_a_ratio_are_those_of_betas() -> None:
    found = pair(independent(Beta(2, 5)), (3, 10), (19, 200)).ratio
    mean = 5 / 17 * 206 / 20
    second = 5 * 6 / 17 / 18 * 206 * 205 / 20 / 19
    assert (found.mean, found.sd) == pytest.approx((mean, math.sqrt(second - mean**2)), rel=1e-12)


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: model.name)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((3, 10), (19, 200)),
        ((0, 0), (0, 50)),
        ((7, 7), (0, 7)),
        ((1000, 10**6), (1100, 10**6)),
        ((0, 10), (900, 10**6)),
    ],
)
def test_identities(model: Model, one: tuple[int, int], other: tuple[int, int]) -> None:
    counts = Counts(["one", "other"], [one[1], other[1]], [one[0], other[0]])
    posterior = exact_posterior(model, counts)
    here, there = posterior.pair(0, 1), posterior.pair(1, 0)
    gap = posterior.marginal("rate", 0).mean - posterior.marginal("rate", 1).mean
    assert here.difference.mean == pytest.approx(gap, abs=1e-9)
    assert there.loss.value - here.loss.value == pytest.approx(gap, abs=2 * ERROR)
    assert here.gain.value == pytest.approx(there.loss.value, abs=2 * ERROR)
    assert max(here.loss.error, here.gain.error, here.difference.error, here.ratio.error) <= ERROR
    greater = posterior.probability_greater(0, 1)
    assert float(here.difference.sf(np.array(0.0))) == pytest.approx(greater, abs=ERROR)
    assert float(here.ratio.sf(np.array(1.0))) == pytest.approx(greater, abs=ERROR)
    quantiles = here.difference.quantile(LEVELS)
    assert here.difference.cdf(quantiles) == pytest.approx(LEVELS, abs=ERROR)
    assert there.difference.quantile(1.0 - LEVELS) == pytest.approx(-quantiles, abs=1e-6)
    assert there.ratio.quantile(1.0 - LEVELS) * here.ratio.quantile(LEVELS) == pytest.approx(1.0, rel=1e-5)


def test_what_is_asked_wrongly_is_refused() -> None:
    found = pair(independent(), (3, 10), (19, 200)).difference
    for p in (0.0, 1.0, math.nan):
        with pytest.raises(UsageError, match="between 0 and 1"):
            found.quantile(np.array(p))
        with pytest.raises(UsageError, match="between 0 and 1"):
            found.interval(p)
        with pytest.raises(UsageError, match="between 0 and 1"):
            found.hdi(p)
    with pytest.raises(UsageError, match="a number is needed"):
        found.cdf(np.array(math.nan))


def test_an_answer_that_is_not_certified_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from pplcompare.validation.exact.beta_binomial import crossing

    monkeypatch.setattr(crossing, "_STEPS", (2.0,))
    with pytest.raises(AccuracyError, match="comparison of two rates"):
        assert pair(independent(), (3, 10), (19, 200)).loss


def test_groups_with_equal_counts_are_alike() -> None:
    posterior: ExactPosterior = exact_posterior(hierarchical(), Counts(["A", "B"], [20, 20], [3, 3]))
    low, middle, high = posterior.pair(0, 1).difference.quantile(LEVELS)
    assert middle == pytest.approx(0.0, abs=1e-7)
    assert low == pytest.approx(-high, abs=1e-7)

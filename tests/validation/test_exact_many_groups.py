"""Very many groups: the same answers, at a cost that does not grow with their number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.likelihood import LadderRatio
from pplcompare.validation.exact.beta_binomial.multiplicity import Steps, steps
from pplcompare.validation.exact.exact_summary import DETAILED, MANY, exact_summary
from pplcompare.validation.exact.exact_words import ends_sentence, seen_quantities
from scipy import special

GROUPS = 50_000


def simulated(largest: int) -> Counts:
    rng = np.random.default_rng(1)
    trials = rng.integers(1, largest + 1, GROUPS)
    names = [f"g{i}" for i in range(GROUPS)]
    return Counts(names, trials, rng.binomial(trials, rng.beta(1.8, 5.2, GROUPS)))


@pytest.fixture(scope="module", params=[100, 100_000, 10**9])
def many(request: pytest.FixtureRequest) -> ExactPosterior:
    return exact_posterior(hierarchical(), simulated(request.param))


def log_likelihood(counts: Counts, a: float, b: float) -> float:
    n, k = counts.trials.astype(float), counts.successes.astype(float)
    return math.fsum(special.betaln(a + k, b + n - k) - special.betaln(a, b))


def test_many_groups_are_certified(many: ExactPosterior) -> None:
    assert many.error.largest <= 1e-9
    alpha, beta = many.marginal("alpha"), many.marginal("beta")
    assert abs(alpha.mean - 1.8) < 5 * alpha.sd < 0.1
    assert abs(beta.mean - 5.2) < 5 * beta.sd < 0.3


def test_the_density_is_that_of_a_sum_over_groups() -> None:
    counts = simulated(100)
    posterior = exact_posterior(hierarchical(), counts)._answer.posterior
    assert isinstance(posterior.likelihood, LadderRatio)
    center = posterior.likelihood
    shapes = posterior.hierarchy.shapes([np.log([[1.79], [1.85]]), np.log([5.1, 5.3, 9.9])])
    expected = [[log_likelihood(counts, a, b) for b in (5.1, 5.3, 9.9)] for a in (1.79, 1.85)]
    at_center = log_likelihood(counts, center.first, center.second)
    np.testing.assert_allclose(center.log(shapes), np.array(expected) - at_center, rtol=1e-9, atol=2e-7)


def test_moments_of_all_rates_are_those_of_their_marginals(many: ExactPosterior) -> None:
    mean, sd = many.rate_moments()
    counts = many.counts
    assert mean.shape == sd.shape == (GROUPS,)
    for group in (0, 1, 999, int(counts.trials.argmax()), int(counts.trials.argmin())):
        marginal = many.marginal("rate", group)
        assert (mean[group], sd[group]) == pytest.approx((marginal.mean, marginal.sd), rel=1e-11)


@pytest.mark.parametrize("model", [hierarchical(), independent()], ids=lambda model: model.name)
def test_moments_of_few_rates_too(model: object) -> None:
    posterior = exact_posterior(model, load("campaigns"))  # type: ignore[arg-type]
    expected = [posterior.marginal("rate", group).moments for group in (0, 1)]
    np.testing.assert_allclose(np.transpose(posterior.rate_moments()), expected, rtol=1e-12)


def ladder(found: Steps, z: float) -> float:
    return float(found.groups @ np.log1p(found.at / z))


@pytest.mark.parametrize("z", [1e-3, 0.5, 30.0, 1e5])
def test_few_steps_stand_for_many(z: float) -> None:
    counts = np.unique(np.random.default_rng(2).integers(0, 1_500_000, 200)).astype(float)
    weights = np.arange(1.0, counts.size + 1.0)
    found = steps(counts, weights)
    more: NDArray[np.float64] = np.bincount(counts.astype(np.int64), weights)[::-1].cumsum()[::-1][1:]
    # A dot product of a million terms rounds as its BLAS adds: up to a million times.
    expected = math.fsum(more[1:] * np.log1p(np.arange(1.0, more.size) / z))
    assert found.at.size < 500
    assert found.first == more[0]
    assert found.total == pytest.approx(float(more.sum()), rel=1e-14)
    assert ladder(found, z) == pytest.approx(expected, rel=1e-12)
    moved = found._replace(groups=np.roll(found.groups, 1))
    assert ladder(moved, z) != pytest.approx(expected, rel=1e-9)


def test_a_summary_has_details_of_the_first_groups_and_moments_of_all() -> None:
    rng = np.random.default_rng(3)
    counts = Counts([f"g{i}" for i in range(DETAILED + 7)], [20] * (DETAILED + 7), rng.integers(0, 9, DETAILED + 7))
    posterior = exact_posterior(hierarchical(), counts)
    shown = exact_summary(posterior)
    ends = shown["ends"]
    by_mean = sorted(counts.groups, key=lambda group: -posterior["rate", group].mean)
    assert ends["highest"] == [f"rate[{group}]" for group in by_mean[:5]]
    assert ends["lowest"] == [f"rate[{group}]" for group in by_mean[-5:]]
    assert ends["between"] == len(counts.groups) - 10
    detailed = {f"rate[{group}]" for group in counts.groups[:DETAILED]} | {*ends["highest"], *ends["lowest"]}
    assert detailed == {name for name in shown["quantities"] if "[" in name}
    more = shown["more_groups"]
    assert more["group"] == list(counts.groups[DETAILED:])
    assert more["mean"][3] == pytest.approx(posterior.marginal("rate", DETAILED + 3).mean, rel=1e-12)


def test_people_see_the_ends_of_many_groups_and_where_the_others_are() -> None:
    """The groups with the highest rates stand last in the data, beyond those that have details anyway."""
    groups = 3 * DETAILED
    counts = Counts([f"g{i}" for i in range(groups)], [400] * groups, list(range(groups)))
    shown = exact_summary(exact_posterior(hierarchical(), counts))
    names = list(seen_quantities(shown))
    ends = [f"rate[g{i}]" for i in (*range(groups - 1, groups - 6, -1), *range(4, -1, -1))]
    assert names[:12] == ["alpha", "beta", *ends]
    assert not any("[" in name for name in names[12:])
    assert "quantiles" in seen_quantities(shown)[f"rate[g{groups - 1}]"]
    assert ends_sentence(shown).endswith(f'has the {groups - 10} between them, and in Python answer["rate", GROUP].')


def test_people_see_all_of_few_groups() -> None:
    counts = Counts([f"g{i}" for i in range(MANY)], [20] * MANY, [3] * MANY)
    shown = exact_summary(exact_posterior(hierarchical(), counts))
    assert list(seen_quantities(shown)) == list(shown["quantities"])
    assert not ends_sentence(shown)

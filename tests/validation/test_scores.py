"""Scores: exact where the law is known; where it is discrete, their limits are on the safe side."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.validation.checks.comparisons import moment_results, pooled_results, proportion_result, quantile_result
from pplcompare.validation.checks.critical_values import LEAST_SIZE, limit
from pplcompare.validation.checks.result import CheckResult, Outcome
from pplcompare.validation.checks.scores import pooled_variance_score, proportion_score, skewed_score, variance_score
from scipy import signal, special, stats


def test_a_variance_has_the_chi_square_tail() -> None:
    for variance in (0.5, 0.9, 1.1, 1.6):
        expected = special.ndtri(stats.chi2(400).cdf(400 * variance))
        if variance > 1.0:
            expected = -special.ndtri(stats.chi2(400).sf(400 * variance))
        assert variance_score(variance, 400.0) == pytest.approx(expected, rel=1e-10)


def test_a_mean_of_gamma_variables_has_its_own_tail_on_both_sides() -> None:
    shape, ess = 3.0, 50.0
    law = stats.gamma(shape * ess, scale=1.0 / ess)
    for mean in (2.0, 2.9, 3.3, 4.5):
        expected = special.ndtri(law.cdf(mean)) if mean < 3.0 else -special.ndtri(law.sf(mean))
        offset = (mean - shape) / np.sqrt(shape)
        assert skewed_score(offset, 2.0 / np.sqrt(shape), ess) == pytest.approx(expected, rel=1e-9)
        assert skewed_score(-offset, -2.0 / np.sqrt(shape), ess) == pytest.approx(-expected, rel=1e-9)


def test_without_skewness_a_score_is_the_offset_in_standard_errors() -> None:
    for skewness in (0.0, 1e-7, 1e-5):
        assert skewed_score(0.3, skewness, 400.0) == pytest.approx(6.0, rel=1e-5)
    assert skewed_score(1e3, 0.0, 400.0) == 20_000.0


@pytest.mark.parametrize("q", [0.01, 0.05, 0.25, 0.5, 0.99])
def test_the_false_alarms_of_a_proportion_do_not_exceed_the_level_by_exact_binomial_sums(q: float) -> None:
    """At the limits that checks use, if the size were known; sizes at which shares are tested."""
    for n in (400, 1000, 2000, 10_000, 12_000, 40_000):
        if n * min(q, 1.0 - q) < LEAST_SIZE:
            continue
        k = np.arange(n + 1)
        score = proportion_score(k / n, q, n)
        for level in (1e-2, 1e-4, 1e-8):
            at = limit("proportion", level, n * min(q, 1.0 - q))
            assert stats.binom(n, q).pmf(k)[np.abs(score) > at].sum() <= level


@pytest.mark.parametrize("q", [0.01, 0.5, 0.99])
def test_the_tail_of_a_share_holds_half_of_the_share_itself(q: float) -> None:
    n = 1000
    k = np.arange(n + 1)
    law = stats.binom(n, q)
    lower, upper = law.cdf(k) - 0.5 * law.pmf(k), law.sf(k) + 0.5 * law.pmf(k)
    expected = np.where(k < n * q, special.ndtri(lower), -special.ndtri(upper))
    outer = np.abs(k - n * q) > 1.0
    near = outer & (np.abs(expected) < 30.0)
    np.testing.assert_allclose(proportion_score(k / n, q, n)[near], expected[near], rtol=1e-9)
    assert np.all(np.diff(proportion_score(k / n, q, n)) >= 0.0)


def test_scores_beyond_float64_tails_are_standard_errors_of_the_same_sign() -> None:
    assert variance_score(12.0, 20_000.0) == pytest.approx(1100.0, rel=1e-3)
    assert variance_score(1e-9, 20_000.0) == pytest.approx(-100.0, rel=1e-3)
    assert proportion_score([0.0, 1.0], 0.5, 20_000.0) == pytest.approx([-141.42, 141.42], rel=1e-4)


def test_no_hits_at_all_are_as_rare_as_they_are() -> None:
    assert proportion_score(0.0, 0.01, 1000.0) == pytest.approx(special.ndtri(0.5 * 0.99**1000), rel=1e-9)
    assert proportion_score(1.0, 0.99, 1000.0) == pytest.approx(-special.ndtri(0.5 * 0.99**1000), rel=1e-9)


def test_what_is_certain_is_not_tested_and_warns_nobody() -> None:
    for q in (0.0, 1.0):
        result = proportion_result("probability", "first above second", np.full((4, 1000), bool(q)), q, 4000.0, 1e-4)
        assert result.outcome is Outcome.NOT_TESTED


def test_a_share_of_few_effective_draws_is_not_tested() -> None:
    """With 100 on either side of the quantile, but less than 400 in all."""
    below = np.random.default_rng(1).random((4, 1000)) < 0.5
    assert proportion_result("share", "z", below, 0.5, 399.0, 1e-4).outcome is Outcome.NOT_TESTED
    assert proportion_result("share", "z", below, 0.5, 401.0, 1e-4).outcome is Outcome.PASSED
    # Fewer draws than that may seem to be worth more than they are.
    assert proportion_result("share", "z", below[:, :99], 0.5, 500.0, 1e-4).outcome is Outcome.NOT_TESTED


def test_pooled_squares_of_one_group_are_its_variance() -> None:
    rng = np.random.default_rng(1)
    squares = rng.standard_normal(200_000) ** 2
    pooled = pooled_variance_score(squares.mean(), squares.std(ddof=1), squares.size)
    assert pooled == pytest.approx(float(variance_score(squares.mean(), squares.size)), abs=0.02)


def autoregressive(rng: np.random.Generator, reps: int, phi: float, length: int, groups: int) -> np.ndarray:
    noise = rng.standard_normal((reps, groups, 4, length)) * np.sqrt(1.0 - phi**2)
    noise[..., 0] /= np.sqrt(1.0 - phi**2)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], noise, axis=-1))


@pytest.mark.slow
@pytest.mark.parametrize(("phi", "length"), [(0.0, 300), (0.9, 2400), (-0.5, 300)])
def test_false_alarms_of_right_chains_are_within_the_binomial_interval(phi: float, length: int) -> None:
    """Every kind at 1e-2, 150 fits of two groups that share half of their variance; the seed is fixed."""
    level, reps = 1e-2, 150
    rng = np.random.default_rng(17)
    failed: dict[str, int] = {}
    for z in autoregressive(rng, reps, phi, length, 3):
        scores = np.stack([z[0] + z[2], z[1] + z[2]]) / np.sqrt(2.0)
        results: list[CheckResult] = [*moment_results("z", scores[0], level), *pooled_results("all", scores, level)]
        results += [quantile_result("z", special.ndtr(scores[0]), q, level) for q in (0.25, 0.5)]
        for result in results:
            key = f"{result.check} of {result.subject}"
            failed[key] = failed.get(key, 0) + (result.outcome is Outcome.FAILED)
    assert len(failed) == 6
    # The upper end of what 150 trials at 1e-2 give, 1e-4 each.
    assert max(failed.values()) <= stats.binom(reps, level).isf(1e-4), failed

"""Recurring values and values on the border: copied draws fail; others pass, also ones that stay in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.validation.checks.atoms import (
    _border_mass,
    atom_results,
    pair_limit,
    poisson_quantile,
    recurrence,
    recurring_pairs,
)
from pplcompare.validation.checks.result import CheckResult, Outcome, is_fact
from pplcompare.validation.checks.rounding import grid_of
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.selftest.binomial import most
from scipy import signal, special, stats

LEVEL = 1e-8
FAILED_FIRST = [Outcome.FAILED, Outcome.PASSED]
Values = NDArray[np.float64]


@pytest.fixture(scope="module")
def exact() -> ExactPosterior:
    return exact_posterior(hierarchical(), Counts(["b", "a", "ä", "c"], [20, 5, 0, 10**6], [4, 5, 0, 300_000]))


@pytest.fixture(scope="module")
def draws(exact: ExactPosterior) -> dict[str, Values]:
    flat = exact.simulate(20_000, np.random.default_rng(7))
    return {name: values.reshape(4, 5000, *values.shape[1:]) for name, values in flat.items()}


def found(values: Values, marginal: Marginal) -> list[CheckResult]:
    return atom_results("it", values, marginal, LEVEL, recurrence(values, marginal, LEVEL))


def outcomes(exact: ExactPosterior, values: Values, group: int = 0) -> list[Outcome]:
    return [result.outcome for result in found(values, exact.marginal("rate", group))]


def test_exact_draws_pass_in_every_group_and_hyperparameter(exact: ExactPosterior, draws: dict[str, Values]) -> None:
    for group in range(4):
        assert outcomes(exact, draws["rate"][:, :, group], group) == [Outcome.PASSED] * 2
    for name in exact.scalars:
        results = found(draws[name], exact.marginal(name))
        assert [result.outcome for result in results] == [Outcome.PASSED] * 2


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (lambda x: 0.01 + np.array([float(f"{v:.6g}") for v in x.ravel()]).reshape(x.shape) / 7.0, FAILED_FIRST),
        (lambda x: np.tanh(x.astype(np.float32).astype(np.float64)), FAILED_FIRST),
        (lambda x: np.tile(x[:, :2500].astype(np.float32).astype(np.float64), 2), FAILED_FIRST),
        (lambda x: np.tile(np.round(x[:, :1000], 6), 5), FAILED_FIRST),
        (lambda x: np.where(np.arange(5000) == 17, 0.0, x), [Outcome.FAILED, Outcome.FAILED]),
        (lambda x: np.where(np.arange(20_000).reshape(4, -1) == 17, 1.0, x), [Outcome.PASSED, Outcome.FAILED]),
        (lambda x: np.repeat(x[:, ::5], 5, axis=1), [Outcome.PASSED, Outcome.PASSED]),
        (lambda x: np.tile(x[:, :2500], 2), FAILED_FIRST),
    ],
    ids=[
        "6 digits, moved",
        "float32, transformed",
        "the same draws twice in float32",
        "the same draws five times with 6 places",
        "zeros",
        "one on the upper border",
        "stays for five draws",
        "the same draws twice",
    ],
)
def test_draws_with_atoms_fail_and_draws_that_stay_do_not(
    exact: ExactPosterior, draws: dict[str, Values], alter: Callable[[Values], Values], expected: list[Outcome]
) -> None:
    assert outcomes(exact, alter(draws["rate"][:, :, 0])) == expected


@pytest.mark.parametrize("correlation", [-0.9, 0.95, 0.99])
def test_rounded_dependent_draws_recur_as_often_as_their_cells_explain(correlation: float) -> None:
    """Draws of Beta(1, 7) with six places: about a quarter of the limit, whatever the chain."""
    noise = np.random.default_rng(3).standard_normal((4, 5000))
    noise[:, 1:] *= np.sqrt(1.0 - correlation**2)
    z = signal.lfilter([1.0], [1.0, -correlation], noise, axis=1)
    values = np.round(-np.expm1(special.log_ndtr(-z) / 7.0), 6)
    recurs = recurrence(values, BetaMarginal(1.0, 7.0), LEVEL)
    assert all(grid is not None for grid in recurs.grids)
    assert 0.1 < recurs.pairs / recurs.limit < 0.4


@pytest.mark.parametrize("shapes", [(3.0, 20.0), (2.0, 2000.0), (2.0, 2e6), (200.0, 3.0)])
def test_draws_that_were_computed_in_float32_recur_no_more_than_is_allowed_for(shapes: tuple[float, float]) -> None:
    """On the logit scale a float32 is coarser than the rate itself: five times where rates are a thousandth."""
    logits = special.logit(np.random.default_rng(3).beta(*shapes, (4, 25_000))).astype(np.float32)
    values = (np.float32(1.0) / (np.float32(1.0) + np.exp(-logits))).astype(np.float64)
    recurs = recurrence(values, BetaMarginal(*shapes), LEVEL)
    assert recurs.pairs > 100
    assert recurs.pairs < 0.5 * recurs.limit


def test_a_failure_says_what_to_do(exact: ExactPosterior, draws: dict[str, Values]) -> None:
    twice = np.tile(draws["rate"][:, :2500, 0], 2)
    assert "17 digits" in str(found(twice, exact.marginal("rate", 0))[0])


@pytest.mark.parametrize("shapes", [(0.001, 1.0), (3.0, 0.01)], ids=["below 1e-300", "within 1e-12 of one"])
def test_where_float64_makes_atoms_none_are_looked_for(shapes: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    values = rng.beta(*shapes, (4, 5000))
    results = found(values, BetaMarginal(*shapes))
    assert [result.outcome for result in results] == [Outcome.NOT_TESTED] * 2
    assert "near the border" in results[0].detail


def border_of(values: Values, marginal: Marginal, level: float) -> CheckResult:
    return atom_results("it", values, marginal, level, recurrence(values, marginal, level))[1]


def test_a_right_rounded_draw_on_the_border_is_a_matter_of_chance() -> None:
    """Beta(1, 4) with five places: a draw in fifty fits of 400 draws is rounded to 0, by right."""
    rng, law, level = np.random.default_rng(11), BetaMarginal(1.0, 4.0), 0.05
    results = [border_of(np.round(rng.beta(1.0, 4.0, (4, 100)), 5), law, level) for _ in range(1000)]
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    assert 1 <= len(failed) <= most(1000, level)
    assert not any(map(is_fact, failed))
    assert all(result.limit == 0.0 for result in results)


@pytest.mark.parametrize(("digits", "level", "fact"), [(17, 1e-8, True), (12, 1e-6, False), (5, 1e-8, False)])
def test_a_wrong_draw_on_the_border_is_found_whatever_rounding_explains(digits: int, level: float, fact: bool) -> None:
    """Beta(1, 7) in both looks: the second has a smaller level, and expects more draws on the border by right."""
    rng, law = np.random.default_rng(2), BetaMarginal(1.0, 7.0)
    for draws, smaller in ((1000, 1.0), (4000, 0.1)):
        values = np.round(rng.beta(1.0, 7.0, (4, draws)), digits)
        right = border_of(np.maximum(values, 10.0**-digits), law, smaller * level)
        assert right.outcome is Outcome.PASSED
        values[:, ::50] = 0.0
        wrong = border_of(values, law, smaller * level)
        assert wrong.outcome is Outcome.FAILED
        assert is_fact(wrong) is fact


@pytest.mark.parametrize("shapes", [(21.0, 186.0), (3.0, 8.0), (1.0, 7.0), (0.6, 90.0), (2.0, 2e6)])
@pytest.mark.parametrize("reach", [1e-3, 1e-5, 1e-12])
def test_the_mass_at_a_border_is_bounded_far_beyond_the_lattice(shapes: tuple[float, float], reach: float) -> None:
    law, turned = BetaMarginal(*shapes), BetaMarginal(*shapes[::-1])
    places = -round(np.log10(reach))
    grid = grid_of(np.round(np.random.default_rng(1).random(100), places)) if places < 12 else None
    low = stats.beta(*shapes).cdf(1e-300 if grid is None else reach)
    assert low <= _border_mass(law, [grid]) <= 1.0
    high = stats.beta(*shapes).cdf(reach)
    found = _border_mass(turned, [grid])
    assert high <= found
    # Where it matters it is hardly more.
    assert found <= 3.0 * high or found < 1e-16


def test_pairs_are_counted_by_value_and_runs_within_a_chain_once() -> None:
    assert recurring_pairs(np.array([[1.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]])) == 0.0
    assert recurring_pairs(np.array([[1.0, 2.0, 1.0, 1.0], [1.0, 5.0, 6.0, 7.0]])) == 3.0


def test_the_limit_of_pairs_has_the_stated_tail() -> None:
    assert pair_limit(20_000, 1e-16, 1e-8) == 2.0
    assert pair_limit(20_000, 0.0, 1e-8) == 2.0
    for expected in (0.5, 20.0):
        rate = expected / (0.5 * 64 * 1000.0**2)
        assert stats.poisson(expected).sf(pair_limit(1000, rate, 1e-8)) <= 1e-8


@pytest.mark.parametrize("level", [0.05, 1e-4, 1e-8, 1e-12])  # scipy subtracts it from 1
def test_the_limit_of_pairs_is_scipy_s_quantile(level: float) -> None:
    for expected in (1e-6, 0.01, 0.5, 1.0, 2.5, 20.0, 1e3, 1e6):
        rate = expected / (0.5 * 64 * 1000.0**2)
        assert pair_limit(1000, rate, level) == max(float(stats.poisson.isf(level, 0.5 * 1000 * 1000 * 64 * rate)), 2.0)


@pytest.mark.parametrize("level", [1e-2, 1e-8, 1e-15, 1e-16, 1e-17, 1e-100, 1e-300])
@pytest.mark.parametrize("expected", [0.0, 1e-30, 1e-6, 0.01, 0.5, 1.0, 2.5, 20.0, 1e3, 1e6, 1e9])
def test_the_count_that_is_hardly_ever_exceeded_is_right_at_every_level(level: float, expected: float) -> None:
    count = poisson_quantile(level, expected)
    assert stats.poisson(expected).sf(count) <= level
    assert count == 0.0 or stats.poisson(expected).sf(count - 1.0) > level
    assert poisson_quantile(level, np.inf) == np.inf

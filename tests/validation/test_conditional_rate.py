"""Tails of a rate given its shapes: accurate on both sides, and uniform however few numbers draws can be."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.validation.checks.rounding import FLOAT64, Grid
from pplcompare.validation.checks.scores import tail_scores
from pplcompare.validation.exact.beta_binomial.conditional_rate import COARSE, conditional_tails
from pplcompare.validation.exact.quadrature.law import Cells
from scipy import special, stats


@pytest.mark.parametrize(("first", "second"), [(20.0, 0.01), (0.002, 3.0), (1.0, 1.0), (3e22, 1e22)])
def test_rounded_rates_have_uniform_tails_however_few_numbers_there_are(first: float, second: float) -> None:
    """Draws of which most are 1, or 0, or one of a few numbers at all: as float64 holds them."""
    rng = np.random.default_rng(4)
    size = 20_000
    if second < 1.0 or first < 1.0:
        u = rng.random(size)
        with np.errstate(under="ignore"):
            rate = special.betaincinv(first, second, u) if first > 1.0 else small_beta(first, second, u)
    else:
        rate = rng.beta(first, second, size)
    tails = conditional_tails(np.array(first), np.array(second), rate, Cells(*FLOAT64.cells(rate)), rng)
    np.testing.assert_allclose(tails.lower + tails.upper, 1.0, atol=1e-12)
    assert stats.kstest(tails.lower, "uniform").pvalue > 1e-4


def small_beta(first: float, second: float, u: np.ndarray) -> np.ndarray:
    """Return quantiles near 0, where the CDF is x^a / (a B(a, b))."""
    return np.asarray(np.exp((np.log(u) + np.log(first) + special.betaln(first, second)) / first))


def test_tails_of_rates_keep_their_digits_on_both_sides() -> None:
    rng = np.random.default_rng(1)
    x = np.array([1e-30, 0.3, 0.9, 1.0 - 1e-6])
    tails = conditional_tails(np.array(2.5), np.array(7.25), x, Cells(*FLOAT64.cells(x)), rng)
    law = stats.beta(2.5, 7.25)
    np.testing.assert_allclose(tails.lower, law.cdf(x), rtol=1e-10)
    np.testing.assert_allclose(tails.upper, law.sf(x), rtol=1e-10)


@pytest.mark.parametrize("places", [2, 6])
@pytest.mark.parametrize(("first", "second"), [(0.7, 30.0), (20.5, 0.55), (0.3, 0.2), (300.0, 700.0), (2e6, 1e6)])
def test_draws_on_a_coarser_grid_have_uniform_tails_too(first: float, second: float, places: int) -> None:
    """At the ends, where few of them stand for much, and within."""
    rng = np.random.default_rng(6)
    rate = np.round(rng.beta(first, second, 20_000), places)
    tails = conditional_tails(np.array(first), np.array(second), rate, Cells(*Grid("", 10.0**-places).cells(rate)), rng)
    np.testing.assert_allclose(tails.lower + tails.upper, 1.0, atol=1e-12)
    assert stats.kstest(tails.lower, "uniform").pvalue > 1e-4
    assert np.abs(tail_scores(*tails)).max() < 6.0


def test_a_draw_gets_a_random_place_where_its_cell_is_more_probable_than_allowed_and_nowhere_else() -> None:
    rng = np.random.default_rng(8)
    first, second = (10.0 ** rng.uniform(-2.0, 4.0, 20_000) for _ in range(2))
    rate = np.round(rng.beta(first, second), 5)
    below, above = Grid("", 1e-5).cells(rate)
    tails = conditional_tails(first, second, rate, Cells(below, above), rng)
    law = stats.beta(first, second)
    mass = law.cdf(rate + above) - law.cdf(rate - below)
    clear = np.abs(mass / COARSE - 1.0) > 1e-6
    moved = np.abs(tails.lower - law.cdf(rate)) > 1e-12
    np.testing.assert_array_equal(moved[clear], (mass > COARSE)[clear])

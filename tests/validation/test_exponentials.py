"""Sums of very many exponentials, gathered at few rates, and the densities of rates that are made of them."""

from __future__ import annotations

import tracemalloc

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Gamma
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.beta_binomial.mixture import Components, MixtureDensity
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.exact.quadrature.exponentials import Exponentials
from scipy import special

GIBIBYTE = 1 << 30
TINY_SHAPES = hierarchical(Gamma(0.1, 0.1), Gamma(0.1, 0.1))


def test_few_exponentials_say_what_very_many_do() -> None:
    rng = np.random.default_rng(3)
    rates, log_masses = np.exp(rng.uniform(-60.0, 2.0, 20_000)), rng.normal(-3.0, 2.0, 20_000)
    gathered = Exponentials.gathered(rates, log_masses)
    assert gathered.rates.size < 2_000
    v = np.array([0.0, 1e-3, 0.7, 5.0, 1e2, 1e7, 1e15, 1e24])
    expected = [special.logsumexp(log_masses - rates * at) for at in v]
    assert gathered.log(v) == pytest.approx(expected, abs=1e-12)


def test_few_exponentials_stay_as_they_are() -> None:
    gathered = Exponentials.gathered(np.array([0.5, 2.0]), np.array([0.0, 1.0]))
    assert gathered.rates.tolist() == [0.5, 2.0]
    assert gathered.log(np.array([1.0])) == pytest.approx(np.log(np.exp(-0.5) + np.exp(-1.0)), abs=1e-15)


def test_a_sum_that_rounding_takes_is_still_a_number() -> None:
    gathered = Exponentials.gathered(np.linspace(1.0, 1.9, 50), np.linspace(-40.0, 0.0, 50))
    assert np.all(np.isfinite(gathered.log(np.array([30.0, 100.0, 1e4, 1e12]))))


@pytest.mark.parametrize("u", [-1e40, -3e6, -60.0, -45.0, -2.0, 50.0, 1e20])
def test_a_mixture_of_small_shapes_has_the_density_of_50_digits(u: float) -> None:
    rng = np.random.default_rng(1)
    first, second = np.exp(rng.uniform(-90.0, 1.0, (2, 3000)))
    components = Components(np.full(3000, 1.0 / 3000.0), first, second)
    with mpmath.workdps(50):
        x = mpmath.mpf(u)
        logs = -mpmath.log1p(mpmath.exp(-x)), -mpmath.log1p(mpmath.exp(x))
        terms = (
            mpmath.exp(mpmath.mpf(a) * logs[0] + mpmath.mpf(b) * logs[1]) / mpmath.beta(a, b)
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        )
        expected = float(mpmath.log(sum(terms) / 3000))
    # One value is computed at once, many are gathered.
    for values in (np.array([u]), np.full(100, u)):
        assert MixtureDensity(components)(values)[0] == pytest.approx(expected, abs=1e-11)


def test_a_rate_before_the_data_with_small_shapes_has_the_right_distribution() -> None:
    rate = exact_posterior(TINY_SHAPES, Counts(["none"], [0], [0])).new_group()
    u = np.arange(-320.0, 7.0, 0.3)
    prior = np.exp(0.1 * u - 0.1 * np.exp(u))
    weights = np.outer(prior, prior) / prior.sum() ** 2
    a, b = np.exp(u)[:, None], np.exp(u)
    for x in (1e-200, 1e-9, 0.1, 0.5):
        expected = float((special.betainc(a, b, x) * weights).sum())
        assert float(rate.table().cdf(np.array(x))) == pytest.approx(expected, abs=2e-8)
        assert float(rate.cdf(np.array(x))) == pytest.approx(expected, abs=2e-9)
    square = a / (a + b) * ((a + 1.0) / (a + b + 1.0))
    assert rate.sd == pytest.approx(np.sqrt(float((square * weights).sum()) - 0.25), rel=1e-9)


def test_an_exact_answer_takes_less_than_a_gibibyte() -> None:
    tracemalloc.start()
    try:
        shown = exact_summary(exact_posterior(TINY_SHAPES, load("campaigns")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert shown["left_out"] == {}
    assert peak < GIBIBYTE / 2

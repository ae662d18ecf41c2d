"""Posteriors that are narrow ridges, and priors at the ends of float64."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Gamma, HalfCauchy, LogNormal, Pareto, Uniform
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary

MILLION = 10**6
RIDGE = Counts(map(str, range(10)), [MILLION] * 10, [3 * MILLION // 10] * 10)


def log_density(a: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
    """Return the log density of log a and log b, of ten groups and HalfCauchy(25) shapes."""
    n, k = MILLION, 3 * MILLION // 10
    prior = sum(mpmath.log(2 / (25 * mpmath.pi)) - mpmath.log1p((x / 25) ** 2) + mpmath.log(x) for x in (a, b))
    g = mpmath.loggamma
    group = g(a + k) + g(b + n - k) - g(a + b + n) - g(a) - g(b) + g(a + b)
    return prior + 10 * (group + g(n + 1) - g(k + 1) - g(n - k + 1))


def along_the_ridge(log_b: mpmath.mpf) -> mpmath.mpf:
    """Return the integral over log a, which is narrow about log b + log(3/7)."""
    b, middle = mpmath.exp(log_b), log_b + mpmath.log(mpmath.mpf(3) / 7)
    # That of the logit of ten groups' common mean: 1 / (n m (1 - m)) from the counts, 1 / (c m (1 - m)) among rates.
    width = mpmath.sqrt((1 / mpmath.mpf("2.1e5") + 10 / (3 * b)) / 10)
    terms = (mpmath.exp(log_density(mpmath.exp(middle + width * mpmath.mpf(i) / 2), b) + 90) for i in range(-17, 18))
    return width / 2 * mpmath.fsum(terms)


@pytest.mark.slow
def test_ten_equal_groups_of_a_million_are_certified() -> None:
    found = exact_posterior(hierarchical(HalfCauchy(25), HalfCauchy(25)), RIDGE)
    with mpmath.workdps(30):
        lines = [(y, along_the_ridge(mpmath.mpf(y))) for y in np.arange(4.0, 29.0, 0.25)]
        total = mpmath.fsum(mass for _, mass in lines)
        log_evidence = float(mpmath.log(total / 4) - 90)
        mean_log_beta = float(mpmath.fsum(y * mass for y, mass in lines) / total)
    assert found.log_evidence == pytest.approx(log_evidence, abs=1e-8)
    assert found.expectation(lambda v: np.log(v["beta"])) == pytest.approx(mean_log_beta, abs=1e-8)
    # alpha is the inner variable, and all but proportional to beta.
    at = np.exp(mean_log_beta + np.array([-1.0, 0.0, 1.0]))
    assert found.marginal("alpha").cdf(at * 3.0 / 7.0) == pytest.approx(found.marginal("beta").cdf(at), abs=1e-6)
    draws = found.simulate(2000, np.random.default_rng(1))
    assert np.mean(np.log(draws["alpha"] / draws["beta"])) == pytest.approx(math.log(3.0 / 7.0), abs=1e-4)


def test_shapes_up_to_the_end_of_float64_have_their_limit() -> None:
    found = exact_posterior(hierarchical(Uniform(0, 1e300), Uniform(0, 1e300)), load("campaigns"))

    def likelihood(p: mpmath.mpf) -> mpmath.mpf:
        """Return that of one common rate p, the ratio of uniforms: its density is 1 / (2 max(p, 1 - p)^2)."""
        counts = mpmath.binomial(200, 19) * mpmath.binomial(10, 3) * p**22 * (1 - p) ** 188
        return counts / (2 * max(p, 1 - p) ** 2)

    def alpha(p: mpmath.mpf, power: int) -> mpmath.mpf:
        return mpmath.mpf(2) / (2 + power) * min(p / (1 - p), 1) ** power

    places = [0, 0.1, 0.2, 0.5, 1]
    with mpmath.workdps(30):
        total = mpmath.quad(likelihood, places)
        first, second = (mpmath.quad(lambda p, r=r: likelihood(p) * alpha(p, r), places) / total for r in (1, 2))
        log_evidence, mean, sd = float(mpmath.log(total)), float(first), float(mpmath.sqrt(second - first**2))
    assert found.log_evidence == pytest.approx(log_evidence, abs=1e-9)
    assert found.marginal("alpha").mean == pytest.approx(1e300 * mean, rel=1e-9)
    assert found.marginal("alpha").sd == pytest.approx(1e300 * sd, rel=1e-9)


@pytest.mark.parametrize(
    "prior",
    [Gamma(1e300, 1e300), Gamma(1e18, 1e18), Pareto(1, 1e300), LogNormal(0, 1e300), LogNormal(0, 1e-300)],
    ids=str,
)
def test_what_float64_cannot_tell_apart_is_refused_without_a_warning(prior: Distribution) -> None:
    with pytest.raises(AccuracyError):
        exact_posterior(hierarchical(prior, prior), load("campaigns"))


@pytest.mark.parametrize("prior", [Uniform(0, 1e-300), HalfCauchy(1e-5), LogNormal(600, 1)], ids=str)
def test_extreme_priors_are_answered_without_a_warning(prior: Distribution) -> None:
    shown = exact_summary(exact_posterior(hierarchical(prior, prior), load("campaigns")))
    assert isinstance(shown["log_evidence"], float)
    mean = shown["quantities"]["rate[A]"]["mean"]
    assert isinstance(mean, float)
    assert 0.0 < mean < 1.0

"""Exact posteriors against other ways to integrate, which share no code with them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Binomial, Gamma, Pareto, Uniform
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.likelihood import LadderLikelihood, PairLikelihood, likelihood
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.conjugate_pair import Likelihood
from scipy import special

CAMPAIGNS = load("campaigns")


def panels(ends: list[float], order: int = 60) -> tuple[Float, Float]:
    """Gauss-Legendre nodes and weights on adjacent intervals."""
    x, w = np.polynomial.legendre.leggauss(order)
    pairs = list(itertools.pairwise(ends))
    nodes = [0.5 * (b - a) * x + 0.5 * (a + b) for a, b in pairs]
    return np.concatenate(nodes), np.concatenate([0.5 * (b - a) * w for a, b in pairs])


def campaign_density(a: Float, b: Float) -> Float:
    log = 15 * np.log(a) - 9 * a + 39 * np.log(b) - 8 * b
    for n, k in ((200, 19), (10, 3)):
        log = log + special.betaln(a + k, b + n - k) - special.betaln(a, b)
    return np.asarray(np.exp(log + 60.0))


def test_cdfs_of_hyperparameters_of_the_campaigns() -> None:
    posterior = exact_posterior(hierarchical(), CAMPAIGNS)
    x, y = 1.6, 5.4
    a, wa = panels([0, 0.4, 0.8, 1.2, x, 2.2, 3, 4, 6, 9])
    b, wb = panels([0, 1.5, 3, 4, 5, y, 6.5, 8, 11, 16])
    mass = campaign_density(a[:, None], b[None, :]) * wa[:, None] * wb[None, :]
    assert float(posterior.marginal("alpha").cdf(np.array(x))) == pytest.approx(
        mass[a < x].sum() / mass.sum(), abs=1e-9
    )
    assert float(posterior.marginal("alpha").sf(np.array(x))) == pytest.approx(mass[a > x].sum() / mass.sum(), abs=1e-9)
    assert float(posterior.marginal("beta").cdf(np.array(y))) == pytest.approx(
        mass[:, b < y].sum() / mass.sum(), abs=1e-9
    )
    slope = campaign_density(np.array([x])[:, None], b[None, :]) @ wb / mass.sum()
    assert posterior.marginal("alpha").density(np.array([x])) == pytest.approx(slope, rel=1e-9)
    rates = special.betainc(a[:, None] + 19, b[None, :] + 181, 0.095)
    assert float(posterior.marginal("rate", 0).cdf(np.array(0.095))) == pytest.approx(
        (rates * mass).sum() / mass.sum(), abs=1e-9
    )


def test_cdfs_where_supports_have_edges() -> None:
    # Uniform(0.1, 0.4) on the mean, Pareto(2, 1.5) on the concentration s: v = s^-0.5 makes it finite.
    posterior = exact_posterior(
        hierarchical_proportion(Uniform(0.1, 0.4), Pareto(2, 1.5)), Counts("ab", [12, 30], [3, 4])
    )
    x, y = 0.22, 9.0
    m, wm = panels([0.1, 0.15, x, 0.3, 0.4])
    top = 2.0**-0.5
    v, wv = panels([0, 0.01, 0.03, 0.1, y**-0.5, 0.45, top])
    s = v**-2.0
    log = -2.5 * np.log(s[None, :]) - 3 * np.log(v[None, :])
    for n, k in ((12, 3), (30, 4)):
        a, b = m[:, None] * s[None, :], (1 - m[:, None]) * s[None, :]
        log = log + log_rising(a, k) + log_rising(b, n - k) - log_rising(a + b, n)
    mass = np.exp(log) * wm[:, None] * wv[None, :]
    assert float(posterior.marginal("mean").cdf(np.array(x))) == pytest.approx(mass[m < x].sum() / mass.sum(), abs=1e-9)
    at = posterior.marginal("concentration").cdf(np.array(y))
    assert float(at) == pytest.approx(mass[:, s < y].sum() / mass.sum(), abs=1e-9)


def log_rising(z: Float, k: int) -> Float:
    return np.asarray(np.log(z[..., None] + np.arange(k)).sum(axis=-1))


def test_one_hyperparameter_against_mpmath() -> None:
    model = Model(
        "m",
        Input("n", plate="g"),
        Variable("b", Gamma(2.5, 0.5)),
        Variable("p", Beta(2, "b"), plate="g"),
        Observed("k", Binomial("n", "p"), plate="g"),
    )
    posterior = exact_posterior(model, Counts("ab", [12, 7], [3, 0]))

    def density(b: mpmath.mpf) -> mpmath.mpf:
        value = mpmath.mpf(0.5) ** 2.5 / mpmath.gamma(2.5) * b**1.5 * mpmath.exp(-b / 2)
        for n, k in ((12, 3), (7, 0)):
            value *= mpmath.binomial(n, k) * mpmath.beta(2 + k, b + n - k) / mpmath.beta(2, b)
        return value

    with mpmath.workdps(25):
        whole = mpmath.quad(density, [0, 1, 4, 8, 16, 40, 120])
        below = mpmath.quad(density, [0, 1, 4, 8])
        mean = mpmath.quad(lambda b: b * density(b), [0, 1, 4, 8, 16, 40, 120]) / whole
    assert posterior.log_evidence == pytest.approx(float(mpmath.log(whole)), abs=1e-9)
    assert float(posterior.marginal("b").cdf(np.array(8.0))) == pytest.approx(float(below / whole), abs=1e-9)
    assert posterior.marginal("b").mean == pytest.approx(float(mean), rel=1e-9)


SHAPES = [(1.7, 5.1), (1e-8, 3.0), (1e-5, 1e-7), (50.0, 0.3), (1e5, 3e5), (1e12, 5e12), (1e20, 2e20)]
PAIRS = [[(200, 19), (10, 3)], [(20, 0), (0, 0), (5, 5), (7, 3), (14, 4), (14, 4)]]


def shapes(a: float, b: float) -> Shapes:
    first, second = np.array([a]), np.array([b])
    return Shapes(first, second, first + second, -np.log1p(second / first), -np.log1p(first / second))


@pytest.mark.parametrize("pairs", PAIRS)
@pytest.mark.parametrize("ladder", [True, False])
def test_both_forms_of_the_likelihood_lose_nothing(
    pairs: list[tuple[int, int]], ladder: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pplcompare.validation.exact.beta_binomial.likelihood._PAIR_COST", 1e9 if ladder else 1e-9)
    n, k = (np.array(column) for column in zip(*pairs, strict=True))
    found = likelihood(n, k)
    assert isinstance(found, LadderLikelihood if ladder else PairLikelihood)
    check_likelihood(found, pairs)


def test_the_likelihood_loses_nothing_at_a_million_trials() -> None:
    pairs = [(10**6, 300000), (10**6, 0), (5, 2)]
    found = likelihood(*(np.array(column) for column in zip(*pairs, strict=True)))
    check_likelihood(found, pairs)


def check_likelihood(found: Likelihood[Shapes], pairs: list[tuple[int, int]]) -> None:
    eps = float(np.finfo(np.float64).eps)
    with mpmath.workdps(50):
        for a, b in SHAPES:
            x, y = mpmath.mpf(a), mpmath.mpf(b)
            expected = mpmath.fsum(
                mpmath.log(mpmath.binomial(n, k) * mpmath.beta(x + k, y + n - k) / mpmath.beta(x, y)) for n, k in pairs
            )
            assert float(found.log(shapes(a, b))[0] - expected) == pytest.approx(
                0.0, abs=1e-12 + 64 * eps * float(abs(expected))
            )


LAWS: list[tuple[float, float]] = [(0.3, 2.0), (40.0, 300.0), (2e6, 3e6), (1.1e6, 1e9), (1e10, 3e11)]


@pytest.mark.parametrize(("a", "b"), LAWS)
@pytest.mark.parametrize("z", [-3.0, -1.0, -1e-5, 0.0, 0.01, 2.0])
def test_beta_cdfs_and_densities_at_any_shape(a: float, b: float, z: float) -> None:
    mean = a / (a + b)
    sd = math.sqrt(mean * (1 - mean) / (a + b + 1))
    x = min(max(mean + z * sd, mean / 10), 0.999)
    with mpmath.workdps(40):
        log_scale = mpmath.loggamma(mpmath.mpf(a) + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
        density = _density(a, b, log_scale)
        start = max(mean - 14 * sd, 0.0)
        steps = [start + (x - start) * i / 8 for i in range(9)]
        below = float(mpmath.quad(density, [*steps[:-1], x]))
        expected = float(mpmath.log(density(mpmath.mpf(x)) * x * (1 - mpmath.mpf(x))))
    at = np.array(x)
    assert float(beta.cdf(np.array(a), np.array(b), at)) == pytest.approx(below, abs=1e-10)
    assert float(beta.cdf(np.array(a), np.array(b), at, upper=True)) == pytest.approx(1.0 - below, abs=1e-10)
    u = np.log(at) - np.log1p(-at)
    assert float(beta.log_density(np.array(a), np.array(b), u)) == pytest.approx(expected, abs=1e-8)


def _density(a: float, b: float, log_scale: mpmath.mpf) -> Callable[[mpmath.mpf], mpmath.mpf]:
    return lambda t: mpmath.exp((a - 1) * mpmath.log(t) + (b - 1) * mpmath.log(1 - t) + log_scale)

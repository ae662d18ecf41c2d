"""A family that the product does not have: Gamma rates and Poisson counts, first = shape, total = rate of the Gamma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pplcompare.models.distribution import AMOUNT, Argument, Distribution
from pplcompare.models.distributions import Gamma
from pplcompare.models.float_array import Float
from pplcompare.models.interval import POSITIVE, Array, Interval
from pplcompare.validation.exact.quadrature import conjugate_pair as row
from pplcompare.validation.exact.quadrature.law import LatentTails, Law, Predictive
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.pair import Pair, Ranked
from pplcompare.validation.exact.quadrature.update import Increments
from scipy import special

GAMMAS = special.gammainc, special.gammaincc


@dataclass(frozen=True, slots=True)
class Poisson(Distribution):
    exposure: Argument
    rate: Argument
    domains = {"exposure": AMOUNT, "rate": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(-1.0)

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        return special.xlogy(x, values[0] * values[1]), -values[0] * values[1], -special.gammaln(x + 1.0)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.poisson(values[0] * values[1], size)


class Shapes(NamedTuple):
    first: Float
    total: Float

    def mapped(self, of: Callable[[Float], Float]) -> Shapes:
        return Shapes(of(self.first), of(self.total))


@dataclass(frozen=True)
class Likelihood(row.Likelihood[Shapes]):
    data: Increments

    def log(self, shapes: Shapes) -> Float:
        total = np.zeros(np.broadcast_shapes(*(part.shape for part in shapes)))
        for k, n in zip(*self.data, strict=True):
            total += sum(np.log(shapes.first + m) - np.log(shapes.total + n) for m in range(int(k)))
            total += special.xlogy(k, n) - special.gammaln(k + 1.0) - shapes.first * np.log1p(n / shapes.total)
        return total


@dataclass(frozen=True)
class Rates:
    mixing: Mixing[Shapes]

    def moments(self) -> tuple[Float, Float]:
        data, shapes = list(zip(*self.mixing.data, strict=True)), self.mixing.shapes
        first, second = (np.array([self.mixing.mean(power(shapes, *datum, m)) for datum in data]) for m in (1, 2))
        return first, np.sqrt(second - first**2)

    def after(self, k: float, n: float) -> Marginal:
        raise NotImplementedError

    def next(self, k: float, n: float, to_come: float) -> Predictive:
        raise NotImplementedError

    def pair(self, one: tuple[float, float], other: tuple[float, float]) -> Pair:
        raise NotImplementedError

    def ranked(self) -> Ranked:
        raise NotImplementedError


def mean(shapes: Shapes) -> Float:
    return np.asarray(np.exp(np.clip(np.log(shapes.first) - np.log(shapes.total), -700.0, 700.0)))


def power(shapes: Shapes, k: float, n: float, m: int) -> Float:
    return np.asarray(special.poch(shapes.first + k, m) / (shapes.total + n) ** m)


def growth(data: Increments, p: float, q: float) -> float:
    k, up = data.k, max(q, 0.0)
    return -np.inf if p > up else float(k.sum() * (max(p, 0.0) - up) + np.sum(k > 0) * min(p, 0.0))


def cumulants(data: Increments, shapes: Shapes) -> list[Float]:
    """Differentiate log Gamma(a + k t) - (a + k t) log(b + n t) at t = 0, shapes after the data."""
    k, n = (of[:, None] for of in data)
    a, b = shapes.first + k, shapes.total + n
    psi = [special.psi(a) - np.log(b), *(special.polygamma(r, a) for r in (1, 2, 3))]
    rest = [-a / b * n, (a * n / b - 2 * k) * n / b, (3 * k - 2 * a * n / b) * (n / b) ** 2]
    rest.append((6 * a * n / b - 8 * k) * (n / b) ** 3)
    return [(k ** (r + 1) * psi[r] + rest[r]).sum(axis=0) for r in range(4)]


LAW = Law(
    # m / (1 + m), m the mean: a rate before its count need not have one.
    bounded=lambda shapes, k, n: (shapes.first + k) / (shapes.first + k + shapes.total + n),
    place=lambda share: share / (1.0 - share),
    cdf=lambda shapes, k, n, x: special.gammainc(shapes.first + k, (shapes.total + n) * x),
    tails=lambda shapes, k, n, x, *_: LatentTails(*(of(shapes.first + k, (shapes.total + n) * x) for of in GAMMAS)),
    power=power,
    draw=lambda shapes, k, n, rng: rng.gamma(shapes.first + k, 1.0 / (shapes.total + n)),
    mixed=Rates,
)
GAMMA_POISSON = row.ConjugatePair(
    observed=row.Observation(Poisson, "rate", "exposure", "Gamma rates on a plate that feed one Poisson"),
    latent={Gamma: row.Latent(lambda shape, rate: Shapes(shape.x, rate.x), lambda shape, rate: (shape, rate))},
    data=lambda inputs: Increments(*inputs.observed.values(), *inputs.counts.values()),
    evidence=Likelihood,
    law=LAW,
    next=lambda shapes, k, n: Likelihood(Increments(np.atleast_1d(k), np.atleast_1d(n))).log(shapes),
    exponent=row.Exponent(row.RAYS_OF_LOGS, growth, "take a proper prior"),
    derived={"mean": row.Derived(mean, lambda p, q: p - q)},
    cumulants=cumulants,
)

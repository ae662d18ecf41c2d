"""The closed set of distributions: what each takes, where it lives, its log density, its tail, how to simulate it.

A log density is given as its *terms*, the numbers that are added up. Their sum is the log density, the sum of their
absolute values is the scale of its rounding error, and since every term is analytic in all its arguments, a complex
step differentiates it to full precision (Squire and Trapp 1998, SIAM Review 40, 110-112). All constants are kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.models.distribution import COUNT, Argument, Distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, REAL, UNIT, Array, Interval
from scipy import special


def log_gamma(z: Array) -> Array:
    """Return log Gamma(z) for real or complex `z`."""
    return np.asarray(special.loggamma(z) if np.iscomplexobj(z) else special.gammaln(z))


@dataclass(frozen=True, slots=True)
class Beta(Distribution):
    """Beta(alpha, beta) on (0, 1)."""

    alpha: Argument
    beta: Argument
    domains = {"alpha": POSITIVE, "beta": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return UNIT

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        return _beta_terms(x, *values)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.beta(values[0], values[1], size)


@dataclass(frozen=True, slots=True)
class BetaProportion(Distribution):
    """Beta(mean * concentration, (1 - mean) * concentration) on (0, 1)."""

    mean: Argument
    concentration: Argument
    domains = {"mean": UNIT, "concentration": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return UNIT

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        mean, concentration = values
        return _beta_terms(x, mean * concentration, (1.0 - mean) * concentration)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        mean, concentration = values
        return rng.beta(mean * concentration, (1.0 - mean) * concentration, size)


@dataclass(frozen=True, slots=True)
class Gamma(Distribution):
    """Gamma with `shape` and `rate` (the inverse of the scale) on (0, inf)."""

    shape: Argument
    rate: Argument
    domains = {"shape": POSITIVE, "rate": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        shape, rate = values
        return shape * np.log(rate), -log_gamma(shape), (shape - 1.0) * np.log(x), -rate * x

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.gamma(values[0], 1.0 / np.asarray(values[1]), size)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Uniform on (low, high); both ends are numbers."""

    low: Argument
    high: Argument
    domains = {"low": REAL, "high": REAL}

    def __post_init__(self) -> None:
        Distribution.__post_init__(self)
        if isinstance(self.low, float) and isinstance(self.high, float):
            if not self.low < self.high:
                raise SpecificationError("low must be less than high", where="Uniform", seen=(self.low, self.high))
            if math.isinf(self.high - self.low):
                raise SpecificationError("high - low overflows", where="Uniform", seen=(self.low, self.high))

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(float(values[0]), float(values[1]))

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.broadcast_to(-np.log(values[1] - values[0]), np.shape(x)),)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.uniform(values[0], values[1], size)


@dataclass(frozen=True, slots=True)
class Pareto(Distribution):
    """Density shape * scale^shape * x^-(shape + 1) on (scale, inf); the scale is a number."""

    scale: Argument
    shape: Argument
    domains = {"scale": POSITIVE, "shape": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(float(values[0]))

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        scale, shape = values
        return np.log(shape), shape * np.log(scale), -(shape + 1.0) * np.log(x)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        scale, shape = values
        return np.asarray(scale * np.exp(rng.exponential(1.0, size) / shape))

    def tail_index(self, values: Sequence[float]) -> float:
        return float(values[1])


@dataclass(frozen=True, slots=True)
class PowerLaw(Distribution):
    """The improper density x^-exponent on (0, inf), as it stands, without a constant."""

    exponent: Argument
    domains = {"exponent": REAL}
    proper = False

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        return (-values[0] * np.log(x),)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        raise SpecificationError("an improper prior cannot be simulated", where="PowerLaw", mend="take a proper prior")

    def tail_index(self, values: Sequence[float]) -> float:
        return float(values[0]) - 1.0


@dataclass(frozen=True, slots=True)
class Binomial(Distribution):
    """The number of successes in `trials` independent trials of the given `probability`."""

    trials: Argument
    probability: Argument
    domains = {"trials": COUNT, "probability": UNIT}

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(-1.0, float(values[0]) + 1.0)

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        trials, probability = (np.asarray(value) for value in values)
        failures = trials - x
        return (
            log_gamma(trials + 1.0),
            -log_gamma(x + 1.0),
            -log_gamma(failures + 1.0),
            special.xlogy(x, probability),
            special.xlog1py(failures, -probability),
        )

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.binomial(np.asarray(values[0], dtype=np.int64), values[1], size)


DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    kind.__name__: kind for kind in (Beta, BetaProportion, Gamma, Uniform, Pareto, PowerLaw, Binomial)
}


def _beta_terms(x: Array, alpha: Array, beta: Array) -> tuple[Array, ...]:
    return (
        log_gamma(alpha + beta),
        -log_gamma(alpha),
        -log_gamma(beta),
        (alpha - 1.0) * np.log(x),
        (beta - 1.0) * np.log1p(-x),
    )

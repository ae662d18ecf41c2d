"""Distributions on the positive half of the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.distribution import Argument, Distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, REAL, Array, Interval
from pplcompare.models.log_gamma import log_gamma

_LOG_2_OVER_PI: Final = np.asarray(math.log(2.0 / math.pi))
_HALF_LOG_2_OVER_PI: Final = np.asarray(0.5 * math.log(2.0 / math.pi))
_LOG_2_OVER_ROOT_PI: Final = np.asarray(math.log(2.0) - 0.5 * math.log(math.pi))
_MINUS_HALF_LOG_2PI: Final = np.asarray(-0.5 * math.log(2.0 * math.pi))


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
class InverseGamma(Distribution):
    """The inverse of a Gamma variable with this `shape` and the rate `scale`: x^-(shape + 1) exp(-scale / x)."""

    shape: Argument
    scale: Argument
    domains = {"shape": POSITIVE, "scale": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        shape, scale = values
        return shape * np.log(scale), -log_gamma(shape), -(shape + 1.0) * np.log(x), -scale / x

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        shape, scale = values
        return np.asarray(scale / rng.gamma(shape, 1.0, size))

    def tail_index(self, values: Sequence[float]) -> float:
        return float(values[0])


@dataclass(frozen=True, slots=True)
class Exponential(Distribution):
    """Density rate * exp(-rate * x) on (0, inf)."""

    rate: Argument
    domains = {"rate": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        return np.log(values[0]), -values[0] * x

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return np.asarray(rng.exponential(1.0, size) / values[0])


@dataclass(frozen=True, slots=True)
class LogNormal(Distribution):
    """The exponential of a normal variable with mean `mu` and standard deviation `sigma`."""

    mu: Argument
    sigma: Argument
    domains = {"mu": REAL, "sigma": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        mu, sigma = values
        z = (np.log(x) - mu) / sigma
        return _MINUS_HALF_LOG_2PI, -np.log(sigma), -np.log(x), -0.5 * z * z

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.lognormal(values[0], values[1], size)


@dataclass(frozen=True, slots=True)
class HalfNormal(Distribution):
    """The absolute value of a normal variable with mean 0 and standard deviation `scale`."""

    scale: Argument
    domains = {"scale": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        z = x / values[0]
        return _HALF_LOG_2_OVER_PI, -np.log(values[0]), -0.5 * z * z

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return np.abs(rng.standard_normal(size)) * values[0]


@dataclass(frozen=True, slots=True)
class HalfCauchy(Distribution):
    """Density 2 * scale / (pi * (scale^2 + x^2)) on (0, inf)."""

    scale: Argument
    domains = {"scale": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        scale, far = values[0], np.real(x) > np.real(values[0])
        larger, smaller = np.where(far, x, scale), np.where(far, scale, x)
        # Of the larger one, whose square might overflow, only the logarithm is needed.
        return _LOG_2_OVER_PI, np.log(scale), -2.0 * np.log(larger), -np.log1p((smaller / larger) ** 2)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return np.abs(rng.standard_cauchy(size)) * values[0]

    def tail_index(self, values: Sequence[float]) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class HalfStudentT(Distribution):
    """The absolute value of `scale` times a Student t variable with `df` degrees of freedom."""

    df: Argument
    scale: Argument
    domains = {"df": POSITIVE, "scale": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return POSITIVE

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        df, scale = values
        reach = np.sqrt(df) * scale
        far = np.real(x) > np.real(reach)
        larger, smaller = np.where(far, x, reach), np.where(far, reach, x)
        # As for the half Cauchy, no square may overflow: log(1 + (x / reach)^2) in parts.
        excess = 2.0 * (np.log(larger) - np.log(reach)) + np.log1p((smaller / larger) ** 2)
        constants = log_gamma(0.5 * (df + 1.0)), -log_gamma(0.5 * df), _LOG_2_OVER_ROOT_PI, -0.5 * np.log(df)
        return *constants, -np.log(scale), -0.5 * (df + 1.0) * excess

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        df, scale = values
        return np.abs(rng.standard_t(df, size)) * scale

    def tail_index(self, values: Sequence[float]) -> float:
        return float(values[0])


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

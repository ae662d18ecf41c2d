"""Distributions on a bounded interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.models.distribution import Argument, Distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, REAL, UNIT, Array, Interval
from pplcompare.models.log_gamma import log_gamma


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


MIRRORED: Mapping[type[Distribution], Callable[[float, float], Distribution]] = {
    Beta: lambda alpha, beta: Beta(beta, alpha),
    BetaProportion: lambda mean, concentration: BetaProportion(1.0 - mean, concentration),
}
"""The distribution of 1 - x for distributions on (0, 1) that are not flat there, given their arguments."""


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


def _beta_terms(x: Array, alpha: Array, beta: Array) -> tuple[Array, ...]:
    return (
        log_gamma(alpha + beta),
        -log_gamma(alpha),
        -log_gamma(beta),
        (alpha - 1.0) * np.log(x),
        (beta - 1.0) * np.log1p(-x),
    )

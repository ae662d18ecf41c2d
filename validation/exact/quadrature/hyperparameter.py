"""A hyper-parameter: a scalar with a prior, in the unbounded coordinate of its support."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pplcompare.models.bounded import MIRRORED
from pplcompare.models.distribution import Distribution
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval

# Of a log density: a square in it may overflow, and infinite values have no differences.
_LOWEST: Final = -1e300


@dataclass(frozen=True, slots=True)
class Value:
    """Values of an argument, with 1 - x computed without cancellation where x is near 1."""

    x: Float
    complement: Float


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A scalar variable with a prior, in the unbounded coordinate u of its own support."""

    name: str
    prior: Distribution

    @property
    def support(self) -> Interval:
        """The support of the prior."""
        return _support(self.prior)

    @property
    def tail_index(self) -> float:
        """Return t such that prior moment r exists if and only if r < t."""
        return self.prior.tail_index(self._numbers)

    @property
    def _numbers(self) -> tuple[float, ...]:
        return _numbers(self.prior)

    def value(self, u: Float) -> Value:
        """Return the variable at `u`."""
        low, high = self.support.low, self.support.high
        if math.isinf(low):
            return Value(u, 1.0 - u)
        if math.isinf(high):
            x = low + np.exp(u)
            return Value(x, 1.0 - x)
        below, above = _logistic(u), _logistic(-u)
        return Value(low + (high - low) * below, (1.0 - high) + (high - low) * above)

    def log_density(self, u: Float) -> Float:
        """Return the log density of u: that of the prior plus log dx/du."""
        at, support = self.value(u), self.support
        if math.isinf(support.low):
            return self._log_prior(at)
        if math.isinf(support.high):
            return self._log_prior(at) + u
        size = np.abs(u)
        return self._log_prior(at) + (math.log(support.high - support.low) - size - 2.0 * np.log1p(np.exp(-size)))

    def _log_prior(self, at: Value) -> Float:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            direct = _log_density(self.prior, at.x)
            mirror = MIRRORED.get(type(self.prior))
            if mirror is None:
                return direct
            # Near 1 the density must be written in 1 - x, which x itself no longer tells.
            return np.where(at.x > 0.5, _log_density(mirror(*self._numbers), at.complement), direct)


@lru_cache
def _numbers(prior: Distribution) -> tuple[float, ...]:
    return tuple(float(value) for value in prior.arguments.values())


@lru_cache
def _support(prior: Distribution) -> Interval:
    return prior.support(_numbers(prior))


def _log_density(prior: Distribution, x: Float) -> Float:
    terms = prior.log_terms(x, [np.asarray(value) for value in _numbers(prior)])
    return np.maximum(sum(terms, np.zeros(())), _LOWEST)


def _logistic(u: Float) -> Float:
    return np.asarray(np.exp(-np.logaddexp(0.0, -u)))

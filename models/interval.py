"""Open intervals of the real line: supports of variables, domains of arguments, and their unbounded coordinates.

The canonical unconstrained coordinate of a support (low, high) is log(x - low) where only `low` is finite,
logit((x - low)/(high - low)) where both are, and x itself on the whole line. Everything here is written in terms
of x, so that nothing is lost on the way through the unconstrained coordinate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """The open interval (low, high); either end may be infinite, `high` only where `low` is finite or both are not."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        return f"({self.low:g}, {self.high:g})"

    def contains(self, other: Interval) -> bool:
        """Say whether `other` lies within this interval."""
        return self.low <= other.low and other.high <= self.high

    def holds(self, x: Array | float) -> bool:
        """Say whether every element of `x` lies strictly inside; NaN does not."""
        return bool(np.all((self.low < np.asarray(x)) & (np.asarray(x) < self.high)))

    @property
    def largest(self) -> float:
        """The larger modulus of the finite ends: the absolute rounding unit of numbers computed from both."""
        return max((abs(end) for end in (self.low, self.high) if math.isfinite(end)), default=0.0)

    def constrain(self, u: Array) -> Array:
        """Map the unconstrained coordinate to the interval."""
        if math.isinf(self.low):
            return np.asarray(u, dtype=np.float64)
        if math.isinf(self.high):
            return np.asarray(self.low + np.exp(u))
        fraction = np.exp(-np.logaddexp(0.0, -u))
        return np.asarray(self.low + (self.high - self.low) * fraction)

    def unconstrain(self, x: Array) -> Array:
        """Map the interval to the unconstrained coordinate."""
        if math.isinf(self.low):
            return np.asarray(x, dtype=np.float64)
        if math.isinf(self.high):
            return np.asarray(np.log(x - self.low))
        return np.asarray(np.log(x - self.low) - np.log(self.high - x))

    def unconstrain_beside(self, x: Array, distance: Array) -> Array:
        """Return the unconstrained coordinate of x + distance, also where that is no other float64 number than x.

        Beyond an end of the interval it is infinite.
        """
        if math.isinf(self.low):
            return np.asarray(x + distance, dtype=np.float64)
        with np.errstate(divide="ignore"):
            above = np.log(np.maximum((x - self.low) + distance, 0.0))
            if math.isinf(self.high):
                return np.asarray(above)
            return np.asarray(above - np.log(np.maximum((self.high - x) - distance, 0.0)))

    def slope(self, x: Array) -> Array:
        """Return dx/du at `x`, u being the unconstrained coordinate."""
        if math.isinf(self.low):
            return np.ones_like(x)
        if math.isinf(self.high):
            return np.asarray(x - self.low)
        return np.asarray((x - self.low) * (self.high - x) / (self.high - self.low))

    def log_slope_terms(self, x: Array) -> tuple[Array, ...]:
        """Return the terms whose sum is log(dx/du) at `x`."""
        if math.isinf(self.low):
            return ()
        if math.isinf(self.high):
            return (np.log(x - self.low),)
        return (np.log(x - self.low), np.log(self.high - x), np.full(np.shape(x), -math.log(self.high - self.low)))


REAL = Interval()
POSITIVE = Interval(0.0)
UNIT = Interval(0.0, 1.0)

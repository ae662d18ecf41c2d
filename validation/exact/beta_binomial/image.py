"""Where a rate has a given difference from another, or a given ratio to it, in coordinates without ends.

A rate x and its image y are both rates where x lies in (low, low + width). There x = low + width / (1 + exp(-s)): the
logarithms of x, 1 - x, y, 1 - y are sums and products of positive numbers, so that nothing cancels near any end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import logs


class Logs(NamedTuple):
    """Logarithms of a rate and of its complement."""

    rate: Float
    complement: Float

    @property
    def logit(self) -> Float:
        """The logit of the rate."""
        return self.rate - self.complement


class Image(Protocol):
    """An increasing map of a rate x to y; y > 1 stands for 1, and y < 0 for 0."""

    @property
    def low(self) -> float:
        """Where y begins to be a rate."""

    @property
    def width(self) -> float:
        """How far x can go from there."""

    @property
    def beyond(self) -> float:
        """How far it is from there to 1."""

    @property
    def bends(self) -> tuple[float, ...]:
        """Places where the logit of x or of y goes over from one straight line to another, as a function of s."""

    def at(self, s: Float) -> tuple[Logs, Logs]:
        """Return x and y at `s` (point,)."""

    def slope(self, x: Logs) -> Float:
        """Return by how much y grows with the number that the map has, at `x`."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """The map y = x + difference, -1 < difference < 1."""

    difference: float

    @property
    def low(self) -> float:
        return max(-self.difference, 0.0)

    @property
    def width(self) -> float:
        return 1.0 - abs(self.difference)

    @property
    def beyond(self) -> float:
        return max(self.difference, 0.0)

    @property
    def bends(self) -> tuple[float, ...]:
        if self.difference == 0.0:
            return ()
        bend = math.log(abs(self.difference)) - math.log(self.width)
        return (bend, -bend)

    def at(self, s: Float) -> tuple[Logs, Logs]:
        share, rest = logs(s)
        away = abs(self.difference)
        log_width = math.log(self.width)
        below = Logs(share + log_width, _log_sum(away, log_width + rest))
        above = Logs(_log_sum(away, log_width + share), rest + log_width)
        return (below, above) if self.difference >= 0.0 else (above, below)

    def slope(self, x: Logs) -> Float:
        return np.ones_like(x.rate)


@dataclass(frozen=True, slots=True)
class Scaled:
    """The map y = x exp(log_ratio)."""

    log_ratio: float

    @property
    def low(self) -> float:
        return 0.0

    @property
    def width(self) -> float:
        return math.exp(min(-self.log_ratio, 0.0))

    @property
    def beyond(self) -> float:
        return max(-math.expm1(-self.log_ratio), 0.0)

    @property
    def bends(self) -> tuple[float, ...]:
        away = abs(self.log_ratio)
        return () if away == 0.0 else (-away - math.log(-math.expm1(-away)),)

    def at(self, s: Float) -> tuple[Logs, Logs]:
        share, rest = logs(s)
        away = abs(self.log_ratio)
        whole = Logs(share, rest)
        part = Logs(share - away, _log_sum(-math.expm1(-away), rest - away))
        return (part, whole) if self.log_ratio >= 0.0 else (whole, part)

    def slope(self, x: Logs) -> Float:
        return np.exp(x.rate + self.log_ratio)


def _log_sum(number: float, log: Float) -> Float:
    """Return the logarithm of the sum of a number >= 0 and of another one that is given by its logarithm."""
    return np.asarray(np.logaddexp(math.log(number) if number > 0.0 else -math.inf, log))

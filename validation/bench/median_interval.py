"""Intervals of medians that assume no law of times: order statistics, whose coverage is exact.

The median of n independent values lies below the k-th smallest, or above the k-th largest, each with the probability
that a binomial variable with n trials and probability 1/2 is less than k.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

COVERAGE: Final = 0.95


@dataclass(frozen=True, slots=True)
class MedianInterval:
    """A median and an interval that covers it.

    Attributes
    ----------
    low, high
        Ends; None where the values are too few for `COVERAGE`.
    coverage
        The exact probability of the interval; 0 where there is none.
    """

    median: float
    low: float | None = None
    high: float | None = None
    coverage: float = 0.0

    def excludes(self, value: float) -> bool:
        """Say whether the interval is known and does not hold `value`."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def coverage(values: int, rank: int) -> float:
    """Return the probability that the median lies between the `rank`-th smallest and largest of so many values."""
    below = sum(math.comb(values, k) for k in range(rank))
    return 1.0 - 2.0 * below / 2.0**values


def median_interval(values: Sequence[float]) -> MedianInterval:
    """Return the median and the narrowest interval of order statistics with at least `COVERAGE`."""
    ordered, n = sorted(values), len(values)
    median = float(np.median(ordered))
    ranks = [rank for rank in range(1, n // 2 + 1) if coverage(n, rank) >= COVERAGE]
    if not ranks:
        return MedianInterval(median)
    rank = ranks[-1]
    return MedianInterval(median, ordered[rank - 1], ordered[n - rank], coverage(n, rank))


def ratio_interval(one: Sequence[float], other: Sequence[float]) -> MedianInterval:
    """Return the median of ratios of values that were measured in the same rounds."""
    return median_interval([a / b for a, b in zip(one, other, strict=True)])


def separate_ratio(one: MedianInterval, other: MedianInterval) -> MedianInterval:
    """Return the ratio of two medians that were measured in different runs, by the ends of their intervals.

    It covers if both intervals do (Bonferroni).
    """
    median = one.median / other.median
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return MedianInterval(median)
    joint = max(one.coverage + other.coverage - 1.0, 0.0)
    return MedianInterval(median, one.low / other.high, one.high / other.low, joint)

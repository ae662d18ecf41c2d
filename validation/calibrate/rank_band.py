"""The simultaneous band of the distribution function of uniform ranks, and a p-value, both exact.

At each place the number of ranks at or below it is binomial. A band takes the same tail probability at all places; the
probability that the whole path stays within it comes from a recursion over the places (Säilynoja, Bürkner and Vehtari
2022, arXiv 2103.10522; here by Poisson steps, given their sum). Counts are compared as integers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.ranks import RANKS
from scipy import special, stats

type IntegerPath = NDArray[np.int64]
"""(place,): how many ranks are at or below each place but the last."""

_PLACES: Final = np.arange(1, RANKS) / RANKS
_STEPS: Final = 40
_NO_DIGITS: Final = 1e-12


def cumulated(counts: NDArray[np.int64]) -> IntegerPath:
    """Return how many ranks are at or below each place but the last, of counts (rank,)."""
    return np.asarray(np.cumsum(counts)[:-1])


def band_within(tail: float, number: int) -> tuple[IntegerPath, IntegerPath]:
    """Return the least and the largest counts whose tail probabilities are both above `tail`, at each place."""
    low = np.asarray(stats.binom.ppf(tail, number, _PLACES)).astype(np.int64)
    high = np.asarray(stats.binom.isf(tail, number, _PLACES)).astype(np.int64)
    # Quantiles may be off by one where the tail is reached exactly.
    for _ in range(2):
        low += special.bdtr(low, number, _PLACES) <= tail
        low -= (low > 0) & (special.bdtr(low - 1, number, _PLACES) > tail)
        high -= _upper(high, number) <= tail
        high += (high < number) & (_upper(high + 1, number) > tail)
    return np.maximum(low, 0), np.minimum(high, number)


def _upper(counts: IntegerPath, number: int) -> Float:
    """Return P(C >= counts) at each place."""
    return np.where(counts <= 0, 1.0, special.bdtrc(np.maximum(counts - 1, 0), number, _PLACES))


def probability_within(low: IntegerPath, high: IntegerPath, number: int) -> float:
    """Return the probability that the counts of `number` uniform ranks stay between `low` and `high`, ends included."""
    # Paths do not come down.
    low, high = np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]
    if np.any(low > high):
        return 0.0
    # Steps are Poisson variables with this mean, given that they sum to `number`.
    mean = number / RANKS
    law, start = np.ones(1), 0
    for least, most in zip([*low, number], [*high, number], strict=True):
        steps = np.arange(most - start + 1)
        kernel = np.exp(special.xlogy(steps, mean) - mean - special.gammaln(steps + 1.0))
        law, start = np.convolve(law, kernel)[least - start : most - start + 1], least
    whole = np.exp(special.xlogy(number, number) - number - special.gammaln(number + 1.0))
    return float(np.clip(law[0] / whole, 0.0, 1.0))


def band(number: int, outside: float) -> tuple[IntegerPath, IntegerPath]:
    """Return the narrowest band that a path of uniform ranks leaves with a probability of at most `outside`."""
    least, most = np.log(outside / (4.0 * RANKS)), np.log(0.5)
    for _ in range(_STEPS):
        middle = 0.5 * (least + most)
        inside = probability_within(*band_within(float(np.exp(middle)), number), number)
        least, most = (middle, most) if inside >= 1.0 - outside else (least, middle)
    return band_within(float(np.exp(least)), number)


def p_value(counts: NDArray[np.int64]) -> float:
    """Return the probability that uniform ranks have a path with a smaller or equal least tail, of counts (rank,).

    Below 1e-12 it is the bound that the tails of all places sum to: there 1 less a probability has no digits.
    """
    number, path = int(counts.sum()), cumulated(counts)
    if number == 0:
        return 1.0
    tail = float(np.minimum(special.bdtr(path, number, _PLACES), _upper(path, number)).min())
    if (bound := 2.0 * len(path) * tail) < _NO_DIGITS:
        return bound
    return 1.0 if tail >= 0.5 else 1.0 - probability_within(*band_within(tail, number), number)

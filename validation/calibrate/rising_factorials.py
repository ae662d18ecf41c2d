"""Sums of logarithms of rising factorials as curves: rows made once for all data sets of a run, added for each.

The likelihood of the shapes a, b of a Beta-Binomial model is, but for a constant, the sum over groups of log (a)_k +
log (b)_(n-k) - log (a+b)_n, where (z)_k = Gamma(z + k) / Gamma(z). Each is a smooth function of log z: a row of its
values and slopes serves all shapes, and a data set costs the addition of as many rows as it has distinct counts.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import stirling_error
from pplcompare.validation.calibrate.cubic_table import CubicTable
from scipy import special

ERROR: Final = 1e-7
"""The largest error that interpolation adds to the log likelihood of a data set."""

_ROWS: Final = 1024
_CURVES: Final = 16
_LEAST_PLACES: Final = 16


@dataclass(frozen=True, slots=True)
class RisingFactorials:
    """The places of all curves of a run.

    Attributes
    ----------
    low, high
        The range of log z.
    places
        The number of places.
    """

    low: float
    high: float
    places: int

    @classmethod
    def covering(cls, low: float, high: float, trials: int) -> RisingFactorials:
        """Return places so close that the curves of a data set of so many trials are together within `ERROR`.

        Cubics through values and slopes are off by at most step^4 / 384 times the fourth derivative. That of
        log(e^x + m) is at most 1/8 in size, and each trial brings two such terms: one of a or b, one of a + b.
        """
        step = (ERROR * 384.0 * 4.0 / max(trials, 1)) ** 0.25
        return cls(low, high, max(math.ceil((high - low) / step) + 1, _LEAST_PLACES))

    def curve(self, counts: NDArray[np.int64]) -> CubicTable:
        """Return the sum of log (z)_count over the counts (group,), as a function of log z."""
        return _curve(self, tuple(sorted(counts.tolist())))


@lru_cache(maxsize=_CURVES)
def _curve(of: RisingFactorials, counts: tuple[int, ...]) -> CubicTable:
    """Return the sum of rows; trials are the same in all data sets of a run."""
    total = np.zeros((2, of.places))
    for count, time in Counter(counts).items():
        total += time * _row(of, count) if time > 1 else _row(of, count)
    return CubicTable.through(np.linspace(of.low, of.high, of.places), *total)


@lru_cache(maxsize=_ROWS)
def _row(of: RisingFactorials, count: int) -> Float:
    """Return log (z)_count and its derivative by log z, (2, place), by Stirling's formula, in which nothing cancels."""
    if not count:
        return np.zeros((2, of.places))
    z = np.exp(np.linspace(of.low, of.high, of.places))
    value = (z - 0.5) * np.log1p(count / z) + count * (np.log(z + count) - 1.0)
    value += stirling_error(z + count) - stirling_error(z)
    return np.stack([value, z * (special.digamma(z + count) - special.digamma(z))])

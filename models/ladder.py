"""Sums over the steps 0, 1, ..., k - 1 of many counts k, of functions like log(z + m) with z > 0, by few places.

From 16 on, each of the blocks from M to 4 M has the 16 places and positive weights of Gauss's rule for its steps. What
it gives is the sum itself for polynomials of degree 31; on the block log(z + m) is one with a relative error below
1e-16, since its only singularity lies at -z: within the ellipse through 0 its Chebyshev coefficients fall like 3^-n / n
(Trefethen 2013, Approximation Theory and Approximation Practice, theorems 8.2 and 19.3).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

type Float = NDArray[np.float64]
type Whole = NDArray[np.int64]

LONGEST: Final = 1 << 20
"""Steps are counted one by one before they are compressed, so many at most."""

_SINGLE: Final = 16
_PLACES: Final = 16
_RATIO: Final = 4


def places(longest: int) -> int:
    """Return at how many places counts up to `longest` are represented, at most."""
    return min(longest, _SINGLE) + _PLACES * len(_blocks(longest))


def ladder(counts: Whole, groups: Whole) -> tuple[Float, Float]:
    """Return places m >= 0 and weights: the steps that counts, each of them seen in so many groups, climb.

    Parameters
    ----------
    counts, groups : (count,)
        Counts up to `LONGEST`, and in how many groups each is seen.

    Returns
    -------
    at, weights : (place,)
        The sum over all groups and m < k of f(m) is the sum of the weights times f at these places. The first are 0,
        1, ..., and how many groups count more than that.
    """
    ends = np.bincount(counts, groups)
    more = ends[::-1].cumsum()[::-1][1:]
    parts = [(np.arange(min(more.size, _SINGLE), dtype=np.float64), more[:_SINGLE])]
    for low in _blocks(more.size):
        weights = more[low : _RATIO * low]
        parts.append(_gauss(np.arange(low, low + weights.size, dtype=np.float64), weights))
    return np.concatenate([at for at, _ in parts]), np.concatenate([weights for _, weights in parts])


def _blocks(end: int) -> list[int]:
    """Return where the blocks begin that are needed up to `end`, exclusive."""
    starts = [_SINGLE]
    while starts[-1] < end:
        starts.append(_RATIO * starts[-1])
    return starts[:-1]


def _gauss(x: Float, weights: Float) -> tuple[Float, Float]:
    """Return the rule of Gauss for sums of `weights` (positive) times a function at `x`.

    Lanczos's method with the vectors made orthogonal twice; the places are the eigenvalues of its matrix (Golub and
    Welsch 1969, "Calculation of Gauss quadrature rules").
    """
    if x.size <= _PLACES:
        return x, weights
    total, middle, half = weights.sum(), 0.5 * (x[0] + x[-1]), 0.5 * (x[-1] - x[0])
    t, basis = (x - middle) / half, np.empty((_PLACES, x.size))
    diagonal, beside = np.empty(_PLACES), np.empty(_PLACES)
    vector: Float = np.sqrt(weights)
    for i in range(_PLACES):
        beside[i] = np.linalg.norm(vector)
        basis[i] = vector / beside[i]
        vector = t * basis[i]
        diagonal[i] = basis[i] @ vector
        for _ in range(2):
            vector -= (basis[: i + 1] @ vector) @ basis[: i + 1]
    places, vectors = eigh_tridiagonal(diagonal, beside[1:])
    return middle + half * places, total * vectors[0] ** 2

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

_SINGLE: Final = 16
_PLACES: Final = 16
_RATIO: Final = 4
# Of a block's beginning: how long its runs are at most. On one, a sixth derivative of log(z + m) is no more to be seen.
_RUN: Final = 512


def places(longest: int) -> int:
    """Return at how many places counts up to `longest` are represented, at most."""
    return min(longest, _SINGLE) + _PLACES * len(_blocks(longest))


def ladder(counts: Whole, groups: Whole) -> tuple[Float, Float]:
    """Return places m >= 0 and weights: the steps that counts, each of them seen in so many groups, climb.

    Parameters
    ----------
    counts, groups : (count,)
        Counts, and in how many groups each is seen.

    Returns
    -------
    at, weights : (place,)
        The sum over all groups and m < k of f(m) is the sum of the weights times f at these places. The first are 0,
        1, ..., and how many groups count more than that.
    """
    order = np.argsort(counts)
    ends, above = counts[order], np.append(groups[order][::-1].cumsum()[::-1], 0)
    longest = int(ends.max(initial=0))

    def climbing(m: Whole) -> Float:
        """Return how many groups count more than `m`."""
        return above[np.searchsorted(ends, m, side="right")].astype(np.float64)

    single = np.arange(min(longest, _SINGLE))
    parts = [(single.astype(np.float64), climbing(single))]
    for low in _blocks(longest):
        high = min(_RATIO * low, longest)
        runs = np.arange(low, high, max(low // _RUN, 1))
        cuts = np.union1d(runs, np.append(ends[(low < ends) & (ends < high)], high))
        at, weights = _run(cuts[:-1], np.diff(cuts))
        weights *= climbing(cuts[:-1])
        parts.append(_gauss(at[weights > 0.0], weights[weights > 0.0]))
    return np.concatenate([at for at, _ in parts]), np.concatenate([weights for _, weights in parts])


def _blocks(end: int) -> list[int]:
    """Return where the blocks begin that are needed up to `end`, exclusive."""
    starts = [_SINGLE]
    while starts[-1] < end:
        starts.append(_RATIO * starts[-1])
    return starts[:-1]


def _run(first: Whole, length: Whole) -> tuple[Float, Float]:
    """Return three places and weights, (3, run), for so many steps of equal weight: their sums up to degree 5.

    Gauss's rule from the recurrence of Gram's polynomials. Of one step or two, some weights are zero.
    """
    m = length.astype(np.float64)
    spread = np.maximum(3.0 * m * m - 7.0, 5.0)
    middle, away, side = first + 0.5 * (m - 1.0), np.sqrt(spread / 20.0), 5.0 * m * (m * m - 1.0) / (6.0 * spread)
    return np.stack([middle - away, middle, middle + away]), np.stack([side, m - 2.0 * side, side])


def _gauss(x: Float, weights: Float) -> tuple[Float, Float]:
    """Return the rule of Gauss for sums of `weights` (positive) times a function at `x`.

    Lanczos's method with the vectors made orthogonal twice; the places are the eigenvalues of its matrix (Golub and
    Welsch 1969, "Calculation of Gauss quadrature rules").
    """
    if x.size <= _PLACES:
        order = np.argsort(x)
        return x[order], weights[order]
    total, middle, half = weights.sum(), 0.5 * (x.min() + x.max()), 0.5 * (x.max() - x.min())
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
    nodes, vectors = eigh_tridiagonal(diagonal, beside[1:])
    return middle + half * nodes, total * vectors[0] ** 2

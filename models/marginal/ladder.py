"""Sums over the steps 0, 1, ..., k - 1 of many counts k, of functions like log(z + m) with z > 0, by few places.

From 16 on, each of the blocks from M to 4 M has the 16 places and positive weights of Gauss's rule for its steps, whose
sums are right for polynomials of degree 31. On the block log(z + m) is such a one with a relative error below 1e-16:
its only singularity lies at -z, so that within the ellipse through 0 its Chebyshev coefficients fall like 3^-n / n
(Trefethen 2013, Approximation Theory and Approximation Practice, theorem 8.2). In long blocks the steps themselves are
taken in runs, right to degree 5.

Exact answers have a compression of their own (`pplcompare.validation.exact.beta_binomial.multiplicity`): what is
checked shares nothing with what it is checked by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from scipy.linalg import eigh_tridiagonal

type Whole = NDArray[np.int64]

_SINGLE: Final = 16
_PLACES: Final = 16
_RATIO: Final = 4
# A run is at most this part of where its block begins: what degree 5 leaves of log(z + m) is then below 1e-20.
_RUN: Final = 512
# So many are compressed at once, which bounds the memory whatever the number of distinct counts.
_SLICE: Final = 1 << 14


class Ladder(NamedTuple):
    """Places m >= 0 and weights, both (place,)."""

    at: Float
    weights: Float


def places(longest: int) -> int:
    """Return at how many places counts up to `longest` are represented, at most."""
    return min(longest, _SINGLE) + _PLACES * len(_blocks(longest))


def ladder(counts: Whole, groups: Whole) -> Ladder:
    """Return the steps that counts, each of them seen in so many groups, climb.

    Parameters
    ----------
    counts, groups : (count,)
        Counts, and in how many groups each is seen.

    Returns
    -------
    Ladder
        The sum over all groups and m < k of f(m) is the sum of the weights times f at the places. The first are 0, 1,
        ..., and how many groups count more than that.
    """
    order = np.argsort(counts)
    ends, above = counts[order], np.append(groups[order][::-1].cumsum()[::-1], 0)
    longest = int(ends.max(initial=0))

    def climbing(m: Whole) -> Float:
        """Return how many groups count more than `m`."""
        return above[np.searchsorted(ends, m, side="right")].astype(np.float64)

    single = np.arange(min(longest, _SINGLE))
    parts = [Ladder(single.astype(np.float64), climbing(single))]
    for low in _blocks(longest):
        high = min(_RATIO * low, longest)
        runs = np.arange(low, high, max(low // _RUN, 1))
        cuts = np.union1d(runs, np.append(ends[(low < ends) & (ends < high)], high))
        at, weights = _run(cuts[:-1], np.diff(cuts))
        weights *= climbing(cuts[:-1])
        parts.append(_gauss(at[weights > 0.0], weights[weights > 0.0]))
    return _joined(parts)


def _joined(parts: Sequence[Ladder]) -> Ladder:
    return Ladder(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _blocks(end: int) -> list[int]:
    """Return where the blocks begin that are needed up to `end`, exclusive."""
    starts = [_SINGLE]
    while starts[-1] < end:
        starts.append(_RATIO * starts[-1])
    return starts[:-1]


def _run(first: Whole, length: Whole) -> tuple[Float, Float]:
    """Return three places and weights, (3, run), for so many steps of equal weight: their sums up to degree 5.

    Gauss's rule from the recurrence of the discrete Chebyshev polynomials (DLMF 18.22.1, Hahn polynomials with both
    parameters 0). Of one step or two, some weights are zero.
    """
    m = length.astype(np.float64)
    spread = np.maximum(3.0 * m * m - 7.0, 5.0)
    middle, away, side = first + 0.5 * (m - 1.0), np.sqrt(spread / 20.0), 5.0 * m * (m * m - 1.0) / (6.0 * spread)
    return np.stack([middle - away, middle, middle + away]), np.stack([side, m - 2.0 * side, side])


def _gauss(x: Float, weights: Float) -> Ladder:
    """Return the rule of Gauss for sums of `weights` (positive) times a function at `x`.

    Lanczos's method with the vectors made orthogonal twice; the places are the eigenvalues of its matrix (Golub and
    Welsch 1969, "Calculation of Gauss quadrature rules").
    """
    if x.size <= _PLACES:
        order = np.argsort(x)
        return Ladder(x[order], weights[order])
    if x.size > _SLICE:
        slices = [slice(start, start + _SLICE) for start in range(0, x.size, _SLICE)]
        return _gauss(*_joined([_gauss(x[part], weights[part]) for part in slices]))
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
    return Ladder(middle + half * nodes, total * vectors[0] ** 2)

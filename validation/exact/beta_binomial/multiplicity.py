"""Compressed counts: distinct (trials, successes) pairs, or ladders, which say how many groups count more than m.

Both are stored at few places however many groups there are.

From 64 on, each of the blocks from M to 2 M has 20 Chebyshev nodes. On it a function that is analytic but for
singularities at numbers <= 0 is interpolated with a relative error of (3 + sqrt 8)^-20 = 5e-16 (Trefethen 2013,
Approximation Theory and Approximation Practice, theorem 8.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebint, chebpts1, chebval, chebvander
from numpy.typing import NDArray
from pplcompare.models.float_array import Float

_SINGLE: Final = 64
_NODES: Final = 20
_LONG: Final = 1 << 18


def distinct_pairs(
    trials: NDArray[np.int64], successes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct pairs of counts, (2, pair), and how many groups have each."""
    order = np.lexsort((successes, trials))
    pairs = np.stack([trials[order], successes[order]])
    starts = np.flatnonzero(np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))[: order.size])
    return pairs[:, starts], np.diff(np.append(starts, order.size))


class Steps(NamedTuple):
    """How many groups count more than m.

    Attributes
    ----------
    first
        For m = 0.
    at, groups : (step,)
        For m = 1, 2, ..., or at fewer places with weights that give the same sums of functions like log(z + m).
    total
        The sum over all m, which is that of all counts.
    """

    first: float
    at: Float
    groups: Float
    total: float


def steps(counts: Float, weights: Float) -> Steps:
    """Return the steps of counts that occur as often as their weights say.

    Each block of steps from 64 on is represented by its nodes.
    """
    longest = int(counts.max(initial=0))
    single = np.bincount(np.minimum(counts, _LONG).astype(np.int64), weights, minlength=min(longest, _LONG) + 1)
    more = np.cumsum(single[::-1])[::-1][1:]
    at, groups = [np.arange(1.0, min(longest, _SINGLE))], [more[1:_SINGLE]]
    nodes = chebpts1(_NODES)
    for low in _blocks(longest):
        moments = _sums(low, more[low : 2 * low]) if low < _LONG else _long_sums(low, counts, weights)
        at.append(low * (1.5 + 0.5 * nodes))
        groups.append(_of_values(moments) @ chebvander(nodes, _NODES - 1).T)
    return Steps(float(more[:1].sum()), np.concatenate(at), np.concatenate(groups), float(weights @ counts))


def _sums(low: int, groups: Float) -> Float:
    """Return the sums of `groups` times each Chebyshev polynomial of the block at `low`, `low` + 1, ..."""
    return np.asarray(groups @ chebvander(np.arange(groups.size) / (0.5 * low) - 1.0, _NODES - 1))


def _long_sums(low: int, counts: Float, weights: Float) -> Float:
    """Return the same sums, of blocks so long that three terms of Euler and Maclaurin's formula are enough."""
    half, one = 0.5 * low, np.eye(_NODES)
    # The sum of a polynomial over m, from the beginning of the block up to m, exclusive, as a polynomial.
    primitive = half * chebint(one, lbnd=-1.0)
    rest = np.vstack([chebder(one) / (12.0 * half), np.zeros((1, _NODES))]) - 0.5 * one
    rest[0] -= chebval(-1.0, rest)
    primitive[:_NODES] += rest
    reached = counts > low
    places = np.minimum(counts[reached], 2.0 * low) / half - 3.0
    return np.asarray((weights[reached] @ chebvander(places, _NODES)) @ primitive)


def _blocks(end: float) -> list[int]:
    """Return where the blocks begin that are needed up to `end`, exclusive."""
    return [_SINGLE << i for i in range(64) if _SINGLE << i < end]


def _of_values(moments: Float) -> Float:
    """Return coefficients of Chebyshev polynomials from sums of values times polynomials, the polynomials last."""
    return np.asarray(moments * np.append(1.0, np.full(_NODES - 1, 2.0)) / _NODES)


def on_blocks(n: Float, of: Callable[[Float], Float]) -> Float:
    """Return of(n) for ascending `n`, computed at the nodes only where they are fewer.

    Parameters
    ----------
    of
        The function takes (point,) and returns (point, value), analytic but for singularities at numbers <= 0.
    """
    nodes, starts = chebpts1(_NODES), _blocks(float(n[-1]) + 1.0)
    parts = []
    for low, part in zip((0, *starts), np.split(n, np.searchsorted(n, starts)), strict=True):
        if low == 0 or part.size <= _NODES:
            parts.append(of(part))
        else:
            values = of(low * (1.5 + 0.5 * nodes))
            coefficients = _of_values(values.T @ chebvander(nodes, _NODES - 1))
            parts.append(chebvander((part - low) / (0.5 * low) - 1.0, _NODES - 1) @ coefficients.T)
    return np.concatenate(parts)

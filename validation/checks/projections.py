"""A few fixed directions in which a fit is looked at as a whole, however many quantities it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.effective import Chains
from scipy import ndimage

MOST: Final = 4
"""The largest number of directions."""

_SEED: Final = 20_250_101
_LEAST_EIGENVALUE: Final = 1e-8
_NEARBY: Final = 100
_FEW: Final = 10


def projections(scores: Sequence[Chains]) -> Float:
    """Return uncorrelated series with mean 0 and variance 1, (projection, chain, draw).

    Up to `MOST` quantities stand for themselves, each spread by as much as draws seem to have been rounded. Of more,
    sums with fixed random weights are taken: what two draws have in common in all quantities they have in common in
    such sums. Directions in which nothing varies are left out, so that there may be none.

    Parameters
    ----------
    scores
        Normal scores (chain, draw) of each quantity.
    """
    quantities = len(scores)
    if quantities <= MOST:
        rng = np.random.default_rng(_SEED)
        series = np.stack([_spread(score, rng) for score in scores])
    else:
        weights = np.random.default_rng(_SEED).standard_normal((quantities, MOST)) / np.sqrt(quantities)
        series = np.zeros((MOST, *scores[0].shape))
        for score, weight in zip(scores, weights, strict=True):
            series += np.multiply.outer(weight, score)
    flat = series.reshape(len(series), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(flat @ flat.T / flat.shape[1])
    kept = values > max(_LEAST_EIGENVALUE * float(values[-1]), np.finfo(np.float64).tiny)
    white = (vectors[:, kept] / np.sqrt(values[kept])).T @ flat
    return np.asarray(white.reshape(-1, *series.shape[1:]))


def _spread(score: Chains, rng: np.random.Generator) -> Chains:
    """Return scores moved within half the least distance between different ones nearby.

    Few quantities that were rounded recur together by right. Where they do, the least distance among a hundred
    neighbours is that of the grid; elsewhere it is a hundredth of what lies between neighbours. Grids change where
    numbers get one digit more, so that of both sides the larger one counts.
    """
    values, at = np.unique(score, return_inverse=True)
    if len(values) < 2:
        return score
    gaps = np.diff(values)
    few = min(_FEW, (len(gaps) + 1) // 2)
    above = ndimage.minimum_filter1d(gaps, _NEARBY, mode="constant", cval=np.inf, origin=-(_NEARBY // 2))
    below = ndimage.minimum_filter1d(gaps, _NEARBY, mode="constant", cval=np.inf, origin=_NEARBY // 2 - 1)
    # Where few are left on one side the other one counts.
    above[len(gaps) - few + 1 :] = below[: few - 1] = 0.0
    width = np.maximum(np.append(above, 0.0), np.append(0.0, below))[at.reshape(score.shape)]
    return np.asarray(score + width * rng.uniform(-0.5, 0.5, score.shape))

"""Statistics of checks, as normal scores: each is compared with a limit of its kind (`critical_values`).

A score has, under the null hypothesis and if the effective sample size were known, the tail probabilities of N(0, 1);
that the size is estimated is what the measured limits are for. All functions take numbers or arrays.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.models.float_array import Float
from scipy import special

CHI_SQUARE_SKEWNESS: Final = float(np.sqrt(8.0))
"""The skewness of the square of a normal variable."""

LEAST_PROBABILITY: Final = 1e-8
"""The least probability, on either side, that has a normal score of its own: as good as most tables are."""

# Beyond this the tail of a normal law is no float64 number; standard errors take the place of scores.
_FARTHEST: Final = 37.0
_NO_SKEWNESS: Final = 1e-6
_LEAST_COUNT: Final = 1e-300


def normal_scores(probability: Float, error: float = 0.0) -> Float:
    """Return Phi^-1 of exact probabilities, known with this error: beyond it a score would show the error."""
    least = max(LEAST_PROBABILITY, error)
    return np.asarray(special.ndtri(np.clip(probability, least, 1.0 - least)))


def tail_scores(lower: Float, upper: Float) -> Float:
    """Return normal scores from both tails of a law in closed form, whose tails keep their digits however small."""
    tail = np.clip(np.minimum(lower, upper), _LEAST_COUNT, 0.5)
    return np.asarray(np.where(lower < upper, 1.0, -1.0) * special.ndtri(tail))


def mean_ranks(values: Float) -> Float:
    """Return the ranks of `values` from 1 on, shaped like these: equal values have their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[place].reshape(values.shape))


def rank_scores(values: Float) -> Float:
    """Return the normal scores of the ranks of `values`, shaped like these: equal values have equal ones."""
    return np.asarray(special.ndtri((mean_ranks(values) - 0.5) / values.size))


def skewed_score(offset: ArrayLike, skewness: ArrayLike, ess: ArrayLike) -> Float:
    """Return the score of a mean of draws of a skewed quantity, by the gamma law with the same three moments.

    Parameters
    ----------
    offset
        (mean of draws - exact mean) / exact sd.
    skewness
        The skewness of one draw. With that of a chi-square variable this is the exact test of a variance.
    ess
        Effective number of draws.
    """
    offset, skewness, ess = (np.asarray(values, dtype=np.float64) for values in (offset, skewness, ess))
    sign = np.where(skewness < 0.0, -1.0, 1.0)
    shape = 4.0 * ess / np.maximum(np.abs(skewness), _NO_SKEWNESS) ** 2
    at = np.maximum(shape + sign * offset * np.sqrt(ess) * np.sqrt(shape), 0.0)
    lower, upper = special.gammainc(shape, at), special.gammaincc(shape, at)
    plain = offset * np.sqrt(ess)
    return np.where(np.abs(skewness) < _NO_SKEWNESS, plain, _extended(sign * _from_tails(lower, upper), plain))


def variance_score(variance: ArrayLike, ess: ArrayLike) -> Float:
    """Return the score of the mean of squared normal scores: chi-square with `ess` degrees of freedom."""
    return skewed_score((np.asarray(variance) - 1.0) / np.sqrt(2.0), CHI_SQUARE_SKEWNESS, ess)


def variance_of(score: float, error: float) -> float:
    """Return the mean of squares whose `variance_score`, or `pooled_variance_score`, is `score`.

    Parameters
    ----------
    error
        Its standard error, in units of itself: the root of 2 over the effective draws, for normal scores.
    """
    if abs(score) >= _FARTHEST:
        return 1.0 + score * error
    shape = error**-2
    at = (
        special.gammaincinv(shape, special.ndtr(score))
        if score < 0.0
        else special.gammainccinv(shape, special.ndtr(-score))
    )
    return float(at / shape)


def spread_off(score: float, error: float) -> float:
    """Return by how many per cent a standard deviation is off, given the score and the error of `variance_of`."""
    return 100.0 * (math.sqrt(max(variance_of(score, error), 0.0)) - 1.0)


def pooled_variance_score(mean: ArrayLike, sd: ArrayLike, ess: ArrayLike) -> Float:
    """Return the score of a mean of positive values that should be 1 and whose spread is unknown.

    By chi-square with the degrees of freedom that mean and spread of the values imply (Satterthwaite 1946), in which
    their scale has no part: one group has those of `variance_score`, many groups almost a normal law.
    """
    mean = np.asarray(mean, dtype=np.float64)
    variation = np.asarray(sd, dtype=np.float64) / mean
    return skewed_score((mean - 1.0) / variation, 2.0 * variation, ess)


def proportion_score(share: ArrayLike, probability: ArrayLike, ess: ArrayLike) -> Float:
    """Return the score of a share of draws, by binomial tails of `ess` draws that hold half of the share's probability.

    Tails that hold all of it reject right draws too rarely, those without it too often (Lancaster 1961, "Significance
    tests in discrete distributions"). Estimated effective sizes blur the steps between shares.
    """
    share, p, ess = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (share, probability, ess)))
    # Where too few draws hold, too many do not.
    above = share > p
    hits, misses = np.where(above, share, 1.0 - share) * ess, np.where(above, 1.0 - share, share) * ess
    q = np.where(above, p, 1.0 - p)
    reached = np.where(hits > 0.0, special.betainc(np.maximum(hits, _LEAST_COUNT), misses + 1.0, q), 1.0)
    beyond = np.where(misses > 0.0, special.betainc(hits + 1.0, np.maximum(misses, _LEAST_COUNT), q), 0.0)
    tail = 0.5 * (reached + beyond)
    score = np.asarray(np.where(above, -1.0, 1.0) * special.ndtri(np.minimum(tail, 0.5)), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # what is certain has no spread
        errors = (share - p) * np.sqrt(ess / (p * (1.0 - p)))
    return _extended(score, errors)


def _from_tails(lower: Float, upper: Float) -> Float:
    """Return the normal score with the smaller of two tail probabilities; none beyond a half counts."""
    return np.asarray(
        np.where(lower < upper, special.ndtri(np.minimum(lower, 0.5)), -special.ndtri(np.minimum(upper, 0.5)))
    )


def _extended(score: Float, plain: Float) -> Float:
    """Return scores, and beyond the range of tail probabilities standard errors: for their order, not their tails."""
    far = np.sign(score) * np.maximum(np.abs(plain), _FARTHEST)
    return np.asarray(np.where(np.abs(score) < _FARTHEST, score, far))

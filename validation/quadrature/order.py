"""Which of two Betas is the greater: probabilities for thousands of pairs."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.quadrature import beta
from scipy import special

Float = NDArray[np.float64]

_TOLERANCE: Final = 1e-11
_COUNTS: Final = (81, 161, 321, 641, 1281)
_DECAY: Final = 40.0
_CHUNK: Final = 1 << 16


def probability_greater(first: tuple[Float, Float], second: tuple[Float, Float]) -> Float:
    """Return P(X > Y) for independent X ~ Beta(*first), Y ~ Beta(*second); shapes (pair,).

    Integrated over the logit of the narrower one, by the trapezoid rule in a coordinate that widens with the tails.

    Raises
    ------
    AccuracyError
        If twice as many nodes still give another answer.
    """
    size = max(_CHUNK // _COUNTS[1], 1)
    parts = [_pairs(*(shape[i : i + size] for shape in (*first, *second))) for i in range(0, first[0].size, size)]
    return np.concatenate([*parts, np.zeros(0)])


def _pairs(a: Float, b: Float, c: Float, d: Float) -> Float:
    swapped = _spread(a, b) > _spread(c, d)
    narrow = np.where(swapped, c, a), np.where(swapped, d, b)
    wide = np.where(swapped, a, c), np.where(swapped, b, d)
    found = np.full(a.shape, np.nan)
    for count in _COUNTS:
        previous, found = found, _below(*narrow, *wide, count)
        if np.all(np.abs(found - previous) <= _TOLERANCE):
            return np.asarray(np.where(swapped, 1.0 - found, found))
    raise AccuracyError("which of two rates is greater could not be certified", where="exact answer")


def _spread(first: Float, second: Float) -> Float:
    """Return the variance of the logit."""
    return np.asarray(special.polygamma(1, first) + special.polygamma(1, second))


def _below(first: Float, second: Float, c: Float, d: Float, count: int) -> Float:
    """Return P(Y < X) by nodes on X's own logit."""
    middle = np.log(first / second)
    scale = np.minimum(np.sqrt(1.0 / first + 1.0 / second), 1.0)
    low, high = (scale * 10.0 + _DECAY / shape * (shape < _DECAY) for shape in (first, second))
    t = np.linspace(-np.arcsinh(low / scale), np.arcsinh(high / scale), count)
    u = middle + scale * np.sinh(t)
    density = np.exp(beta.log_density(first, second, u)) * np.cosh(t)
    with np.errstate(under="ignore"):
        below = beta.cdf(c, d, special.expit(u))
    return np.asarray((density * below).sum(axis=0) / density.sum(axis=0))

"""Which of two Betas is the greater: probabilities for thousands of pairs."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import stirling_error
from pplcompare.validation.exact.beta_binomial import beta
from scipy import special

_TOLERANCE: Final = 1e-11
_COUNTS: Final = (81, 161, 321, 641, 1281)
_DECAY: Final = 40.0
_CHUNK: Final = 1 << 16
# Beyond this many an integral costs less.
_MOST_STEPS: Final = 4000
_SIGNS: Final = (1.0, -1.0, -1.0, 1.0)


def probability_greater_after(first: Float, second: Float, one: tuple[int, int], other: tuple[int, int]) -> Float:
    """Return P(X > Y) for independent X and Y, both Beta(first, second) before counts; shapes (prior,).

    Without counts it is a half. A success or a failure of one of them changes it by a term that is easily kept up to
    date (Cook 2005, "Exact calculation of beta inequalities"), so counts in common cost nothing.

    Parameters
    ----------
    one, other
        Trials and successes.
    """
    (n, k), (m, j) = one, other
    counts = np.array([k, n - k, j, m - j])
    common = np.tile(np.minimum(counts[:2], counts[2:]), 2)
    more = counts - common
    if more.sum() > _MOST_STEPS:
        return probability_greater((first + k, second + (n - k)), (first + j, second + (m - j)))
    return _stepped(first + common[0], second + common[1], more.tolist())


def _stepped(first: Float, second: Float, more: list[int]) -> Float:
    """Return P(X > Y), where the shapes of X and then those of Y exceed `first` and `second` by whole numbers."""
    shapes, total = [first, second, first, second], 2.0 * (first + second)
    found, term = np.full(first.shape, 0.5), _coincidence(first, second)
    for i, (sign, steps) in enumerate(zip(_SIGNS, more, strict=True)):
        for _ in range(steps):
            found += sign * (term / shapes[i])
            term *= (1.0 + shapes[i ^ 2] / shapes[i]) * ((shapes[i] + shapes[i ^ 1]) / total)
            shapes[i], total = shapes[i] + 1.0, total + 1.0
    return found


def _coincidence(first: Float, second: Float) -> Float:
    """Return B(2a, 2b) / B(a, b)^2 by Stirling's formula and what it leaves out: entropies cancel."""

    def errors(scale: float) -> Float:
        a, b = scale * first, scale * second
        return stirling_error(a) + stirling_error(b) - stirling_error(a + b)

    square = first / (first + second) * second / (4.0 * math.pi)
    return np.asarray(np.sqrt(square) * np.exp(errors(2.0) - 2.0 * errors(1.0)))


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

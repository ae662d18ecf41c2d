"""Beta distributions of any shape, small or huge, by saddle-point forms in which nothing cancels.

SciPy's incomplete beta function is NaN, or plainly wrong, where both shapes exceed about 1e17.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import excess, stirling_error
from scipy import special

LARGE: Final = 1e6
"""Both shapes beyond this: the first correction to the normal law leaves less than 1e-11."""


def _divergence(first: Float, second: Float, log_x: Float, log_complement: Float) -> tuple[Float, Float]:
    """Return a log(x/m) + b log((1-x)/(1-m)), m = a/s, and s x - a."""
    # s x - a and s (1 - x) - b are the same number with opposite signs.
    change = second * np.exp(log_x) - first * np.exp(log_complement)
    log_total = np.log(first + second)
    of_first = excess(first, change, log_total + log_x)
    return of_first + excess(second, -change, log_total + log_complement), change


def log_peak(first: Float, second: Float) -> Float:
    """Return the log density of logit(x), x ~ Beta(first, second), where it is highest: at the logit of the mean."""
    total = first + second
    normal = 0.5 * (np.log(first / total * second) - math.log(2 * math.pi))
    return np.asarray(normal + (stirling_error(total) - stirling_error(first) - stirling_error(second)))


def log_density(first: Float, second: Float, u: Float) -> Float:
    """Return the log density of u = logit(x), x ~ Beta(first, second); x itself may underflow."""
    below_peak, _ = _divergence(first, second, -np.logaddexp(0.0, -u), -np.logaddexp(0.0, u))
    return below_peak + log_peak(first, second)


def cdf(first: Float, second: Float, x: Float | float, *, upper: bool = False) -> Float:
    """Return P(Beta(first, second) <= x), or with `upper` P(> x), for arrays that broadcast."""
    first, second, x = np.broadcast_arrays(first, second, np.clip(x, 0.0, 1.0))
    large = (np.minimum(first, second) > LARGE) & (x > 0.0) & (x < 1.0)
    found = np.empty(x.shape)
    found[~large] = (special.betaincc if upper else special.betainc)(first[~large], second[~large], x[~large])
    if large.any():
        found[large] = _large_cdf(first[large], second[large], x[large], upper)
    return found


def _large_cdf(first: Float, second: Float, x: Float, upper: bool) -> Float:
    """Temme's expansion to its first correction (DLMF 8.18.9 and 8.18.11)."""
    total = first + second
    mean, other = first / total, second / total
    spread = np.sqrt(mean * other)
    divergence, change = _divergence(first, second, np.log(x), np.log1p(-x))
    eta = np.sign(change) * np.sqrt(np.maximum(-2.0 * divergence / total, 0.0))
    away = change / total / spread
    # Near the mean both terms of the correction have a pole; there their difference is a series.
    close = np.abs(away) < 1e-4 * spread
    safe_eta, safe_away = np.where(close, 1.0, eta), np.where(close, 1.0, away)
    skew = (other - mean) / spread
    series = skew / 3.0 + away * (skew * skew / 6.0 - (1.0 / (spread * spread) - 3.0) / 4.0)
    correction = np.where(close, series, 1.0 / safe_eta - 1.0 / safe_away)
    correction *= np.exp(divergence) / np.sqrt(2.0 * math.pi * total)
    side = -1.0 if upper else 1.0
    return np.asarray(special.ndtr(side * eta * np.sqrt(total)) + side * correction)

"""Loader's saddle-point form of the binomial, and what it becomes for the beta-binomial: nothing cancels.

Log-gammas of large numbers are large and nearly equal: at 10^9 trials their sum keeps six digits. Here entropies
combine to Kullback-Leibler divergences, and what Stirling's formula leaves is small (Loader 2000, "Fast and accurate
computation of binomial probabilities").
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from scipy import special

_SERIES_FROM: Final = 10.0
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_ARTANH: Final = tuple(2.0 / j for j in range(3, 17, 2))
_NEAR: Final = 0.1


def stirling_error(z: Float) -> Float:
    """Return log Gamma(z) - [(z - 1/2) log z - z + log(2 pi)/2] (Abramowitz and Stegun, 6.1.40)."""
    z = np.asarray(z, dtype=np.float64)
    inverse = 1.0 / np.maximum(z, _SERIES_FROM)
    error = np.asarray(_polynomial(inverse * inverse, _STIRLING) * inverse)
    small = z < _SERIES_FROM
    if np.any(small):
        y = z[small]
        error[small] = special.gammaln(y) - (y - 0.5) * np.log(y) + y - 0.5 * math.log(2 * math.pi)
    return error


def excess(x: Float, change: Float, log_target: Float) -> Float:
    """Return x log(target / x) - change, where target = x + change: minus the deviance part of Loader (2000)."""
    ratio = change / x
    near = np.abs(ratio) < _NEAR
    # log(1 + r) = 2 artanh(r / (2 + r)), of which the first term less r is -r^2 / (2 + r).
    r = np.where(near, ratio, 0.0)
    half = r / (2.0 + r)
    square = half * half
    log_less_ratio = -r * half + half * square * _polynomial(square, _ARTANH)
    log_ratio = np.where(ratio > -0.9, np.log1p(np.maximum(ratio, -0.9)), log_target - np.log(x))
    return np.asarray(np.where(near, x * log_less_ratio, x * log_ratio - change))


def _polynomial(z: Float, coefficients: tuple[float, ...]) -> Float:
    total = np.full_like(z, coefficients[-1])
    for c in coefficients[-2::-1]:
        total *= z
        total += c
    return total


def _excess_of_count(x: Float, change: Float, log_target: Float) -> Float:
    """Return `excess`, or its limit for a count of zero."""
    return np.where(x > 0, excess(np.maximum(x, 1.0), change, log_target), -change)


def log_coefficient(n: Float, k: Float) -> Float:
    """Return log C(n, k) - n H(k/n), H the entropy in nats: what Stirling's formula adds to the entropy."""
    inner = (k > 0) & (k < n)
    m, j = np.where(inner, n, 2.0), np.where(inner, k, 1.0)
    errors = stirling_error(m) - stirling_error(j) - stirling_error(m - j)
    return np.asarray(np.where(inner, 0.5 * np.log(m / (2 * math.pi * j * (m - j))) + errors, 0.0))


def log_binomial(n: Float, k: Float, p: Float) -> Float:
    """Return the log probability of `k` successes in `n` trials at the rate `p`: float64 arrays that broadcast."""
    log_n, log_p, log_q = np.log(np.maximum(n, 1.0)), np.log(p), np.log1p(-p)
    # n p - k, and with the opposite sign n q - (n - k): small where the density is not.
    change = (n - k) * p - k * (1.0 - p)
    terms = _excess_of_count(k, change, log_n + log_p) + _excess_of_count(n - k, -change, log_n + log_q)
    return np.asarray(terms + log_coefficient(n, k))


def beta_binomial_terms(n: Float, k: Float, a: Float, b: Float, s: Float) -> tuple[Float, Float]:
    """Return log [C(n,k) B(a+k, b+n-k) / B(a,b)] less `log_coefficient`, in two parts: the second knows no counts."""
    failures = n - k
    log_all = np.log(s + n)
    log_share, log_other = np.log(a + k) - log_all, np.log(b + failures) - log_all
    log_n, log_s = np.log(np.maximum(n, 1.0)), np.log(s)
    change = (failures * a - k * b) / (s + n)
    terms = _excess_of_count(k, change, log_n + log_share) + _excess_of_count(failures, -change, log_n + log_other)
    terms += excess(a, -change, log_s + log_share) + excess(b, change, log_s + log_other)
    terms += 0.5 * (np.log1p(n / s) - np.log1p(k / a) - np.log1p(failures / b))
    terms += stirling_error(a + k) + stirling_error(b + failures) - stirling_error(s + n)
    return terms, stirling_error(s) - stirling_error(a) - stirling_error(b)


def log_beta_binomial(n: Float, k: Float, first: Float, second: Float) -> Float:
    """Return the log probability of `k` successes in `n` trials, given shapes: float64 arrays that broadcast."""
    of_counts, prior = beta_binomial_terms(n, k, first, second, first + second)
    return np.asarray(of_counts + prior + log_coefficient(n, k))

"""The beta-binomial likelihood of all groups, at a cost that does not grow with their number.

Everything is written so that nothing cancels: neither where the concentration goes to infinity (the likelihood then
tends to a binomial one) nor where counts are large (the saddle-point form of Loader 2000, "Fast and accurate
computation of binomial probabilities", carried over to the beta-binomial).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.quadrature.beta import excess, stirling_error
from scipy import special

Float = NDArray[np.float64]

_PAIR_COST: Final = 50
_CHUNK: Final = 1 << 14


class Shapes(NamedTuple):
    """Beta distributions by what the likelihood needs of them: arrays that broadcast against each other."""

    first: Float
    second: Float
    total: Float
    log_mean: Float
    log_complement: Float


def _coefficient(n: Float, k: Float) -> Float:
    """Return log C(n, k) - n H(k/n), H the entropy in nats: what Stirling's formula adds to the entropy."""
    inner = (k > 0) & (k < n)
    m, j = np.where(inner, n, 2.0), np.where(inner, k, 1.0)
    errors = stirling_error(m) - stirling_error(j) - stirling_error(m - j)
    return np.where(inner, 0.5 * np.log(m / (2 * math.pi * j * (m - j))) + errors, 0.0)


def _entropy(n: Float, k: Float) -> Float:
    """Return n H(k/n)."""
    return np.asarray(special.xlogy(k, n / np.maximum(k, 1.0)) + special.xlogy(n - k, n / np.maximum(n - k, 1.0)))


class Likelihood(ABC):
    """The probability of all counts given the shapes, the rates integrated out."""

    @abstractmethod
    def log(self, shapes: Shapes) -> Float:
        """Return the log likelihood with the binomial coefficients, broadcast over the shapes."""


@dataclass(frozen=True, slots=True, eq=False)
class Ladder(Likelihood):
    """Counts as steps of rising factorials: (a)_k = a^k prod_{m<k} (1 + m/a), and how many groups take each step.

    Attributes
    ----------
    successes, failures, trials : (step,)
        How many groups have more than m = 1, 2, ... of each.
    totals
        Successes and failures of all groups.
    """

    successes: Float
    failures: Float
    trials: Float
    totals: tuple[float, float]
    constant: float

    def log(self, shapes: Shapes) -> Float:
        rising = _rise(self.successes, shapes.first) + _rise(self.failures, shapes.second)
        binomial = self.totals[0] * shapes.log_mean + self.totals[1] * shapes.log_complement
        return rising - _rise(self.trials, shapes.total) + binomial + self.constant


def _rise(groups: Float, z: Float) -> Float:
    """Return sum_m groups_m log(1 + m/z)."""
    if not groups.size:
        return np.zeros_like(z)
    steps = np.arange(1.0, groups.size + 1)
    inverse = 1.0 / np.ravel(z)
    size = max(_CHUNK // groups.size, 1)
    parts = [
        np.einsum("i,ij->j", groups, np.log1p(np.outer(steps, inverse[i : i + size])))
        for i in range(0, inverse.size, size)
    ]
    return np.concatenate([*parts, np.zeros(0)]).reshape(np.shape(z))


@dataclass(frozen=True, slots=True, eq=False)
class Pairs(Likelihood):
    """Counts as distinct pairs (n, k) with multiplicities, for counts so large that ladders are long.

    With A = a + k, B = b + n - k, S = s + n, entropies combine to Kullback-Leibler divergences from A/S:
    log [C(n,k) B(A,B) / B(a,b)] = -n KL(k/n, A/S) - s KL(a/s, A/S) + square roots + Stirling errors.
    """

    k: Float
    n: Float
    groups: Float
    constant: float

    def log(self, shapes: Shapes) -> Float:
        first, second, total = np.broadcast_arrays(*shapes[:3])
        size = max(_CHUNK // self.k.size, 1)
        flat = [np.ravel(z) for z in (first, second, total)]
        parts = [self._flat(*(z[i : i + size] for z in flat)) for i in range(0, first.size, size)]
        return np.concatenate([*parts, np.zeros(0)]).reshape(first.shape) + self.constant

    def _flat(self, a: Float, b: Float, s: Float) -> Float:
        of_counts, prior = _log_terms(self.n[:, None], self.k[:, None], a, b, s)
        return np.asarray(np.einsum("i,ij->j", self.groups, of_counts) + self.groups.sum() * prior)


def _log_terms(n: Float, k: Float, a: Float, b: Float, s: Float) -> tuple[Float, Float]:
    """Return log [C(n,k) B(a+k, b+n-k) / B(a,b)] less `_coefficient`, in two parts: the second knows no counts."""
    failures = n - k
    log_all = np.log(s + n)
    log_share, log_other = np.log(a + k) - log_all, np.log(b + failures) - log_all
    log_n, log_s = np.log(n), np.log(s)
    change = (failures * a - k * b) / (s + n)
    terms = np.where(k > 0, excess(np.maximum(k, 1.0), change, log_n + log_share), -change)
    terms += np.where(failures > 0, excess(np.maximum(failures, 1.0), -change, log_n + log_other), change)
    terms += excess(a, -change, log_s + log_share) + excess(b, change, log_s + log_other)
    terms += 0.5 * (np.log1p(n / s) - np.log1p(k / a) - np.log1p(failures / b))
    terms += stirling_error(a + k) + stirling_error(b + failures) - stirling_error(s + n)
    return terms, stirling_error(s) - stirling_error(a) - stirling_error(b)


def log_beta_binomial(n: Float, k: Float, first: Float, second: Float) -> Float:
    """Return the log probability of `k` successes in `n` > 0 trials, given shapes: float64 arrays that broadcast."""
    of_counts, prior = _log_terms(n, k, first, second, first + second)
    return np.asarray(of_counts + prior + _coefficient(n, k))


def likelihood(trials: NDArray[np.int64], successes: NDArray[np.int64]) -> Likelihood:
    """Return the cheaper representation of the counts.

    Parameters
    ----------
    trials, successes : (group,)
    """
    pairs, groups = np.unique(np.stack([trials, successes])[:, trials > 0], axis=1, return_counts=True)
    n, k = pairs.astype(np.float64)
    weights = groups.astype(np.float64)
    coefficients = _coefficient(n, k)
    if max(k.max(initial=0) + (n - k).max(initial=0) + n.max(initial=0), 1.0) > _PAIR_COST * max(n.size, 1):
        return Pairs(k, n, weights, float(weights @ coefficients))
    return Ladder(
        _steps(k, weights),
        _steps(n - k, weights),
        _steps(n, weights),
        (float(weights @ k), float(weights @ (n - k))),
        float(weights @ (coefficients + _entropy(n, k))),
    )


def _steps(counts: Float, weights: Float) -> Float:
    """Return for m = 1, 2, ... how many groups count more than m."""
    longest = int(counts.max(initial=0))
    at = np.bincount(counts.astype(np.int64), weights, minlength=longest + 1)
    return np.asarray(at[::-1].cumsum()[::-1][2:])

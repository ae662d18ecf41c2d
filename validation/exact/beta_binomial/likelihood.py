"""The beta-binomial likelihood of all groups, at a cost that does not grow with their number.

Everything is written so that nothing cancels: neither where the concentration goes to infinity (the likelihood then
tends to a binomial one) nor where counts are large (the saddle-point form of Loader 2000, "Fast and accurate
computation of binomial probabilities", carried over to the beta-binomial).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import beta_binomial_terms, log_coefficient
from pplcompare.validation.exact.beta_binomial.multiplicity import Steps, distinct_pairs, steps
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.conjugate_pair import Likelihood
from scipy import special

# Pairs lose nothing anywhere, ladders only near their center, which is all that matters where there are many groups.
_PAIR_COST: Final = 50
_MOST_PAIRS: Final = 1000
_CHUNK: Final = 1 << 14
# How far from the center, relative to it, a ladder's ratio is written in differences.
_NEAR: Final = 0.5


def _entropy(n: Float, k: Float) -> Float:
    """Return n H(k/n)."""
    return np.asarray(special.xlogy(k, n / np.maximum(k, 1.0)) + special.xlogy(n - k, n / np.maximum(n - k, 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class PairLikelihood(Likelihood[Shapes]):
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
        size = max(_CHUNK // max(self.k.size, 1), 1)
        flat = [np.ravel(z) for z in (first, second, total)]
        parts = [self._flat(*(z[i : i + size] for z in flat)) for i in range(0, first.size, size)]
        return np.concatenate([*parts, np.zeros(0)]).reshape(first.shape) + self.constant

    def _flat(self, a: Float, b: Float, s: Float) -> Float:
        total = np.zeros(a.shape)
        for i in range(0, self.k.size, _CHUNK):
            n, k, groups = (z[i : i + _CHUNK] for z in (self.n, self.k, self.groups))
            of_counts, prior = beta_binomial_terms(n[:, None], k[:, None], a, b, s)
            total += np.einsum("i,ij->j", groups, of_counts) + groups.sum() * prior
        return total


@dataclass(frozen=True, slots=True, eq=False)
class LadderLikelihood(Likelihood[Shapes]):
    """Counts as steps of rising factorials: (a)_k = a^k prod_{m<k} (1 + m/a), and how many groups take each step.

    Attributes
    ----------
    successes, failures, trials
        Steps beyond the first.
    pairs
        The same counts.
    """

    successes: Steps
    failures: Steps
    trials: Steps
    pairs: PairLikelihood
    constant: float

    def log(self, shapes: Shapes) -> Float:
        rising = _rise(self.successes, shapes.first) + _rise(self.failures, shapes.second)
        binomial = self.successes.total * shapes.log_mean + self.failures.total * shapes.log_complement
        return rising - _rise(self.trials, shapes.total) + binomial + self.constant

    def around(self, center: Shapes) -> tuple[Likelihood[Shapes], float]:
        first, second = float(center.first), float(center.second)
        return LadderRatio(self, first, second, float(self.log(center))), float(self.pairs.log(center))


def _rise(steps: Steps, z: Float) -> Float:
    """Return sum_m groups_m log(1 + m/z)."""
    return _sum(steps, 1.0 / z, lambda at, inverse: np.log1p(np.outer(at, inverse)))


@dataclass(frozen=True, slots=True, eq=False)
class LadderRatio(Likelihood[Shapes]):
    """The ratio to the likelihood at a center, of a million groups too: sums of small numbers, not of large ones.

    Attributes
    ----------
    first, second
        The shapes at the center.
    at_center
        The log likelihood there, as the ladder rounds it.
    """

    ladder: LadderLikelihood
    first: float
    second: float
    at_center: float

    @property
    def rough(self) -> Likelihood[Shapes]:
        return self.ladder

    def log(self, shapes: Shapes) -> Float:
        of_first, of_second = (
            np.clip(z - center, -_NEAR * center, _NEAR * center)
            for z, center in ((shapes.first, self.first), (shapes.second, self.second))
        )
        total = _climb(self.ladder.trials, self.first + self.second, of_first + of_second)
        found = (
            _climb(self.ladder.successes, self.first, of_first)
            + _climb(self.ladder.failures, self.second, of_second)
            - total
        )
        far = (np.abs(of_first) == _NEAR * self.first) | (np.abs(of_second) == _NEAR * self.second)
        if far.any():
            there = Shapes(*(np.broadcast_to(z, far.shape)[far] for z in shapes))
            found[far] = self.ladder.log(there) - self.at_center
        return found


def _climb(steps: Steps, center: float, change: Float) -> Float:
    """Return sum_m groups_m log((z + m) / (c + m)), z = c + change, the first step m = 0 included."""
    beyond = _sum(steps, change, lambda at, by: np.log1p(np.outer(1.0 / (center + at), by)))
    return steps.first * np.log1p(change / center) + beyond


def _sum(steps: Steps, z: Float, of: Callable[[Float, Float], Float]) -> Float:
    """Return sum_m groups_m of(m, z), z of any shape."""
    flat = np.ravel(z)
    size = max(_CHUNK // max(steps.at.size, 1), 1)
    parts = [np.einsum("i,ij->j", steps.groups, of(steps.at, flat[i : i + size])) for i in range(0, flat.size, size)]
    return np.concatenate([*parts, np.zeros(0)]).reshape(np.shape(z))


def likelihood(trials: NDArray[np.int64], successes: NDArray[np.int64]) -> Likelihood[Shapes]:
    """Return the cheaper representation of the counts.

    Parameters
    ----------
    trials, successes : (group,)
    """
    found, groups = distinct_pairs(trials[trials > 0], successes[trials > 0])
    n, k = found.astype(np.float64)
    weights = groups.astype(np.float64)
    coefficients = log_coefficient(n, k)
    pairs = PairLikelihood(k, n, weights, float(weights @ coefficients))
    longest = k.max(initial=0) + (n - k).max(initial=0) + n.max(initial=0)
    if n.size <= _MOST_PAIRS and longest > _PAIR_COST * max(n.size, 1):
        return pairs
    constant = float(weights @ (coefficients + _entropy(n, k)))
    return LadderLikelihood(steps(k, weights), steps(n - k, weights), steps(n, weights), pairs, constant)

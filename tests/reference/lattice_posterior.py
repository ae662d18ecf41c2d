"""Posteriors of a hierarchy by sums over a lattice, whose weights use no gamma function and no density of ours.

The probability of k successes of n, given shapes a and b, is up to a constant a (a + 1) ... (a + k - 1) times
b (b + 1) ... (b + n - k - 1) over c (c + 1) ... (c + n - 1) with c = a + b: logarithms of sums of positive numbers,
which keep their digits wherever c is. In unbounded coordinates the integrand is analytic and vanishes on all sides, so
that the trapezoid rule converges geometrically; steps and ends are those that halving and widening leave as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Values = NDArray[np.float64]

type LogPrior = Callable[[Values, Values], Values]
"""The log density of two coordinates, on a lattice; its constant counts only for the evidence."""


class LatticePosterior(NamedTuple):
    """Weights of lattice points and the shapes of the rates there."""

    first: Values
    second: Values
    weight: Values
    log_evidence: float

    def mean(self, values: Values) -> float:
        """Return the posterior mean of a function of the shapes."""
        return float(np.sum(self.weight * values))

    def rate(self, n: int, k: int) -> tuple[float, float]:
        """Return mean and standard deviation of the rate of a group with these counts; 0 of 0 is a new group."""
        a, total = self.first + k, self.first + self.second + n
        mean = self.mean(a / total)
        return mean, float(np.sqrt(self.mean(a * (a + 1.0) / (total * (total + 1.0))) - mean**2))

    def rate_cdf(self, n: int, k: int, x: float) -> float:
        """Return the probability that the rate of a group with these counts is at most x."""
        return self.mean(special.betainc(self.first + k, self.second + (n - k), x))

    def fewer(self, n: int, k: int, trials: int, m: int) -> float:
        """Return the probability of fewer than m successes in trials to come of a group with these counts."""
        a, b = self.first + k, self.second + (n - k)
        term = np.exp(sum(np.log((b + i) / (a + b + i)) for i in range(trials)))
        total = np.zeros_like(term)
        for j in range(m):
            total += term
            term *= (trials - j) / (j + 1.0) * (a + j) / (b + (trials - j - 1.0))
        return self.mean(total)


def by_shapes(
    counts: Mapping[str, tuple[int, int]], log_prior: LogPrior, ends: tuple[float, float], step: float
) -> LatticePosterior:
    """Return the posterior on a lattice of the logarithms of both shapes, from ends[0] to ends[1] each."""
    u = np.arange(*ends, step)
    a, b = np.meshgrid(np.exp(u), np.exp(u), indexing="ij")
    return _posterior(counts, a, b, log_prior(a, b) + np.log(a * b), step**2)


def by_proportion(
    counts: Mapping[str, tuple[int, int]], log_prior: LogPrior, logits: Values, sizes: Values, step: float
) -> LatticePosterior:
    """Return the posterior on a lattice of the logit of the mean and of a coordinate of the concentration.

    Parameters
    ----------
    log_prior
        Of mean and concentration, with the derivative of the concentration by its coordinate.
    logits, sizes
        Logits of the mean, and concentrations, equally far apart in each coordinate.
    step
        How far apart concentrations are in their coordinate.
    """
    mean, size = np.meshgrid(special.expit(logits), sizes, indexing="ij")
    complement = special.expit(-logits)[:, None]
    area = float(logits[1] - logits[0]) * step
    log_density = log_prior(mean, size) + np.log(mean * complement)
    return _posterior(counts, mean * size, complement * size, log_density, area)


def _posterior(
    counts: Mapping[str, tuple[int, int]], a: Values, b: Values, log_density: Values, area: float
) -> LatticePosterior:
    for n, k in counts.values():
        log_density = log_density + np.log(float(special.comb(n, k, exact=True)))
    for x, numbers, sign in (
        (a, [k for _, k in counts.values()], 1.0),
        (b, [n - k for n, k in counts.values()], 1.0),
        (a + b, [n for n, _ in counts.values()], -1.0),
    ):
        for j in range(max(numbers)):
            log_density = log_density + sign * sum(m > j for m in numbers) * np.log(x + j)
    peak = float(log_density.max())
    weight = np.exp(log_density - peak)
    total = float(weight.sum())
    return LatticePosterior(a, b, weight / total, peak + float(np.log(total * area)))

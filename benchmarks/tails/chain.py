"""Laws of chains, what is kept of their simulation, and effective sample sizes as ArviZ computes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pplcompare.models.float_array import Float
from scipy import fft

type Tails = Callable[[Float], Float]
"""From limits, (limit, rep) or (limit, 1), to probabilities that a statistic lies beyond, (limit, rep) or (limit,)."""


class Sample(NamedTuple):
    """What one block of simulated chains says of one kind.

    Attributes
    ----------
    ess : (rep,)
        Which the table is entered with.
    weights : (rep,)
        Of the repetitions in the null law.
    tail, known
        P(|statistic| > limit | all that the size depends on), with the estimated and with the true size.
    """

    ess: Float
    weights: Float
    tail: Tails
    known: Tails


@dataclass(frozen=True, slots=True)
class Chain:
    """A law of chains; `size` is the true ESS of the statistic, for proportions times the smaller probability.

    For products `other` is the coefficient of the second series, unless both keep their values together.
    """

    kind: str
    correlation: float
    chains: int
    size: float
    probability: float = 0.5
    other: float = 0.0
    keeps: bool = False

    @property
    def step(self) -> float:
        """Autocorrelation, from one draw to the next, of what is averaged."""
        if self.kind == "product" and not self.keeps:
            return self.correlation * self.other
        return self.correlation**2 if self.kind == "variance" else self.correlation

    @property
    def length(self) -> int:
        """Draws of one chain."""
        total = self.size * (1.0 + self.step) / (1.0 - self.step)
        return max(math.ceil(total / self.chains / (self.probability if self.kind == "proportion" else 1.0)), 16)

    @property
    def draws(self) -> int:
        """Draws of all chains."""
        return self.chains * self.length

    @property
    def ess(self) -> float:
        """True effective number of draws, the ends of the chains considered."""
        rho, n = self.step, self.length
        return self.draws / ((1.0 + rho) / (1.0 - rho) - 2.0 * rho * (1.0 - rho**n) / (n * (1.0 - rho) ** 2))


def ess_of_mean(values: Float) -> Float:
    """Return ArviZ's ESS of the mean, for many fits at once: (rep, chain, draw) -> (rep,)."""
    reps, chains, draws = values.shape
    half = draws // 2
    split = np.concatenate([values[:, :, :half], values[:, :, -half:]], axis=1)
    means = split.mean(axis=2)
    centred = split - means[:, :, None]
    power = fft.rfft(centred, fft.next_fast_len(2 * half, real=True), axis=2)
    power = (power.real**2 + power.imag**2).mean(axis=1)
    covariance = fft.irfft(power, fft.next_fast_len(2 * half, real=True), axis=1)[:, :half] / half
    within = covariance[:, 0] * half / (half - 1.0)
    total = covariance[:, 0] + means.var(axis=1, ddof=1)
    rho = 1.0 - (within[:, None] - covariance) / total[:, None]
    rho[:, 0] = 1.0
    count = max((half - 3) // 2, 1)
    pairs = rho[:, 0 : 2 * count : 2] + rho[:, 1 : 2 * count : 2]
    stopped = pairs <= 0.0
    last = np.where(stopped.any(axis=1), stopped.argmax(axis=1), count)
    # Geyer's initial monotone sequence.
    sums = np.concatenate([np.zeros((reps, 1)), np.cumsum(np.minimum.accumulate(pairs, axis=1), axis=1)], axis=1)
    row = np.arange(reps)
    size = 2 * chains * half
    final = rho[row, 2 * last]
    stored = final + rho[row, 2 * last + 1] >= 0.0
    tau = -1.0 + 2.0 * sums[row, last] + np.where(stored, final, np.maximum(final, 0.0))
    return np.asarray(size / np.maximum(tau, 1.0 / math.log10(size)))


def ess_of_quantile(values: Float, q: float) -> Float:
    """Return ArviZ's ESS of the quantile of the draws themselves."""
    own = np.quantile(values.reshape(len(values), -1), q, axis=1)[:, None, None]
    return ess_of_mean((values <= own).astype(np.float64))


def label(chain: Chain) -> str:
    """Return the law in words."""
    law = "keeps" if chain.kind == "proportion" else "both keep" if chain.keeps else "AR(1)"
    where = f", below {100 * chain.probability:g} %" if chain.kind == "proportion" else ""
    second = f" x AR(1) {chain.other:g}" if chain.kind == "product" and not chain.keeps else ""
    return f"{chain.chains} x {chain.length}, {law} {chain.correlation:g}{second}{where}"

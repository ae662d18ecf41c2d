"""A coin of an unknown kind beside a fair one: a mixture of binomials, and the binomial of the same mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import log_binomial
from pplcompare.validation.questions.question_documents import CoinsDocument

MOST_TRIALS: Final = 1_000_000
_OFF: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class BinomialMixture:
    """The successes of one coin of several kinds: its kind is drawn once, then all trials have that kind's rate.

    Attributes
    ----------
    trials
        The number of trials.
    rates, weights
        The rate and the probability of each kind, (kind,).
    counts
        All counts, 0 to `trials`.
    pmf
        The probability of each count.
    plain_pmf
        The probability of each count for the binomial whose rate is the mean of `rates`.
    mean
        The mean, which both have.
    epistemic, aleatoric
        The variance of n rate over the kinds, and the mean of n rate (1 - rate); the first is zero for the binomial.
    plain_variance
        The variance of the binomial.
    """

    trials: int
    rates: Float
    weights: Float
    counts: NDArray[np.int64]
    pmf: Float
    plain_pmf: Float
    mean: float
    epistemic: float
    aleatoric: float
    plain_variance: float

    @property
    def variance(self) -> float:
        """The variance of the mixture, the sum of both parts."""
        return self.epistemic + self.aleatoric

    @property
    def sd(self) -> float:
        """The standard deviation of the mixture."""
        return math.sqrt(self.variance)

    @property
    def plain_sd(self) -> float:
        """The standard deviation of the binomial."""
        return math.sqrt(self.plain_variance)

    def at_least(self, count: int) -> tuple[float, float]:
        """Return P(successes >= count) of the mixture and of the binomial."""
        beyond = self.counts >= count
        return math.fsum(self.pmf[beyond]), math.fsum(self.plain_pmf[beyond])

    def to_dict(self) -> CoinsDocument:
        """Return all attributes as lists and numbers by name."""
        return {
            "trials": self.trials,
            "rates": self.rates.tolist(),
            "weights": self.weights.tolist(),
            "mean": self.mean,
            "sd": self.sd,
            "epistemic": self.epistemic,
            "aleatoric": self.aleatoric,
            "plain_sd": self.plain_sd,
            "counts": self.counts.tolist(),
            "pmf": self.pmf.tolist(),
            "plain_pmf": self.plain_pmf.tolist(),
        }


def binomial_mixture(trials: int, rates: Sequence[float], weights: Sequence[float] | None = None) -> BinomialMixture:
    """Return the mixture of binomials, beside the binomial of the same mean.

    Parameters
    ----------
    trials
        The number of trials, at most a million.
    rates
        The rate of each kind of coin, from 0 to 1.
    weights
        The probability of each kind; all kinds are equally probable by default.

    Raises
    ------
    UsageError
        If a number cannot be used.

    Notes
    -----
    The parts are those of the law of total variance.
    """
    if isinstance(trials, bool) or not isinstance(trials, int | np.integer) or not 0 <= trials <= MOST_TRIALS:
        raise UsageError(f"a whole number from 0 to {MOST_TRIALS:,} is needed", where="trials", seen=trials)
    p = np.asarray(rates, dtype=np.float64)
    if p.ndim != 1 or p.size == 0 or not np.all((p >= 0.0) & (p <= 1.0)):
        raise UsageError("numbers from 0 to 1 are needed", where="rates", seen=p.tolist())
    w = np.full(p.shape, 1.0 / p.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != p.shape:
        raise UsageError("one weight for each rate is needed", where="weights", seen=w.size, mend=f"give {p.size}")
    if not (np.all(w >= 0.0) and abs(w.sum() - 1.0) <= _OFF):
        raise UsageError("probabilities that sum to 1 are needed", where="weights", seen=w.tolist())
    share, n, counts = float(w @ p), int(trials), np.arange(trials + 1)
    return BinomialMixture(
        trials=n,
        rates=p,
        weights=w,
        counts=counts,
        pmf=np.asarray(w @ np.stack([_binomial(n, counts, float(rate)) for rate in p])),
        plain_pmf=_binomial(n, counts, share),
        mean=n * share,
        epistemic=n * n * float(w @ (p - share) ** 2),
        aleatoric=n * float(w @ (p * (1.0 - p))),
        plain_variance=n * share * (1.0 - share),
    )


def _binomial(n: int, counts: NDArray[np.int64], rate: float) -> Float:
    """Return the probabilities of the binomial, also of one that cannot vary."""
    if rate in (0.0, 1.0):
        return np.where(counts == n * rate, 1.0, 0.0)
    return np.asarray(np.exp(log_binomial(np.array(float(n)), counts.astype(np.float64), np.array(rate))))

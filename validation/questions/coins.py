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
from pplcompare.validation.questions.counts_to_come import checked_trials
from pplcompare.validation.questions.known_rate import MOST_TRIALS, binomial
from pplcompare.validation.questions.question_documents import CoinsDocument

_OFF: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        kinds = f"{self.rates.size} kinds of coin"
        return f"<successes in {self.trials:,} trials, {kinds}: mean {self.mean:.6g}, sd {self.sd:.6g}>"

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
    n = checked_trials(trials, MOST_TRIALS)
    p = np.asarray(rates, dtype=np.float64)
    if p.ndim != 1 or p.size == 0 or not np.all((p >= 0.0) & (p <= 1.0)):
        raise UsageError("numbers from 0 to 1 are needed", where="rates", seen=p.tolist())
    w = np.full(p.shape, 1.0 / p.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != p.shape:
        raise UsageError("one weight for each rate is needed", where="weights", seen=w.size, mend=f"give {p.size}")
    if not (np.all(w >= 0.0) and abs(w.sum() - 1.0) <= _OFF):
        raise UsageError("probabilities that sum to 1 are needed", where="weights", seen=w.tolist())
    share, counts = float(w @ p), np.arange(n + 1)
    return BinomialMixture(
        trials=n,
        rates=p,
        weights=w,
        counts=counts,
        pmf=np.asarray(w @ np.stack([binomial(n, counts, float(rate)) for rate in p])),
        plain_pmf=binomial(n, counts, share),
        mean=n * share,
        epistemic=n * n * float(w @ (p - share) ** 2),
        aleatoric=n * float(w @ (p * (1.0 - p))),
        plain_variance=n * share * (1.0 - share),
    )

"""The count of a campaign to come: its probabilities, and the two parts of its variance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.exact_words import QUANTILES, percent
from pplcompare.validation.questions.question_documents import CountsToComeDocument

LISTED: Final = 2000
"""Up to so many trials the probabilities of all counts are listed."""
_MOST: Final = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class CountsToCome:
    """The distribution of the successes in the next trials of a group, exactly.

    Attributes
    ----------
    group
        The name of the group; None for one never seen.
    trials
        The number n of trials.
    rate_mean, rate_sd
        Mean and standard deviation of the rate.
    mean
        The mean of the count.
    epistemic
        The variance of n rate: the part that more data on this group would remove.
    aleatoric
        The mean of n rate (1 - rate): the part that stays.
    quantiles
        The least count that is reached with this probability, for 3, 50 and 97 %.
    counts, pmf
        All counts and their probabilities; empty beyond 2,000 trials.
    """

    group: str | None
    trials: int
    rate_mean: float
    rate_sd: float
    mean: float
    epistemic: float
    aleatoric: float
    quantiles: dict[float, int]
    counts: NDArray[np.int64]
    pmf: Float

    @property
    def variance(self) -> float:
        """The variance, the sum of both parts."""
        return self.epistemic + self.aleatoric

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return math.sqrt(self.variance)

    def to_dict(self) -> CountsToComeDocument:
        """Return all attributes as lists and numbers by name."""
        return {
            "group": self.group,
            "trials": self.trials,
            "rate": {"mean": self.rate_mean, "sd": self.rate_sd},
            "mean": self.mean,
            "sd": self.sd,
            "epistemic": self.epistemic,
            "aleatoric": self.aleatoric,
            "quantiles": {percent(q): count for q, count in self.quantiles.items()},
            "counts": self.counts.tolist(),
            "pmf": self.pmf.tolist(),
        }


def counts_to_come(answer: ExactPosterior, group: str | int | None, trials: int | None = None) -> CountsToCome:
    """Return the distribution of the successes in the next trials of a group.

    Parameters
    ----------
    answer
        An exact posterior; for the prior predictive distribution, `answer.before_the_data()`.
    group
        A group by its name or position; None for a group never seen.
    trials
        The number of trials to come; the group's own number in the data by default.

    Raises
    ------
    UsageError
        If there is no such group, or the number of trials is missing or cannot be used.
    AccuracyError
        If a probability could not be certified.
    """
    if trials is not None and (isinstance(trials, bool) or not 0 <= trials <= _MOST):
        raise UsageError("must be between 0 and 2^53", where="trials", seen=trials)
    index = answer.position(group)
    law = answer.predictive(index, trials)
    rate = answer.new_group() if index is None else answer.marginal(answer.plate_variable, index)
    n = int(law.n)
    counts = np.arange(n + 1 if n <= LISTED else 0, dtype=np.int64)
    return CountsToCome(
        group=None if index is None else answer.counts.groups[index],
        trials=n,
        rate_mean=rate.mean,
        rate_sd=rate.sd,
        mean=law.mean,
        epistemic=law.epistemic,
        aleatoric=law.aleatoric,
        quantiles=dict(zip(QUANTILES, law.quantile(np.array(QUANTILES)).tolist(), strict=True)),
        counts=counts,
        pmf=law.pmf(counts),
    )

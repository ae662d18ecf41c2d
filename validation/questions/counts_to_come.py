"""The count of a campaign to come: its probabilities, and the two parts of its variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.exact_words import INTERVAL, between, percent, quantile_levels
from pplcompare.validation.questions.question_documents import CountsToComeDocument

LISTED: Final = 2000
"""Up to so many trials the probabilities of all counts are listed."""
_MOST: Final = 2**53


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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
        The least count that is reached with this probability: the ends of an interval, with the median between them.
    counts, pmf
        All counts and their probabilities; empty beyond 2,000 trials.
    at_least
        The probability of so many successes or more, by the counts that were asked for.
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
    at_least: Mapping[int, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        low, *_, high = self.quantiles.values()
        words = f"{between(self._named_quantiles())} between {low} and {high}"
        of = "" if self.group is None else f" of {self.group}"
        return f"<successes in {self.trials:,} trials to come{of}: mean {self.mean:.6g}, sd {self.sd:.6g}, {words}>"

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
            "quantiles": self._named_quantiles(),
            "counts": self.counts.tolist(),
            "pmf": self.pmf.tolist(),
            "at_least": {str(count): p for count, p in self.at_least.items()},
        }

    def _named_quantiles(self) -> dict[str, int]:
        return {percent(q): count for q, count in self.quantiles.items()}


def counts_to_come(
    answer: ExactPosterior,
    group: str | int | None,
    trials: int | None = None,
    *,
    interval: float = INTERVAL,
    at_least: Sequence[int] = (),
) -> CountsToCome:
    """Return the distribution of the successes in the next trials of a group, with a table of all counts.

    `ExactPosterior.predict` is the shorter way to a mean and an interval; `counts_at_rate` takes a rate that is known.

    Parameters
    ----------
    answer
        An exact posterior; for the prior predictive distribution, `answer.before_the_data()`.
    group
        A group by its name or position; None for a group never seen.
    trials
        The number of trials to come; the group's own number in the data by default.
    interval
        The probability of the central interval at whose ends the quantiles are.
    at_least
        Counts whose probability of being reached is wanted, too.

    Raises
    ------
    UsageError
        If there is no such group, or a number is missing or cannot be used.
    AccuracyError
        If a probability could not be certified.
    """
    if trials is not None:
        checked_trials(trials, _MOST)
    index = answer.position(group)
    law = answer.predictive(index, trials)
    rate = answer.new_group() if index is None else answer.marginal(answer.plate_variable, index)
    n = int(law.n)
    counts, levels = listed(n), quantile_levels(interval)
    reached = checked_counts(at_least)
    return CountsToCome(
        group=None if index is None else answer.counts.groups[index],
        trials=n,
        rate_mean=rate.mean,
        rate_sd=rate.sd,
        mean=law.mean,
        epistemic=law.epistemic,
        aleatoric=law.aleatoric,
        quantiles=dict(zip(levels, law.quantile(np.array(levels)).tolist(), strict=True)),
        counts=counts,
        pmf=law.pmf(counts),
        at_least=dict(zip(reached.tolist(), (1.0 - law.cdf(reached - 1)).tolist(), strict=True)),
    )


def listed(trials: int) -> NDArray[np.int64]:
    """Return all counts, none where they are too many."""
    return np.arange(trials + 1 if trials <= LISTED else 0, dtype=np.int64)


def checked_counts(at_least: Sequence[int]) -> NDArray[np.int64]:
    """Return counts that are asked about, (count,).

    Raises
    ------
    UsageError
        If one is no whole number.
    """
    for count in at_least:
        given: object = count
        if not isinstance(given, int | np.integer) or isinstance(given, bool):
            raise UsageError("whole numbers are needed", where="at_least", seen=given, mend="write for example [60]")
    return np.array(at_least, dtype=np.int64)


def checked_trials(trials: int, most: int) -> int:
    """Return a number of trials that can be used.

    Raises
    ------
    UsageError
        If it is no whole number from 0 to `most`.
    """
    whole = isinstance(trials, int | np.integer) and not isinstance(trials, bool)
    if not whole or not 0 <= trials <= most:
        raise UsageError(f"a whole number from 0 to {most:,} is needed", where="trials", seen=trials)
    return int(trials)

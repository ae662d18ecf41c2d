"""What somebody wants to see of an exact answer: the interval, and the size of the campaigns to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.validation.exact.exact_words import INTERVAL, quantile_levels


@dataclass(frozen=True, slots=True)
class Wanted:
    """Choices that the numbers, the sentences and the pictures of an answer share.

    Attributes
    ----------
    to_come
        The size of campaigns to come; None is the size of each group's campaign in the data.
    interval
        The probability of the intervals that are shown.
    compared
        The numbers of two of many groups that are compared; None compares those of two.
    """

    to_come: int | None = None
    interval: float = INTERVAL
    compared: tuple[int, int] | None = None

    @property
    def levels(self) -> tuple[float, float, float]:
        """The probabilities of the ends of an interval, and of its middle between them."""
        return quantile_levels(self.interval)

    def pair(self, counts: Counts) -> tuple[int, int] | None:
        """Return the numbers of the groups that are compared, if any."""
        return (1, 0) if self.compared is None and len(counts.groups) == 2 else self.compared

    def sizes(self, counts: Counts) -> list[int]:
        """Return the size of each group's campaign to come."""
        return counts.trials.tolist() if self.to_come is None else [self.to_come] * len(counts.groups)


USUAL: Final = Wanted()
"""What is shown if nobody asks for anything else."""

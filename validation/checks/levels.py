"""The false-alarm probability of each comparison, by declared weights (weighted Bonferroni).

A run's family-wise level has four equal parts: for statistics that pool what a fit says of everything at once, for
their sums over all fits of a backend, for means and spreads of single quantities, and for the rest. Pooled statistics
are few and see what is wrong everywhere, sums are fewer still and see what each fit hides; single ones are forty times
as many and see what is wrong in one place, and most of them are of tails. Within a share every comparison has the same
level. The weights depend on the plan alone, never on draws or their effective sizes, so that the sum of all levels is
at most the family-wise level whatever the draws are (Genovese, Roeder and Wasserman 2006, "False discovery control with
p-value weighting"). If a run plans nothing in a share, the others have the whole level.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pplcompare.models.errors import UsageError


class Share(StrEnum):
    """The parts of a family-wise level."""

    POOLED = "pooled and joint statistics"
    SUMS = "sums over the fits of a backend"
    SINGLE = "means and spreads of single quantities"
    TAIL = "tails, single chains and single groups"


WEIGHTS: Final[Mapping[Share, float]] = MappingProxyType(
    {Share.POOLED: 0.25, Share.SUMS: 0.25, Share.SINGLE: 0.25, Share.TAIL: 0.25}
)
"""The part of the family-wise level that each share is; together they are all of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of comparison.

    Attributes
    ----------
    share
        The part of the level that its comparisons share.
    what
        What is compared, for people.
    summed
        The kind of limit (`critical_values.KINDS`) of its scores' sums over the fits of a backend; empty if they are
        not summed. A kind that is summed has at most one comparison in each fit.
    found
        The least error that is found, for people, with a place for its number; empty if it is not shown.
    scale
        Whether that error is a relative one, of a scale: the spread of the statistic grows with it.
    most
        The largest such error that there can be: where it is not found, nothing is told.
    """

    share: Share
    what: str
    summed: str = ""
    found: str = ""
    scale: bool = False
    most: float = math.inf


_OF_A_FIT: Final[Mapping[str, Kind]] = {
    "mean": Kind(Share.SINGLE, "mean of the normal scores of one quantity", found="a mean {:.2f} sd off"),
    "variance": Kind(
        Share.SINGLE, "variance of the normal scores of one quantity", found="a variance {:.0f} % off", scale=True
    ),
    "proportion": Kind(
        Share.TAIL,
        "share of the draws below an exact quantile of one quantity",
        found="a tail of {:.1f} % cut off",
        most=0.5,
    ),
    "atom": Kind(Share.TAIL, "values of one quantity that recur, or lie on the border of its support"),
    "derived": Kind(Share.SINGLE, "mean or probability of a quantity of several variables"),
    "pooled mean": Kind(
        Share.POOLED, "mean of the normal scores of a plate", "pooled mean", "all groups {:.3f} sd off"
    ),
    "pooled variance": Kind(
        Share.POOLED, "variance of the normal scores of a plate", "pooled variance", "all variances {:.1f} % off", True
    ),
    "chain mean": Kind(Share.TAIL, "mean of one quantity in one chain", found="one mean of one chain {:.2f} sd off"),
    "chain variance": Kind(
        Share.TAIL, "variance of one quantity in one chain", found="one variance of one chain {:.0f} % off", scale=True
    ),
    "pooled chain mean": Kind(Share.POOLED, "mean of a plate in one chain"),
    "pooled chain variance": Kind(Share.POOLED, "variance of a plate in one chain"),
    "stay": Kind(
        Share.TAIL,
        "longest stay of a chain, or of a half of all chains",
        found="{:.0f} equal draws in a row of a chain",
    ),
    "copy": Kind(Share.TAIL, "chains, or parts of them, that are correlated: a bound, which uses no level"),
    "close rows": Kind(Share.TAIL, "rows of all quantities that almost recur: a bound, which uses no level"),
    "conditional mean": Kind(Share.POOLED, "mean of the sum over groups of conditional scores", "mean"),
    "conditional variance": Kind(Share.POOLED, "variance of that sum: groups that are correlated", "variance"),
    "conditional squares mean": Kind(Share.POOLED, "mean of the sum of squares of conditional scores", "mean"),
    "conditional squares variance": Kind(Share.POOLED, "variance of that sum of squares", "variance"),
    "sum x logit mean": Kind(
        Share.POOLED,
        "dependence of conditional scores on the logit mean",
        "product",
        "rates of {:.0f} % of the draws beside other draws' hyper-parameters",
        most=1.0,
    ),
    "sum x log concentration": Kind(
        Share.POOLED, "dependence of conditional scores on the log concentration", "product"
    ),
    "squares x log concentration": Kind(
        Share.POOLED, "dependence of squares of conditional scores on the log concentration", "product"
    ),
    "sum x hyper-parameter": Kind(Share.SINGLE, "dependence of conditional scores on one hyper-parameter"),
    "group x logit mean": Kind(Share.TAIL, "dependence of one group's conditional score on the logit mean"),
}


def over_fits(kind: str) -> str:
    """Return the kind of the sums of such scores over the fits of a backend."""
    return f"{kind} over fits"


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        **_OF_A_FIT,
        **{
            over_fits(name): replace(
                kind, share=Share.SUMS, what=f"{kind.what}, summed over the fits of a backend", summed=""
            )
            for name, kind in _OF_A_FIT.items()
            if kind.summed
        },
    }
)
"""Every kind of comparison that has a level, by name."""

SUMMED: Final = tuple(name for name, kind in KINDS.items() if kind.summed)
"""The kinds whose scores are summed over the fits of a backend."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The level of each comparison of a run.

    Attributes
    ----------
    each
        False-alarm probability of one comparison, by kind; a kind that was not planned has none.
    """

    each: Mapping[str, float]

    @classmethod
    def weighted(cls, family_level: float, planned: Mapping[str, int]) -> Levels:
        """Return the levels of planned comparisons.

        Parameters
        ----------
        family_level
            Probability of at least one false alarm.
        planned
            Kind -> the greatest number of its comparisons.

        Raises
        ------
        UsageError
            If a kind has no row in `KINDS`.
        """
        numbers: Counter[Share] = Counter()
        for kind, number in planned.items():
            if kind not in KINDS:
                raise UsageError("no such kind of comparison", where="levels", seen=kind, mend=f"known: {list(KINDS)}")
            numbers[KINDS[kind].share] += number
        whole = sum(WEIGHTS[share] for share, number in numbers.items() if number)
        shares = {share: family_level * WEIGHTS[share] / whole / number for share, number in numbers.items() if number}
        return cls(MappingProxyType({kind: shares[KINDS[kind].share] for kind, number in planned.items() if number}))

    @classmethod
    def equal(cls, level: float) -> Levels:
        """Return one level for comparisons of every kind."""
        return cls(MappingProxyType(dict.fromkeys(KINDS, level)))

    def of(self, kind: str) -> float:
        """Return the level of a comparison of this kind.

        Raises
        ------
        UsageError
            If no comparison of the kind was planned: it would spend a level that nobody gave it.
        """
        if kind not in self.each:
            raise UsageError("was not planned", where="levels", seen=kind, mend=f"planned: {list(self.each)}")
        return self.each[kind]

    def scaled(self, factor: float) -> Levels:
        """Return all levels times a factor."""
        return Levels(MappingProxyType({kind: factor * level for kind, level in self.each.items()}))

    def spent(self, planned: Mapping[str, int]) -> float:
        """Return the sum of the levels of so many comparisons: a bound on the probability of a false alarm."""
        return sum(number * self.of(kind) for kind, number in planned.items() if number)

    def by_share(self) -> dict[str, float]:
        """Return the level of one comparison in each share that has any."""
        return {KINDS[kind].share.value: level for kind, level in self.each.items()}

"""Results of checks: values, never exceptions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from pplcompare.validation.checks.not_passed import not_passed
from pplcompare.validation.pictures.plots import PlotAxes, plotted


class Outcome(StrEnum):
    """What became of a check, from best to worst; true is *passed* alone."""

    PASSED = "passed"
    OURS = "ours"
    """The reference compared with itself: it says nothing."""
    NOT_TESTED = "not tested"
    NOT_CERTIFIED = "not certified"
    UNDERPOWERED = "underpowered"
    FAILED = "failed"

    def __bool__(self) -> bool:
        return self is Outcome.PASSED


BOUNDS: Final = frozenset({"copy", "close rows"})
"""The kinds whose limits are bounds, not quantiles of a level."""

OF_DRAWS_ALONE: Final = frozenset({"stay", *BOUNDS})
"""The kinds that compare draws with each other: alone they say nothing of the posterior."""

DENIED: Final = (Outcome.FAILED, Outcome.UNDERPOWERED, Outcome.NOT_CERTIFIED)
"""The outcomes of a single result with which a report has not passed, the worst first."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One comparison; true if it passed, and only then.

    Attributes
    ----------
    check
        Which check, for example ``variance of z``.
    subject
        What it looked at, for example ``rate[A]``.
    statistic, limit
        A comparison passes where ``|statistic| <= limit``; NaN never does. The limit of what is no comparison is NaN.
    outcome
        The result of that comparison, or why it could not be made.
    detail
        A clause for people.
    kind
        What gives a comparison its level, a row of `levels.KINDS`; empty if it needs none.
    size
        The effective number of draws that its limit belongs to, and NaN where it does not depend on one.
    error
        The standard error of what is compared, in units of the error that is looked for; NaN if it is not known.
    finds
        The least error that is found, where it does not follow from limit and standard error; NaN elsewhere.
    """

    check: str
    subject: str
    statistic: float
    limit: float
    outcome: Outcome
    detail: str = ""
    kind: str = ""
    size: float = math.nan
    error: float = math.nan
    finds: float = math.nan

    @property
    def passed(self) -> bool:
        """Whether the comparison was made, and is within its limit."""
        return self.outcome is Outcome.PASSED

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        shown = f"{self.check} of {self.subject}: {self.outcome}"
        if math.isfinite(self.limit):
            shown += f" ({self.statistic:.3g}, limit {self.limit:.3g})"
        return f"{shown}; {self.detail}" if self.detail else shown


def compared(
    check: str,
    subject: str,
    statistic: float,
    limit: float,
    detail: str = "",
    *,
    kind: str = "",
    size: float = math.nan,
    error: float = math.nan,
) -> CheckResult:
    """Return the result of comparing |statistic| with its limit; anything that is not a number has failed."""
    outcome = Outcome.PASSED if abs(statistic) <= limit else Outcome.FAILED
    return CheckResult(check, subject, statistic, limit, outcome, detail, kind, size, error)


def as_reasons(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Return results of chains with too few effective draws, whose failures are no verdict but may be its reason."""
    return [
        replace(result, outcome=Outcome.UNDERPOWERED) if result.outcome is Outcome.FAILED else result
        for result in results
    ]


def with_detail(results: Iterable[CheckResult], detail: str) -> list[CheckResult]:
    """Return results whose details have one more clause, which may be empty."""
    return [replace(result, detail="; ".join(filter(None, (result.detail, detail)))) for result in results]


def fault(check: str, subject: str, detail: str) -> CheckResult:
    """Return a failure that is a fact, not a comparison of numbers."""
    return CheckResult(check, subject, math.nan, math.nan, Outcome.FAILED, detail)


IMPOSSIBLE: Final = 1e-12
"""The largest probability with which right draws come to what is a fact all the same."""


def is_fact(result: CheckResult) -> bool:
    """Say whether a failure is no comparison of numbers, which chance could explain.

    So are copies of chains, whose limits are bounds that right chains exceed with a probability of 1e-12 or less.
    """
    compared_numbers = math.isfinite(result.statistic) and math.isfinite(result.limit)
    return not compared_numbers or result.kind in BOUNDS


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All results of one group of checks; true if it passed, and only then.

    Attributes
    ----------
    results
        In the order in which they were made.
    comparisons
        How many of them share the family-wise level.
    notes
        What people should know that is no fault, a clause each.
    """

    results: tuple[CheckResult, ...] = field(default_factory=tuple)
    comparisons: int = 0
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst of the outcomes that count; `NOT_TESTED` where nothing was compared, whatever gates let through."""
        outcomes = {result.outcome for result in self.results}
        for outcome in DENIED:
            if outcome in outcomes:
                return outcome
        compared_any = any(math.isfinite(it.limit) and it.kind not in OF_DRAWS_ALONE for it in self.results)
        made = [outcome for outcome in (Outcome.PASSED, Outcome.OURS) if outcome in outcomes and compared_any]
        return made[0] if made else Outcome.NOT_TESTED

    @property
    def passed(self) -> bool:
        """Whether something was compared with the exact answer, and nothing speaks against it."""
        return self.outcome is Outcome.PASSED

    def __bool__(self) -> bool:
        return self.passed

    def raise_if_failed(self, subject: str = "draws") -> None:
        """Raise unless the report has passed: what is underpowered, not certified or not tested raises, too.

        Parameters
        ----------
        subject
            What was checked, for the message.

        Raises
        ------
        CheckNotPassed
            With the outcome and a table of what led to it.
        """
        if not self.passed:
            raise not_passed(self.outcome, [*map(_cells, self.denied or self.of(self.outcome))], subject)

    def plot(self, axes: PlotAxes | None = None) -> PlotAxes:
        """Draw how near each kind of comparison came to its limit.

        Parameters
        ----------
        axes
            Axes of matplotlib; new ones by default.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        """
        from pplcompare.validation.checks.closest_picture import closest_panel

        itself: Any = self
        return plotted(closest_panel({"draws": itself}), axes)

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The failed ones, the one furthest beyond its limit first."""
        failed = [result for result in self.results if result.outcome is Outcome.FAILED]
        return tuple(sorted(failed, key=ratio_to_limit, reverse=True))

    @property
    def denied(self) -> tuple[CheckResult, ...]:
        """All results for which the report has not passed, the worst first."""
        return (*self.failures, *(result for outcome in DENIED[1:] for result in self.of(outcome)))

    def of(self, outcome: Outcome) -> tuple[CheckResult, ...]:
        """Return the results with this outcome."""
        return tuple(result for result in self.results if result.outcome is outcome)


def _cells(result: CheckResult) -> tuple[str, ...]:
    numbers = ("" if math.isnan(number) else f"{number:.3g}" for number in (result.statistic, result.limit))
    return (str(result.outcome), result.check, result.subject, *numbers, result.detail)


def combined(reports: Iterable[CheckReport]) -> CheckReport:
    """Return one report of all results."""
    parts = list(reports)
    return CheckReport(
        tuple(result for part in parts for result in part.results),
        sum(part.comparisons for part in parts),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def ratio_to_limit(result: CheckResult) -> float:
    """Return |statistic| in units of its limit; infinite where either is not a number, or beyond a limit of zero."""
    if result.outcome is Outcome.PASSED and not result.limit:
        return 0.0
    ratio = abs(result.statistic) / result.limit if result.limit else math.inf
    return math.inf if math.isnan(ratio) else ratio

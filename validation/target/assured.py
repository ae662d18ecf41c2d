"""What two looks at a sampler found, and the error that says it where it is not right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from pplcompare.models.errors import CheckNotPassed, NotRight
from pplcompare.validation.checks.detectable import detectable, detectable_clauses
from pplcompare.validation.checks.levels import KINDS
from pplcompare.validation.checks.not_passed import UNDECIDED, aligned
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, is_fact


@dataclass(frozen=True, slots=True)
class Look:
    """One call of a sampler.

    Attributes
    ----------
    seed, draws
        The arguments of the call.
    report
        What was compared at the levels of this look.
    """

    seed: int
    draws: int
    report: CheckReport


@dataclass(frozen=True, slots=True, repr=False)
class Assured:
    """What was seen of a sampler.

    Attributes
    ----------
    what
        The data and the model.
    level
        Probability that a right sampler is called wrong, at most.
    comparisons
        How many comparisons share it at most.
    looks
        The calls of the sampler, in order: one, or two where something was flagged.
    report
        All results, in which the second look has the last word.
    seconds
        Of all calls and comparisons.
    unsettled
        What was flagged, and could not be compared again.
    """

    what: str
    level: float
    comparisons: int
    looks: tuple[Look, ...]
    report: CheckReport
    seconds: float
    unsettled: tuple[CheckResult, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst of all outcomes; *not tested* where something flagged is still open."""
        outcome = self.report.outcome
        return Outcome.NOT_TESTED if outcome is Outcome.PASSED and self.unsettled else outcome

    @property
    def passed(self) -> bool:
        """Whether the sampler is right: only such a one is returned."""
        return self.outcome is Outcome.PASSED

    def __bool__(self) -> bool:
        return self.passed

    @property
    def found(self) -> tuple[str, ...]:
        """The smallest errors that the first look would have found with 99 % power, a clause each."""
        return tuple(detectable_clauses([detectable(self.looks[0].report.results)]))

    def __repr__(self) -> str:
        outcome = "right" if self.passed else str(self.outcome)
        return f"<{self.what}: {outcome}. {'. '.join(self.sentences)}>"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done, at which level, with which seeds, and what would have been found."""
        looks = [f"fit({look.seed}, {look.draws})" for look in self.looks]
        second = "nothing was flagged" if len(self.looks) == 1 else "what the first look flagged was compared again"
        left_out = len(self.report.of(Outcome.NOT_TESTED))
        return (
            f"called: {', then '.join(looks)}; {second}",
            f"{self.report.comparisons} comparisons, {left_out} not tested; right samplers are called wrong with "
            f"probability {self.level:g} at most",
            f"errors found with 99 % power: {', '.join(self.found) or 'none'}",
        )


_HEADINGS: Final = ("quantity", "check", "statistic", "limit", "in posterior sd", "")
_IN_SD: Final = "sd off"
_WRONG: Final = (
    "repeat the calls above to see it again; another seed or a wider limit would only hide it: "
    "look at the density, its Jacobian, the adaptation, and the order of the groups"
)
_WHY: Final = {
    **UNDECIDED,
    Outcome.UNDERPOWERED: "underpowered: too few effective draws, of which what is beyond its limit may be the reason",
}
_TOO_FEW: Final = "raise draws, or sample better: every quantity needs 400 effective draws at least"
_OPEN: Final = "the rows above say what could not be decided, and why"


def not_assured(assured: Assured) -> CheckNotPassed:
    """Return the error of a sampler that is not right."""
    report, outcome = assured.report, assured.outcome
    rows = [*map(_cells, (*report.denied, *assured.unsettled) or report.of(outcome))]
    table = [*aligned(_HEADINGS, rows)] if rows else []
    if outcome is Outcome.FAILED:
        fact = any(map(is_fact, report.failures))
        why = "for a reason that is a fact" if fact else "beyond their limits in both looks"
        what = f"wrong: {len(report.failures)} of {len(report.results)} results fail, {why}"
        return NotRight(what, [*table, *assured.sentences, _WRONG], where=assured.what)
    what = f"not certified, which is neither right nor wrong: {_WHY[outcome]}"
    advice = _TOO_FEW if outcome is Outcome.UNDERPOWERED else _OPEN
    return CheckNotPassed(what, [*table, *assured.sentences, advice], where=assured.what)


def _cells(result: CheckResult) -> tuple[str, ...]:
    numbers = ("" if math.isnan(number) else f"{number:.3g}" for number in (result.statistic, result.limit))
    return (result.subject, result.check, *numbers, _in_sd(result), result.detail or str(result.outcome))


def _in_sd(result: CheckResult) -> str:
    """Return a shift and the least one that is beyond the limit, in posterior sd; nothing of what is no shift."""
    if result.kind not in KINDS or not KINDS[result.kind].found.endswith(_IN_SD) or math.isnan(result.error):
        return ""
    return f"{result.statistic * result.error:+.3f}, limit {result.limit * result.error:.3f}"

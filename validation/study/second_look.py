"""The declared second look: what is beyond a screen fails only if it is beyond its limit in fresh draws, too.

Everything is first compared at levels that sum to `SCREEN`, so that one check in twenty of correct samplers flags
something. What is flagged, and only that, is compared again in fresh draws, four times as many, at levels that sum to
the level of the confirmation over all that is flagged. A fit is sampled again if a comparison of its own is flagged; if
a sum over the fits of a backend is flagged, all fits in it are. Failures that are facts (a gate, a value that is no
number, another model, copies of chains beyond a bound) need no second look. This is declared before anything is
sampled; running a red job again until it is green is another thing, and no test at all (Gandy and Scott 2020, "Unit
testing for MCMC and other Monte Carlo methods", arXiv 2001.06465).

False alarms: correct samplers are flagged with probability at most `SCREEN`. Whatever is flagged, the fresh draws are
independent of it, so that any of it is confirmed with probability at most that of the confirmation. Together that is
the product, `false_alarm_bound`: 1e-7 by default.

Power: an effect that is found must be beyond the screen, whose limits are therefore low. In the second look it has
twice as many standard errors, and hardly ever is it lost there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import check_over_fits
from pplcompare.validation.checks.result import DENIED, CheckReport, CheckResult, Outcome, combined, is_fact
from pplcompare.validation.study.fit_result import FitResult, PreparedFit, judged, looked_at
from pplcompare.validation.study.looks import whole_look
from pplcompare.validation.study.plan import Plan, derived_seed
from pplcompare.validation.study.sizes import MORE_DRAWS
from pplcompare.validation.study.sums import judged_by_sums
from pplcompare.validation.study.tally import Tally
from pplcompare.validation.study.verdict import ABSENT, Verdict

SCREEN: Final = 0.05
"""The screen's family-wise level."""

_CONFIRMATION: Final = 0.02


def confirmation(level: float) -> float:
    """Return the level of the second look, over all that is flagged: 2e-6 at the level 1e-4 of one look."""
    return _CONFIRMATION * level


def false_alarm_bound(level: float) -> float:
    """Return a bound on the probability that correct samplers fail both looks: a thousandth of the level of one."""
    return SCREEN * confirmation(level)


def screen(plan: Plan) -> Plan:
    """Return the plan of the first look."""
    factor = SCREEN / plan.family_level
    return replace(plan, family_level=SCREEN, shared=plan.levels.scaled(factor))


def flagged(report: CheckReport) -> tuple[CheckResult, ...]:
    """Return the comparisons that fail, and that chance could explain."""
    return tuple(result for result in report.failures if not is_fact(result))


def needs_second_look(row: FitResult) -> bool:
    """Say whether a row failed, and nothing but chance or a wrong sampler could be the reason."""
    failures = combined((row.same_model, row.compared, row.over_fits)).failures
    return row.verdict is Verdict.FAILED and not any(map(is_fact, failures))


def number_flagged(rows: Iterable[FitResult]) -> int:
    """Return how many comparisons the rows of one backend need a second look at; its sums are the same in all rows."""
    found = [row for row in rows if needs_second_look(row)]
    return sum(len(flagged(row.compared)) for row in found) + max((len(flagged(r.over_fits)) for r in found), default=0)


def second_looks(
    waiting: Sequence[PreparedFit], rows: Sequence[FitResult], levels: Levels, looks: Tally
) -> list[FitResult]:
    """Sample again where something is flagged in the rows of one backend, and decide.

    Parameters
    ----------
    waiting
        What the rows were made from, in the same order.
    levels
        False-alarm probability of each flagged comparison.
    looks
        Where fits that are sampled again are counted.
    """
    return second_decisions(rows, lambda at: _sampled_again(waiting[at], rows[at], levels, looks), levels)


def second_decisions(rows: Sequence[FitResult], again: Callable[[int], FitResult], levels: Levels) -> list[FitResult]:
    """Return the rows of one backend, in which the second look has the last word on what was flagged.

    Parameters
    ----------
    again
        The function that returns the row of fresh draws, compared at `levels`, of the row with this number.
    """
    fresh = [again(at) if needs_second_look(row) else None for at, row in enumerate(rows)]
    parts = [new for row, new in zip(rows, fresh, strict=True) if new is not None and row.over_fits.results]
    sums = check_over_fits([new.compared for new in parts], [new.groups for new in parts], levels)
    return [row if new is None else _decided(row, new, sums) for row, new in zip(rows, fresh, strict=True)]


def _sampled_again(one: PreparedFit, row: FitResult, levels: Levels, looks: Tally) -> FitResult:
    settings = replace(one.plan.settings, draws=MORE_DRAWS * one.plan.settings.draws)
    plan = replace(one.plan, settings=settings, seed=derived_seed(one.plan.seed, "second look"), shared=levels)
    with looks.step() as announce:
        announce(f"{row.backend}, {one.plan.data}, {row.model}: beyond the screen ({row.reason})")
        return looked_at(replace(one, plan=plan), whole_look, announce)


def _decided(first: FitResult, fresh: FitResult, sums: CheckReport) -> FitResult:
    """Return the fresh row with all results of the first, but for those that were flagged."""
    kept = replace(first, fit=None, simulated=None)
    if fresh.verdict in ABSENT:  # what came in the first look is not absent, and what was flagged is still open
        fresh = replace(fresh, verdict=Verdict.INCOMPLETE, speed=None)
    if fresh.fit is None or fresh.verdict is Verdict.INCOMPLETE:  # something did not come back, and the row says why
        return replace(fresh, first_look=kept)
    posterior, prediction = (
        with_second_look(old, new)
        for old, new in ((first.posterior, fresh.posterior), (first.prediction, fresh.prediction))
    )
    row = replace(fresh, posterior=posterior, prediction=prediction, first_look=kept)
    row = judged(row, row.compared)
    if first.over_fits.results:
        row = judged_by_sums(row, with_second_look(first.over_fits, sums))
    return _if_all_confirmed(row, combined((first.compared, first.over_fits)))


def with_second_look(first: CheckReport, fresh: CheckReport) -> CheckReport:
    """Return the first report with fresh results of what was flagged, and of whatever is bad now and no comparison.

    A first report that is empty was lost on its way: the fresh one stands for it.
    """
    if not first.results:
        return fresh
    found = {_name(result): result for result in fresh.results}
    bad = {name: r for name, r in found.items() if r.outcome in DENIED and is_fact(r)}
    results = {_name(result): bad.get(_name(result), result) for result in first.results}
    for result in flagged(first):
        missing = not_tested(result.check, result.subject, "not reached by the second look")
        results[_name(result)] = found.get(_name(result), missing)
    notes = tuple(dict.fromkeys((*first.notes, *fresh.notes)))
    return CheckReport(tuple((results | bad).values()), first.comparisons, notes)


def _if_all_confirmed(row: FitResult, first: CheckReport) -> FitResult:
    """Return the row, which has not passed if something flagged was not compared again."""
    missing = still_open(first, combined((row.compared, row.over_fits)))
    if row.verdict is Verdict.PASSED and missing:
        return replace(row, verdict=Verdict.INCOMPLETE, reason=str(missing[0]), speed=None)
    return row


def still_open(first: CheckReport, decided: CheckReport) -> list[CheckResult]:
    """Return what was flagged in the first report, and is not compared in the one that `with_second_look` returned."""
    wanted = set(map(_name, flagged(first)))
    return [r for r in decided.results if _name(r) in wanted and r.outcome is Outcome.NOT_TESTED]


def _name(result: CheckResult) -> tuple[str, str]:
    return result.check, result.subject

"""Are draws those of the exact posterior? By the declared rule of two looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.study.fit_result import FitResult, PreparedFit, looked_at
from pplcompare.validation.study.looks import posterior_look
from pplcompare.validation.study.plan import Plan, derived_seed
from pplcompare.validation.study.second_look import (
    confirmation,
    false_alarm_bound,
    needs_second_look,
    number_flagged,
    screen,
    second_decisions,
)
from pplcompare.validation.study.sizes import MORE_DRAWS
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.testing.candidate import Candidate, LeftOut
from pplcompare.validation.testing.contract_case import MODEL

_OUTCOMES: Final = {
    Verdict.PASSED: Outcome.PASSED,
    Verdict.UNDERPOWERED: Outcome.UNDERPOWERED,
    Verdict.NOT_CERTIFIED: Outcome.NOT_CERTIFIED,
}


def right_draws(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample and compare; what is beyond the screen is compared once more, in four times as many fresh draws."""
    row, plan = _first_look(candidate)
    looks = "one look"
    if needs_second_look(row):
        row, looks = _second_look(candidate, row, plan), "two looks"
    if row.verdict is Verdict.UNSUPPORTED:
        raise LeftOut(row.reason)
    outcome = _OUTCOMES.get(row.verdict, Outcome.FAILED)
    if outcome is not Outcome.PASSED:
        return outcome, f"{row.reason}; {looks}"
    bound = false_alarm_bound(plan.family_level)
    ess = "" if row.ess is None else f", least ESS {row.ess:,.0f}"
    return outcome, f"{row.posterior.comparisons} comparisons, {looks}, false alarm at most {bound:.1g}{ess}"


def _first_look(candidate: Candidate) -> tuple[FitResult, Plan]:
    case = candidate.case
    plan = Plan(case.counts, [MODEL], [str(candidate.backend.name)], case.right, case.seed)
    return _looked(candidate, screen(plan)), plan


def _second_look(candidate: Candidate, row: FitResult, plan: Plan) -> FitResult:
    levels = Levels.equal(confirmation(plan.family_level) / number_flagged([row]))
    settings = replace(plan.settings, draws=MORE_DRAWS * plan.settings.draws)
    again = replace(plan, settings=settings, seed=derived_seed(plan.seed, "second look"), shared=levels)
    (decided,) = second_decisions([row], lambda _: _looked(candidate, again), levels)
    return decided


def _looked(candidate: Candidate, plan: Plan) -> FitResult:
    row = FitResult(MODEL.name, str(candidate.backend.name), Verdict.INCOMPLETE)
    prepared = PreparedFit(row, plan, candidate.case.exact, candidate.program)
    return looked_at(prepared, posterior_look, lambda _: None)

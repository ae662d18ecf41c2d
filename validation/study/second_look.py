"""The declared second look: what fails a screen is fitted again, and fails only if it fails there too.

Every fit is first checked at a family-wise level ten times the one of the whole check: the screen. A fit that fails a
comparison there is sampled again with a fresh seed and four times the draws, and is called wrong only if it then fails
at the family-wise level itself. Failures that are facts (a gate, a value that is no number, another model) need no
second look. This is declared before anything is sampled; running a red job again until it is green is another thing,
and no test at all (Gandy and Scott 2020, "Unit testing for MCMC and other Monte Carlo methods", arXiv 2001.06465).

False alarms: let a fit hold the share w of all comparisons, and the levels be s of the screen and c of the second
look. A correct sampler fails the screen with probability at most w s and, independently, the second look with at most
w c, so that the whole check is wrong with probability at most s c sum(w^2) <= s c: `false_alarm_bound`, 1e-7 by
default. Without the independence of the two looks it would still be at most c.

What the check can see is what the screen sees: an effect that it finds is found by the second look more surely, which
has four times the draws.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from pplcompare.backends.protocol import Program
from pplcompare.validation.checks.result import CheckResult, combined
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.plan import Plan, derived_seed
from pplcompare.validation.study.row import Announce, Row, one_look
from pplcompare.validation.study.verdict import Verdict

SCREEN: Final = 10.0
"""The screen's family-wise level, in units of that of the second look."""

MORE_DRAWS: Final = 4


def false_alarm_bound(level: float) -> float:
    """Return a bound on the probability that a correct sampler fails both looks."""
    return SCREEN * level * level


def two_looks(row: Row, program: Program, exact: ExactPosterior, plan: Plan, announce: Announce) -> Row:
    """Look at the level of the screen, and again, at that of `plan`, where a comparison failed there."""
    first = one_look(row, program, exact, screen(plan), announce)
    if first.verdict is not Verdict.FAILED or any(map(is_fact, _failures(first))):
        return first
    announce(f"fails the screen ({first.reason}); a second look, {MORE_DRAWS} times the draws")
    second = one_look(row, program, exact, _again(plan), announce)
    return replace(second, first_look=replace(first, fit=None))


def screen(plan: Plan) -> Plan:
    """Return the plan of the first look."""
    return replace(plan, family_level=SCREEN * plan.family_level)


def _again(plan: Plan) -> Plan:
    settings = replace(plan.settings, draws=MORE_DRAWS * plan.settings.draws)
    return replace(plan, settings=settings, seed=derived_seed(plan.seed, "second look"))


def is_fact(result: CheckResult) -> bool:
    """Say whether a failure is no comparison of numbers, which chance could explain.

    So is a draw on the border of its support, the comparison whose limit is 0: it is made only where the exact law puts
    less than its level within 1e-12 of the border, ten thousand times as far as float64 rounds.
    """
    return not (math.isfinite(result.statistic) and math.isfinite(result.limit) and result.limit)


def _failures(row: Row) -> tuple[CheckResult, ...]:
    return combined((row.posterior, row.prediction)).failures

"""The fits of one backend together: what each may hide shows in the sums over all of them.

Only fits that passed are summed: what is wrong in one place is found there, and told of that place. This raises no
false alarm, since a fit that fails by chance is one already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import check_over_fits
from pplcompare.validation.checks.result import CheckReport, Outcome
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.verdict import Verdict


def with_sums(rows: Sequence[FitResult], levels: Levels) -> list[FitResult]:
    """Return the rows of one backend with what the sums over those that passed say."""
    parts = [row for row in rows if row.verdict is Verdict.PASSED]
    report = check_over_fits([row.compared for row in parts], [row.groups for row in parts], levels)
    return [judged_by_sums(row, report) if row.verdict is Verdict.PASSED else row for row in rows]


def judged_by_sums(row: FitResult, report: CheckReport) -> FitResult:
    """Return a row that is a part of sums with what they say: if one fails, the whole backend is wrong."""
    row = replace(row, over_fits=report)
    if report.outcome is Outcome.FAILED and row.verdict is Verdict.PASSED:
        return replace(row, verdict=Verdict.FAILED, reason=str(report.failures[0]), speed=None)
    return row

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
from pplcompare.validation.study.row import Row
from pplcompare.validation.study.verdict import Verdict


def with_sums(rows: Sequence[Row], levels: Levels) -> list[Row]:
    """Return the rows of one backend with what the sums over those that passed say."""
    parts = [row.verdict is Verdict.PASSED for row in rows]
    report = check_over_fits([row.compared for row, part in zip(rows, parts, strict=True) if part], levels)
    return [judged_by_sums(row, report) if part else row for row, part in zip(rows, parts, strict=True)]


def judged_by_sums(row: Row, report: CheckReport) -> Row:
    """Return a row that is a part of sums with what they say: if one fails, the whole backend is wrong."""
    row = replace(row, over_fits=report)
    if report.outcome is Outcome.FAILED and row.verdict is Verdict.PASSED:
        return replace(row, verdict=Verdict.FAILED, reason=str(report.failures[0]), speed=None)
    return row

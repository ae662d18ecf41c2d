"""What is raised of a check that has not passed: its outcome in words, and a table of what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pplcompare.models.errors import CheckNotPassed

_HEADINGS: Final = ("outcome", "check", "of", "statistic", "limit", "")
_MOST_ROWS: Final = 20
UNDECIDED: Final = {
    "underpowered": "underpowered, which is not passed: nothing was found wrong in too few effective draws",
    "not certified": "not certified, which is not passed: what might be wrong could not be decided",
    "not tested": "not tested, which is not passed: nothing was compared with the exact answer",
    "ours": "ours, which is not passed: the reference was compared with itself",
}
"""What is said of outcomes that nobody should read as a failure, or as anything less than that."""


def not_passed(outcome: str, rows: Sequence[tuple[str, ...]], subject: str) -> CheckNotPassed:
    """Return what is raised of an outcome other than *passed*.

    Parameters
    ----------
    rows
        Outcome, check, subject, statistic, limit and detail of what led to it, the worst first; twenty are shown.
    subject
        What was checked.
    """
    return CheckNotPassed(UNDECIDED.get(outcome, outcome), [*aligned(_HEADINGS, rows)] if rows else [], where=subject)


def aligned(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, of which twenty rows are shown."""
    shown = [headings, *rows[:_MOST_ROWS]]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if (more := len(rows) - _MOST_ROWS) > 0:
        yield f"and {more} more"

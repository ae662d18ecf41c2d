"""The group that a question is about."""

from __future__ import annotations

from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.subscript import quantity_at


def group_index(answer: ExactPosterior, group: str | int | None) -> int | None:
    """Return the position of a group that is given by its name or position; None stays a group never seen.

    Raises
    ------
    UsageError
        If there is no such group.
    """
    if group is None:
        return None
    plate = answer.plate_variable
    return quantity_at((plate, group), answer.scalars, plate, answer.counts.groups)[1]

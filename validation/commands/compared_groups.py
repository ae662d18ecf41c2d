"""Two groups as people type them behind ``--compare``: ``A,B``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.errors import UsageError
from pplcompare.validation.exact.questions import known_pairs, splits, two_groups
from pplcompare.validation.exact.subscript import group_at

_WHERE: Final = "--compare"


def compared_groups(text: str | None, groups: Sequence[str]) -> tuple[int, int] | None:
    """Return the numbers of two groups whose names a comma separates; None where none are given.

    A name may have commas of its own, as long as there is one way to read the text.

    Raises
    ------
    UsageError
        If there are no two such groups, or more than one way to read them.
    """
    if text is None:
        return None
    readings = [(one.strip(), other.strip()) for one, other in splits(text, ",")]
    if not readings:
        mend = f"write for example {groups[0]},{groups[-1]}"
        raise UsageError("two groups are needed, with a comma between them", where=_WHERE, seen=text, mend=mend)
    known = known_pairs(readings, groups)
    if len(known) > 1:
        raise UsageError("can be read in more than one way", where=_WHERE, seen=text, mend="rename one of the groups")
    one, other = known[0] if known else readings[0]
    found = group_at(one, _WHERE, groups), group_at(other, _WHERE, groups)
    two_groups(found)
    return found

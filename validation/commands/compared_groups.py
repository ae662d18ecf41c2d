"""Two groups as people type them behind ``--compare``: ``A,B``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.errors import UsageError
from pplcompare.validation.exact.questions import two_groups
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
    parts = text.split(",")
    splits = [(",".join(parts[:i]).strip(), ",".join(parts[i:]).strip()) for i in range(1, len(parts))]
    if not splits:
        mend = f"write for example {groups[0]},{groups[-1]}"
        raise UsageError("two groups are needed, with a comma between them", where=_WHERE, seen=text, mend=mend)
    known = [names for names in splits if set(names) <= set(groups)]
    if len(known) > 1:
        raise UsageError("can be read in more than one way", where=_WHERE, seen=text, mend="rename one of the groups")
    one, other = known[0] if known else splits[0]
    found = group_at(one, _WHERE, groups), group_at(other, _WHERE, groups)
    two_groups(found)
    return found

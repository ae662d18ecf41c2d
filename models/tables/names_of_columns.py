"""Names of columns that say a role and a group: "Visitors A", "sales_A"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Final

from pplcompare.models.tables.roles import roles_of
from pplcompare.models.tables.table import MOST_COLUMNS

_SIGNS: Final = re.compile(r"[\W_]+")
_SUCCESSES: Final = frozenset({"k", "failures", "rate"})
# More words are prose, which no table has for a header.
_MOST_WORDS: Final = 12


def groups_in_names(header: Sequence[str]) -> list[str]:
    """Return the groups that have columns of their own for trials and successes; none where there are not two."""
    found: dict[str, list[set[str]]] = {}
    for name in header[:MOST_COLUMNS]:
        for group, roles in _readings(name):
            found.setdefault(group, []).append(roles)
    groups = [group for group, columns in found.items() if any(_counts(*pair) for pair in permutations(columns, 2))]
    return groups if len(groups) > 1 else []


def _counts(one: set[str], other: set[str]) -> bool:
    return "n" in one and not _SUCCESSES.isdisjoint(other)


def _readings(name: str) -> list[tuple[str, set[str]]]:
    """Return what a name may say: a group, before or behind it, and the roles that the rest of it may mean."""
    words = list(filter(None, _SIGNS.split(name)))
    if len(words) > _MOST_WORDS:
        return []
    parts = [(words[:i], words[i:]) for i in range(1, len(words))]
    return [
        (" ".join(group), roles)
        for one, other in parts
        for group, rest in ((other, one), (one, other))
        if (roles := roles_of(" ".join(rest)))
    ]

"""Why a table cannot be read as counts, told by its cause with what mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

from pplcompare.models.tables.cells import outcome
from pplcompare.models.tables.roles import COUNTED, named, roles_of
from pplcompare.models.tables.table import MOST_COLUMNS, Table, has_words, recurs

type _Cause = Callable[[Table], str]


def missing_column(table: Table) -> str:
    """Return what mends a table whose header does not say enough, by the first cause that applies."""
    found = next(filter(None, (cause(table) for cause in _OF_A_MISSING_COLUMN)), "")
    return found or f"{table.columns_option(group='…', n='…', k='…')} says which are which"


def repeated_group(table: Table, group: int, numbers: Sequence[int]) -> str:
    """Return what mends a table that has one name of a group in several rows."""
    for place in numbers:
        cells = table.column(place)
        if len(cells) > 2 and named(table.header, "outcome").count(place) and _outcomes(cells):
            option = table.columns_option(group=table.header[group], outcome=table.header[place])
            return f"if each row is one trial: {option}"
    keys = [p for p in _places(table) if p not in numbers and p != group and _is_key(table, p)]
    names = list(zip(*(table.column(place) for place in (group, *keys)), strict=False))
    for more in combinations(range(1, 1 + len(keys)), 1):
        if not recurs([(row[0], *(row[i] for i in more)) for row in names]):
            name, other = table.header[group], table.header[keys[more[0] - 1]]
            together = f"{name!r} and {other!r} name a row together"
            return f"{together}: {table.by_option(name)} sums over {other!r}, {table.by_option(name, other)} keeps both"
    return f"make them different, or sum their rows: {table.by_option(table.header[group])}"


def _bars(table: Table) -> str:
    return "its columns are separated by bars: save it with commas between them" if "|" in table.header[0] else ""


def _no_header(table: Table) -> str:
    if not any(re.fullmatch(r"\d+(?:\.0)?", name) for name in table.header):
        return ""
    numbers = [p for p, name in enumerate(table.header) if name in ("0", "1") and not has_words(table, p)]
    if len(numbers) == 2:
        return f"if 0 and 1 are outcomes: {table.columns_option(k='1', failures='0')}"
    return "numbers are no names of columns: put a line before it, for example group,n,k"


def _rates_alone(table: Table) -> str:
    """Find rates where nothing says of how many trials."""
    rates = named(table.header, "rate")
    if not rates or any(named(table.header, role) for role in ("n", "k")):
        return ""
    return f"{table.header[rates[0]]!r} alone does not say of how many trials: add a column n"


def _failures_for_outcomes(table: Table) -> str:
    """Find one row for each trial where what is told is a failure."""
    names = [p for p in named(table.header, "failures") if _outcomes(table.column(p))]
    if not names:
        return ""
    option = table.columns_option(outcome=table.header[names[0]])
    return f"it seems to have one row for each trial; {option} counts those with a {table.header[names[0]]!r}"


def _row_each_trial(table: Table) -> str:
    """Find columns of outcomes, none of which is known to be the one that is meant."""
    places = [p for p in _places(table) if len(set(table.column(p))) > 1 and _outcomes(table.column(p))]
    if not places:
        return ""
    options = " or ".join(table.columns_option(group="…", outcome=table.header[place]) for place in places[:3])
    return f"if it has one row for each trial: {options}"


def _no_group(table: Table) -> str:
    """Find numbers without a column that names their groups, or with several."""
    if not all(named(table.header, role) for role in ("n", "k")):
        return ""
    taken = {place for role in sorted(COUNTED) for place in named(table.header, role)}
    names = [table.header[p] for p in _places(table) if p not in taken][:3]
    options = " or ".join(table.columns_option(group=name) for name in names)
    return f"which one names the groups? {options}" if names else "add a column with a name for each row"


def _places(table: Table) -> range:
    return range(min(len(table.header), MOST_COLUMNS))


def _is_key(table: Table, place: int) -> bool:
    return not roles_of(table.header[place]).intersection(COUNTED) and (
        has_words(table, place) or recurs(table.column(place))
    )


def _outcomes(cells: Sequence[str]) -> bool:
    return bool(cells) and all(outcome(cell) is not None for cell in cells)


_OF_A_MISSING_COLUMN: Final[tuple[_Cause, ...]] = (
    *(_bars, _no_header, _no_group, _rates_alone, _failures_for_outcomes, _row_each_trial),
)

"""Why a table cannot be read as counts, told by its cause with what mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from pplcompare.models.errors import DataError, closest
from pplcompare.models.tables.cells import all_outcomes, are_percentages
from pplcompare.models.tables.dates import are_dates
from pplcompare.models.tables.names_of_columns import groups_in_names
from pplcompare.models.tables.roles import COUNTED, ROLES, ends_in_rate, named, roles_of
from pplcompare.models.tables.table import MOST_COLUMNS, Table, has_words, recurs

_NAMED: Final = 3
"""How many columns or groups a message names."""

type _Cause = Callable[[Table], str]


def repeated_column(table: Table, name: str) -> DataError:
    """Return the error of a table in which two columns have the name of one that is needed."""
    return DataError("column repeated", where=table.name, seen=name, mend=f"{_has(table)}; keep one of them")


def _has(table: Table) -> str:
    return f"{'it' if table.of_frame else 'the file'} has {', '.join(map(repr, table.header[:20]))}"


def ambiguous(table: Table, role: str, places: Sequence[int], given: Mapping[str, int]) -> DataError:
    """Return the error of a table in which several columns may have a role, with what was said already in its mend."""
    names = [table.header[place] for place in places]
    if len(set(names)) < len(names):
        return repeated_column(table, names[0])
    said = {known: table.header[place] for known, place in given.items()}
    options = [table.columns_option(**said, **{role: name}) for name in names[:5]]
    if role == "group":
        options.append(f"{table.by_option(*names[:2])} for both together")
    number = "two" if len(names) == 2 else len(names)
    what = f"{number} columns may be {role} ({ROLES[role]})"
    return DataError(what, where=table.name, seen=tuple(names[:5]), mend=" or ".join(options))


def missing_column(table: Table, given: Collection[str], absent: Sequence[str]) -> DataError:
    """Return the error of a table without the columns that it needs, mended by the first cause that applies.

    Parameters
    ----------
    given
        Roles of which somebody said the columns.
    absent
        Names of columns that somebody said and that are not there.
    """
    if absent:
        close = closest(absent[0], table.header)
        mend = _has(table) if close is None else f"{_has(table)}; did you mean {close}?"
        return DataError("column missing", where=table.name, seen=absent[0], mend=mend)
    roles = [role for role in ("group", "n", "k") if not (role in given or named(table.header, role))]
    seen = (roles or ["group"])[0]
    return DataError("column missing", where=table.name, seen=seen, mend=f"{_has(table)}; {_missing(table)}")


def _missing(table: Table) -> str:
    found = next(filter(None, (cause(table) for cause in _OF_A_MISSING_COLUMN)), "")
    if found:
        return found
    places = {role: named(table.header, role) for role in ("group", "n", "k")}
    known = {role: table.header[at[0]] if len(at) == 1 else "…" for role, at in places.items()}
    return f"{table.columns_option(**known)} says which are which"


def repeated_group(table: Table, group: int, numbers: Sequence[int]) -> str:
    """Return what mends a table that has one name of a group in several rows."""
    for place in numbers:
        cells = table.column(place)
        if len(cells) > 2 and named(table.header, "outcome").count(place) and all_outcomes(cells):
            option = table.columns_option(group=table.header[group], outcome=table.header[place])
            return f"if each row is one trial: {option}"
    keys = [p for p in _places(table) if p not in numbers and p != group and _is_key(table, p)]
    for more in (*([key] for key in keys), *([keys] if len(keys) > 1 else [])):
        together = sorted((group, *more), key=lambda place: are_dates(table, place))
        if not recurs(list(zip(*map(table.column, together), strict=False))):
            return _together(table, [table.header[place] for place in together])
    return f"make them different, or sum their rows: {table.by_option(table.header[group])}"


def _together(table: Table, names: Sequence[str]) -> str:
    """Return what can be done about columns that name a row together: one names the groups, or all do."""
    sums = [
        f"{table.by_option(name)} sums over {_all_of([other for other in names if other != name])}"
        for name in names[:_NAMED]
    ]
    all_kept = f"{table.by_option(*names)} keeps {'both' if len(names) == 2 else 'all'}"
    return f"{_all_of(names)} name a row together: {', '.join((*sums, all_kept))}"


def _all_of(names: Sequence[str]) -> str:
    """Return quoted names as they stand in a sentence, the first of them where they are many."""
    words = [repr(name) for name in names[:_NAMED]] + ["others"] * (len(names) > _NAMED)
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _side_by_side(table: Table) -> str:
    """Find groups whose names stand in the names of columns: "Visitors A", "Sales A", "Visitors B", "Sales B"."""
    groups = groups_in_names(table.header)
    if not groups:
        return ""
    return f"the groups {_all_of(groups)} stand side by side: give each a row of its own, in columns group, n and k"


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
    names = [p for p in named(table.header, "failures") if all_outcomes(table.column(p))]
    if not names:
        return ""
    option = table.columns_option(outcome=table.header[names[0]])
    return f"it seems to have one row for each trial; {option} counts those with a {table.header[names[0]]!r}"


def _row_each_trial(table: Table) -> str:
    """Find columns of outcomes, none of which is known to be the one that is meant."""
    places = [p for p in _places(table) if len(set(table.column(p))) > 1 and all_outcomes(table.column(p))]
    if not places:
        return ""
    options = " or ".join(table.columns_option(group="…", outcome=table.header[place]) for place in places[:3])
    return f"if it has one row for each trial: {options}"


def _no_group(table: Table) -> str:
    """Find numbers without a column that names their groups, or with several."""
    if not all(named(table.header, role) for role in ("n", "k")):
        return ""
    taken = {place for role in sorted(COUNTED) for place in named(table.header, role)}
    left = [p for p in _places(table) if p not in taken and not _are_rates(table, p)]
    names = [table.header[p] for p in sorted(left, key=lambda place: are_dates(table, place))][:3]
    options = " or ".join(table.columns_option(group=name) for name in names)
    return f"which one names the groups? {options}" if names else "add a column with a name for each row"


def _places(table: Table) -> range:
    return range(min(len(table.header), MOST_COLUMNS))


def _is_key(table: Table, place: int) -> bool:
    if not table.header[place] or _are_rates(table, place):
        return False
    # A column "Sent" may be of days.
    counted = roles_of(table.header[place]).intersection(COUNTED) and not are_dates(table, place)
    return not counted and (has_words(table, place) or recurs(table.column(place)))


def _are_rates(table: Table, place: int) -> bool:
    rates = are_percentages(table.column(place)) or ends_in_rate(table.header[place])
    return rates and not has_words(table, place)


_OF_A_MISSING_COLUMN: Final[tuple[_Cause, ...]] = (
    *(_bars, _side_by_side, _no_header, _no_group, _rates_alone, _failures_for_outcomes, _row_each_trial),
)

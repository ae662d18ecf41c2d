"""Which columns of a table say what: groups, and the numbers of one of five forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from pplcompare.models.errors import DataError, did_you_mean
from pplcompare.models.tables import causes
from pplcompare.models.tables.cells import all_outcomes, are_percentages, outcome
from pplcompare.models.tables.group_columns import group_columns
from pplcompare.models.tables.roles import ROLES, named, roles_of
from pplcompare.models.tables.table import MOST_COLUMNS, MOST_HEAD, Table, is_number, recurs, turned

# Roles that say counts together; the first form whose columns are all there is meant, whatever else is there.
_OUTCOME: Final = ("outcome",)
_FORMS: Final = (("n", "k"), ("k", "failures"), ("n", "failures"), ("n", "rate"), _OUTCOME)
# Wide tables have a row for each role, and perhaps some for other things.
_MOST_ROWS_OF_A_WIDE_TABLE: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody said of the columns.

    Parameters
    ----------
    columns
        Role -> name of the column.
    by
        Names of the columns that name a group together; rows of one group are summed.
    """

    columns: Mapping[str, str]
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := [role for role in self.columns if role not in ROLES]:
            mend = did_you_mean(str(unknown[0]), list(ROLES))
            raise DataError("unknown column role", where="columns", seen=unknown[0], mend=mend)
        if self.by and "group" in self.columns:
            mend = "name the groups once; by also sums their rows"
            raise DataError("group= and by mean the same", where="columns", seen=self.columns["group"], mend=mend)

    def names(self) -> list[str]:
        """Return all names of columns that were said."""
        return [*self.columns.values(), *self.by]


@dataclass(frozen=True, slots=True)
class TableForm:
    """Where a table has what.

    Parameters
    ----------
    table
        The table, turned if its groups were columns.
    groups
        Places of the columns that name a group together.
    numbers
        Role -> place of its column.
    summed
        Whether somebody asked for rows of one group to be summed.
    """

    table: Table
    groups: tuple[int, ...]
    numbers: Mapping[str, int]
    summed: bool


def form_of(table: Table, asked: Asked) -> TableForm:
    """Return the one meaning that a table has.

    Raises
    ------
    DataError
        If it has none or two; the message names the columns, and what tells them apart.
    """
    roles = asked.columns.keys() - {"group"}
    forms = [form for form in _FORMS if roles <= set(form)]
    if not forms:
        mend = f"give {' or '.join(' and '.join(form) for form in _FORMS)}"
        seen = ", ".join(sorted(roles))
        raise DataError("these columns say no counts together", where=table.name, seen=seen, mend=mend)
    counts = [form for form in forms if form != _OUTCOME]
    found = _form(table, asked, counts)
    if found is None and _may_be_wide(table):
        # What was said of columns concerns the names that its rows have.
        found = _form(turned(table), asked, counts)
    elif found is None and _OUTCOME in forms and ("outcome" in roles or not named(table.header, "n")):
        found = _form(table, asked, [_OUTCOME])
    if found is None:
        absent = [name for name in asked.names() if _given(table, name) is None]
        raise causes.missing_column(table, asked.columns, absent)
    return found


def _form(table: Table, asked: Asked, forms: Sequence[tuple[str, ...]]) -> TableForm | None:
    given = {role: _given(table, name) for role, name in asked.columns.items()}
    if any(place is None for place in given.values()):
        return None
    for roles in forms:
        fixed = {role: place for role, place in given.items() if place is not None}
        numbers = _numbers(table, roles, fixed)
        if numbers is None:
            continue
        groups = _groups(table, numbers, fixed, asked.by)
        if groups:
            return TableForm(table, groups, numbers, bool(asked.by))
    return None


def _given(table: Table, name: str) -> int | None:
    """Return the place of a column that somebody named."""
    found = [place for place, known in enumerate(table.header) if known == name.strip()]
    found = found or [i for i, known in enumerate(table.header) if known.casefold() == name.strip().casefold()]
    if len(found) > 1:
        raise causes.repeated_column(table, name)
    return found[0] if found else None


def _numbers(table: Table, roles: Sequence[str], given: Mapping[str, int]) -> dict[str, int] | None:
    """Return the places of a form's columns, None if it is not there."""
    choices = [[given[role]] if role in given else _candidates(table, role) for role in roles]
    taken = {place for role, place in given.items() if role not in roles}
    found = [places for places in product(*choices) if len({*places, *taken}) == len(places) + len(taken)]
    if len(found) > 1:
        role, places = next(
            (role, sorted(set(places)))
            for role, places in zip(roles, zip(*found, strict=True), strict=True)
            if len(set(places)) > 1
        )
        raise causes.ambiguous(table, role, places, given)
    return dict(zip(roles, found[0], strict=True)) if found else None


def _candidates(table: Table, role: str) -> list[int]:
    """Return the places of the columns that may have a role, by their names and by what is in them."""
    places = named(table.header, role)
    if role != "outcome":
        if role != "rate":
            # "Conversion %" is no number of conversions.
            places = [p for p in places if not are_percentages(table.column(p))] or places
        return [p for p in places if any(map(is_number, table.column(p)))] or places
    by_name = [p for p in places if _mostly_outcomes(table.column(p)) and not _is_cell(table, p)]
    return by_name or _nameless_outcome(table)


def _mostly_outcomes(cells: Sequence[str]) -> bool:
    """Say whether a few cells need to be mended for all to be outcomes."""
    return 2 * sum(outcome(cell) is not None for cell in cells) > len(cells)


def _is_cell(table: Table, place: int) -> bool:
    """Say whether what should be the name of a column stands below it, too: then it is none."""
    return table.header[place].casefold() in map(str.casefold, table.column(place))


def _nameless_outcome(table: Table) -> list[int]:
    """Find a column of outcomes whose name says nothing, where the others can only be groups or tell rows apart."""
    places = range(min(len(table.header), MOST_COLUMNS))
    found = [p for p in places if not (roles_of(table.header[p]) or is_number(table.header[p]) or _is_cell(table, p))]
    found = [p for p in found if len(set(table.column(p))) > 1]
    found = [p for p in found if all_outcomes(table.column(p))]
    rest = [p for p in places if p not in found and recurs(table.column(p))]
    return found if len(found) == 1 and len(rest) == 1 and len(table.header) <= MOST_COLUMNS else []


def _groups(
    table: Table, numbers: Mapping[str, int], given: Mapping[str, int], by: Sequence[str]
) -> tuple[int, ...] | None:
    """Return the places of the columns that name groups, None if there is none."""
    if by:
        found = [_given(table, name) for name in by]
        known = tuple(place for place in found if place is not None)
        return known if len(known) == len(by) else None
    return (given["group"],) if "group" in given else group_columns(table, numbers, given)


def _may_be_wide(table: Table) -> bool:
    """Say whether the first column seems to name what rows are: trials, successes."""
    if not 0 < len(table.head) <= min(_MOST_ROWS_OF_A_WIDE_TABLE, MOST_HEAD) or len(table.header) < 2:
        return False
    if any(len(row) != len(table.header) for row in table.head):
        return False
    names = tuple(table.column(0))
    # An outcome may be called yes or no, in many rows.
    return not recurs(names) and any(all(named(names, role) for role in form) for form in _FORMS if len(form) > 1)

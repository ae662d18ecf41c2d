"""Which columns of a table name its groups, where nobody said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pplcompare.models.tables import causes
from pplcompare.models.tables.cells import are_percentages
from pplcompare.models.tables.dates import are_dates
from pplcompare.models.tables.roles import COUNTED, ends_in_rate, named, roles_of
from pplcompare.models.tables.table import MOST_COLUMNS, Table, has_words, recurs


def group_columns(table: Table, numbers: Mapping[str, int], given: Mapping[str, int]) -> tuple[int, ...] | None:
    """Return the place of the column that names groups, None if there is none.

    Parameters
    ----------
    numbers
        Role -> place of a column that says counts.
    given
        What somebody said of them.

    Raises
    ------
    DataError
        If several columns may be meant.
    """
    named_so = [place for place in named(table.header, "group") if place not in numbers.values()]
    if "outcome" in numbers and "outcome" not in given:
        # Groups of one trial each could as well be groups whose trials are not told.
        named_so = [place for place in named_so if recurs(table.column(place))]
    places = _without_dates(table, named_so or _nameless(table, numbers))
    # Of several columns a group has one name in one of them only.
    if len(places) > 1 and "outcome" not in numbers:
        once = [place for place in places if not recurs(table.column(place))]
        places = once or places[:1]
    if len(places) > 1:
        raise causes.ambiguous(table, "group", places, given)
    return tuple(places) or None


def _without_dates(table: Table, places: Sequence[int]) -> list[int]:
    """Return the columns that are no dates, if one of them has a name in each row; else those that are, or all."""
    others = [place for place in places if not are_dates(table, place)]
    if any(all(table.column(place)) for place in others):
        return others
    return [place for place in places if place not in others] or others


def _nameless(table: Table, numbers: Mapping[str, int]) -> list[int]:
    """Return the columns of words whose names say nothing; the only column that is left, if there is one."""
    left = [p for p, name in enumerate(table.header[:MOST_COLUMNS]) if p not in numbers.values()]
    left = [p for p in left if not roles_of(table.header[p]).intersection(COUNTED)]
    left = [p for p in left if has_words(table, p) or not ends_in_rate(table.header[p])]
    if "outcome" in numbers:
        left = [p for p in left if recurs(table.column(p))]
    words = [p for p in left if has_words(table, p)]
    # Per cent are no words, and may be what groups are called where nothing else is left.
    left = [p for p in left if not are_percentages(table.column(p))] or left
    return words or (left if len(left) == 1 else [])

"""Counts from the columns of a table whose form is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, DataWarning
from pplcompare.models.tables.causes import repeated_group
from pplcompare.models.tables.form import TableForm
from pplcompare.models.tables.form_numbers import READ
from pplcompare.models.tables.table import Table, WholeColumns
from pplcompare.models.tables.thousands import rate_place, unmarked
from pplcompare.models.tables.totals import without_total

_LARGEST: Final = 2**53

type _Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts, and what should be said of them.

    Parameters
    ----------
    counts
        What was read.
    notes
        What the table had to be understood as.
    doubts
        Why the counts may mean something else.
    """

    counts: Counts
    notes: tuple[str, ...] = ()
    doubts: tuple[DataWarning, ...] = ()


def tally(form: TableForm) -> Reading:
    """Return the counts that a table says.

    Raises
    ------
    DataError
        If a cell cannot be used; the message names its line, its column and its value.
    """
    table, roles = form.table, tuple(form.numbers)
    asked = [*form.groups, *form.numbers.values(), *rate_place(table, form.numbers)]
    cells, notes, doubts = unmarked(table, table.read(asked), form.numbers)
    places = tuple(form.numbers.values())
    n, k = READ[roles](table, cells, places)
    names = _names(cells, form.groups)
    if not names:
        raise DataError("no groups", where=table.name, mend="it has a header and no rows below it")
    _check(form, cells, names, n, k)
    each_trial = roles == ("outcome",) or bool(np.all(n == 1))
    if form.summed or (each_trial and len(set(names)) < len(names)) or roles == ("outcome",):
        trials = len(names)
        names, n, k = _summed(table, names, n, k)
        if each_trial:
            what = table.header[places[-1]]
            group = ", ".join(repr(table.header[place]) for place in form.groups)
            note = f"{table.name}: one row for each trial; successes are those of {what!r}, counted for each {group}"
            notes = (*notes, f"{note}: {len(names)} groups, {trials} trials")
    elif (second := _repeated(names)) is not None:
        mend = repeated_group(table, form.groups[0], places)
        where, seen = cells.place(second, form.groups[0]), (names[second], names[second])
        raise DataError("two groups have the same name", where=where, seen=seen, mend=mend)
    try:
        counts = Counts(names, n, k)
    except DataError as error:
        raise DataError(error.reason, where=f"{table.name}, {error.where}") from error
    if len(names) == len(cells.columns[places[0]]):
        counts, more = without_total(table, counts, lambda row: _row_of(form, cells, row))
        doubts = (*doubts, *more)
    return Reading(counts, notes, doubts)


def _names(cells: WholeColumns, groups: Sequence[int]) -> list[str]:
    if len(groups) == 1:
        return cells.columns[groups[0]]
    return [", ".join(parts) for parts in zip(*(cells.columns[place] for place in groups), strict=True)]


def _check(form: TableForm, cells: WholeColumns, names: Sequence[str], n: _Numbers, k: _Numbers) -> None:
    """Refuse rows without a name and with more successes than trials, by their line."""
    for row in np.flatnonzero(k > n)[:1].tolist():
        where = f"{_row_of(form, cells, row)}, group {names[row]!r}, successes"
        mend = ""
        if {"n", "k"} <= form.numbers.keys() and np.all(k >= n):
            trials, successes = (form.table.header[form.numbers[role]] for role in ("k", "n"))
            mend = f"if the columns are exchanged: {form.table.columns_option(n=trials, k=successes)}"
        raise DataError(f"more successes than trials ({n[row]})", where=where, seen=int(k[row]), mend=mend)
    blank = {name for name in set(names) if not name.strip()}
    for row in [row for row, name in enumerate(names) if name in blank][:1] if blank else ():
        raise DataError("a name is needed", where=f"{_row_of(form, cells, row)}, group", seen=names[row])


def _row_of(form: TableForm, cells: WholeColumns, row: int) -> str:
    """Return where a row stands, without a column unless rows were columns."""
    first = next(iter(form.numbers.values()))
    place = cells.place(row, first)
    return place if form.table.turned else place.removesuffix(f", column {form.table.header[first]}")


def _summed(table: Table, names: Sequence[str], n: _Numbers, k: _Numbers) -> tuple[list[str], _Numbers, _Numbers]:
    """Return the sums over all rows of each group, in the order in which the groups appear."""
    index = {name: place for place, name in enumerate(dict.fromkeys(names))}
    rows = np.array([index[name] for name in names])
    # As float64 first, which never wraps.
    largest = np.bincount(rows, weights=n).argmax()
    if np.bincount(rows, weights=n)[largest] >= _LARGEST:
        raise DataError("sums must be below 2^53", where=table.name, seen=list(index)[largest])
    trials, successes = np.zeros(len(index), dtype=np.int64), np.zeros(len(index), dtype=np.int64)
    np.add.at(trials, rows, n)
    np.add.at(successes, rows, k)
    return list(index), trials, successes


def _repeated(names: Sequence[str]) -> int | None:
    """Return the first place at which a name occurs again."""
    known = set[str]()
    for place, name in enumerate(names):
        if name in known:
            return place
        known.add(name)
    return None

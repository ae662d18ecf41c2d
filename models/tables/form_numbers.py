"""Trials and successes from the columns of each form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import DataError
from pplcompare.models.tables.cells import decimals, not_whole, outcome, rate, successes_of, whole_number
from pplcompare.models.tables.table import Table, WholeColumns

type _Numbers = NDArray[np.int64]


def _read(cells: WholeColumns, column: int, parse: Callable[[str], int | None]) -> tuple[_Numbers, int | None]:
    """Return the numbers of a column, and the first row that says none."""
    texts = cells.columns[column]
    meanings = {text: parse(text) for text in set(texts)}
    if None in meanings.values():
        return np.zeros(0, dtype=np.int64), next(row for row, text in enumerate(texts) if meanings[text] is None)
    return np.array([meanings[text] for text in texts], dtype=np.int64), None


def _whole(table: Table, cells: WholeColumns, column: int) -> _Numbers:
    found, wrong = _read(cells, column, whole_number)
    if wrong is not None:
        what, mend = not_whole(cells.columns[column][wrong])
        if all(outcome(cell) is not None for cell in table.column(column)):
            mend = f"if each row is one trial: {table.columns_option(outcome=table.header[column])}"
        text, where = cells.columns[column][wrong], cells.place(wrong, column)
        if table.of_frame and not text:
            raise DataError(f"{what}, and the value is missing", where=where, mend=mend)
        raise DataError(what, where=where, seen=text, mend=mend)
    return found


def _trials_and_successes(table: Table, cells: WholeColumns, places: Sequence[int]) -> tuple[_Numbers, _Numbers]:
    n, k = places
    return _whole(table, cells, n), _whole(table, cells, k)


def _successes_and_failures(table: Table, cells: WholeColumns, places: Sequence[int]) -> tuple[_Numbers, _Numbers]:
    k, failures = (_whole(table, cells, place) for place in places)
    return k + failures, k


def _trials_and_failures(table: Table, cells: WholeColumns, places: Sequence[int]) -> tuple[_Numbers, _Numbers]:
    n, failures = (_whole(table, cells, place) for place in places)
    for row in np.flatnonzero(failures > n)[:1].tolist():
        where = cells.place(row, places[1])
        raise DataError(f"more failures than trials ({n[row]})", where=where, seen=int(failures[row]))
    return n, n - failures


def _trials_and_rates(table: Table, cells: WholeColumns, places: Sequence[int]) -> tuple[_Numbers, _Numbers]:
    """Return the only successes that have the rates; it depends on the decimal places of the whole column."""
    n, texts = _whole(table, cells, places[0]), cells.columns[places[1]]
    digits = max(map(decimals, texts), default=0)
    successes, per_cent = np.zeros(len(texts), dtype=np.int64), list[range]()
    for row, (trials, text) in enumerate(zip(n.tolist(), texts, strict=True)):
        value, where = rate(text), cells.place(row, places[1])
        if value is None:
            mend = "for example 0.095 or 9.5%"
            raise DataError("a rate between 0 and 1 is needed", where=where, seen=text, mend=mend)
        found = successes_of(value, digits, trials)
        if len(found) != 1:
            which = f"{found[0]} to {found[-1]} successes" if found else "no whole number of successes"
            mend = "give the successes in a column k"
            raise DataError(f"{which} of {trials} trials may have this rate", where=where, seen=text, mend=mend)
        successes[row] = found[0]
        per_cent.append(successes_of(value / 100, digits + 2, trials))
    if not any("%" in text for text in texts) and np.any(successes) and all(len(found) == 1 for found in per_cent):
        row = int(np.flatnonzero(successes)[0])
        which = f"a share, {successes[row]} successes of {n[row]} trials, or per cent, {per_cent[row][0]}"
        mend = "write a sign of per cent, or give the successes in a column k"
        raise DataError(which, where=cells.place(row, places[1]), seen=texts[row], mend=mend)
    return n, successes


def _trial_by_trial(table: Table, cells: WholeColumns, places: Sequence[int]) -> tuple[_Numbers, _Numbers]:
    k, wrong = _read(cells, places[0], outcome)
    if wrong is not None:
        seen, mend = cells.columns[places[0]][wrong], "write 0 or 1, or leave out what is not known"
        raise DataError("an outcome is needed", where=cells.place(wrong, places[0]), seen=seen, mend=mend)
    return np.ones(len(k), dtype=np.int64), k


READ: Final = {
    ("n", "k"): _trials_and_successes,
    ("k", "failures"): _successes_and_failures,
    ("n", "failures"): _trials_and_failures,
    ("n", "rate"): _trials_and_rates,
    ("outcome",): _trial_by_trial,
}
"""Roles of the columns of a form -> what reads trials and successes from them."""

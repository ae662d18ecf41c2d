"""Counts from a CSV file: the columns of groups, trials and successes."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, DataWarning
from pplcompare.models.table_causes import COLUMNS, Table, missing_column, repeated_group

_LARGEST_FILE: Final = 100_000_000
# pandas writes whole numbers as floats with one nought. More noughts could be a thousand's dot.
_WHOLE: Final = re.compile(r"\d{1,16}(?:\.0)?", re.ASCII)
_WITH_MARKS: Final = re.compile(r"\d{1,3}(?P<mark>[.,' \u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*", re.ASCII)
_NOUGHTS: Final = re.compile(r"(\d{1,16})\.0+", re.ASCII)
_FIRST_ROWS: Final = 10_000


def read_csv(path: Path, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Read counts from a CSV file in UTF-8, with or without a byte order mark; other columns are ignored.

    Parameters
    ----------
    columns
        Which columns of the file are ``group``, ``n`` and ``k``; those left out have these names.

    Raises
    ------
    DataError
        If something in the file cannot be used; the message names line, column and value, and the cause where it is
        known: another separator, one row per trial, successes and failures, two columns that name a group.

    Warns
    -----
    DataWarning
        If the last row is the sum of all others. The row is kept, whatever its name: names are never interpreted, and
        nothing that a file holds is left out in silence.
    """
    where = path.name
    if unknown := [role for role in columns if role not in COLUMNS]:
        raise DataError("unknown column role", where="columns", seen=unknown[0], mend=f"known: {', '.join(COLUMNS)}")
    columns = {**COLUMNS, **columns}
    rows = _rows(path)
    if not rows:
        raise DataError("an empty file", where=where, mend=f"needs columns {', '.join(columns.values())} and rows")
    header = tuple(name.strip() for name in rows[0][1])
    table = Table(header, [row for _, row in rows[1 : _FIRST_ROWS + 1]])
    group, n, k = (_place(where, table, columns[role], columns) for role in COLUMNS)
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(f"{len(header)} columns needed", where=f"{where}, line {line}", seen=len(row))
    trials = [_number(where, line, columns["n"], row[n]) for line, row in rows[1:]]
    successes = [_number(where, line, columns["k"], row[k]) for line, row in rows[1:]]
    names = [row[group] for _, row in rows[1:]]
    if (second := _repeated(names)) is not None:
        place = f"{where}, line {rows[1 + second][0]}, column {columns['group']}"
        seen, mend = (names[second], names[second]), repeated_group(table, columns)
        raise DataError("two groups have the same name", where=place, seen=seen, mend=mend)
    counts = Counts(names, trials, successes)
    if _sums_the_others(counts):
        what = "the last row is the sum of the others, so that every trial counts twice"
        mend = "delete that line unless it is a group of its own; it was kept"
        doubt = DataWarning(what, where=f"{where}, line {rows[-1][0]}", seen=names[-1], mend=mend)
        warnings.warn(doubt, stacklevel=3)
    return counts


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with the number of its line."""
    where = path.name
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError("larger than 100 MB", where=where, seen=path.stat().st_size)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("not UTF-8", where=where, mend="save the file as CSV in UTF-8") from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=where) from error
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", where=where) from error


def _place(where: str, table: Table, column: str, columns: Mapping[str, str]) -> int:
    found = [i for i, name in enumerate(table.header) if name == column]
    if len(found) != 1:
        shown = ", ".join(map(repr, table.header[:20]))
        what, mend = "column repeated", "keep one of them"
        if not found:
            what, mend = "column missing", missing_column(table, columns)
        raise DataError(what, where=where, seen=column, mend=f"the file has {shown}; {mend}")
    return found[0]


def _number(where: str, line: int, column: str, text: str) -> int:
    cell = text.strip()
    if _WHOLE.fullmatch(cell):
        return int(cell.removesuffix(".0"))
    what, mend = "a whole number is needed", ""
    if _WITH_MARKS.fullmatch(cell):
        mend = f"without marks between its digits it is {re.sub(r'[^0-9]', '', cell)}"
    if fraction := _NOUGHTS.fullmatch(cell):
        mend = f"write {fraction[1]}"
        if _WITH_MARKS.fullmatch(cell):
            what, mend = f"ambiguous, {fraction[1]} or {fraction[1]}000", "write it without the dot"
    raise DataError(what, where=f"{where}, line {line}, column {column}", seen=text, mend=mend)


def _repeated(names: list[str]) -> int | None:
    """Return the first place at which a name occurs again."""
    known = set[str]()
    for place, name in enumerate(names):
        if name in known:
            return place
        known.add(name)
    return None


def _sums_the_others(counts: Counts) -> bool:
    """Say whether the last of at least three groups has all trials and all successes of the others."""
    n, k = counts.trials, counts.successes
    # As float64, which adds whole numbers exactly up to the largest count that there may be, and never wraps.
    return bool(
        len(n) > 2 and n[-1] > 0 and n[-1] == n[:-1].sum(dtype=np.float64) and k[-1] == k[:-1].sum(dtype=np.float64)
    )

"""Published counts that ship with the package, by name; and a user's own, from CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError

_FOLDER: Final = Path(__file__).parent / "data"
_WHOLE: Final = re.compile(r"\d{1,16}(?:\.0+)?", re.ASCII)
_LARGEST_FILE: Final = 100_000_000

DATASETS: Final = {
    "campaigns": "two e-mail campaigns, A 19 of 200 and B 3 of 10",
    "rats": "71 control groups of rats with tumours (Tarone 1982; Gelman et al., BDA3, section 5.1)",
    "baseball": "18 baseball players, hits in their first 45 at-bats of 1970 (Efron and Morris 1975)",
    "surgical": "infant heart surgery in 12 hospitals, deaths (BUGS examples, volume 1)",
}
"""Known names and what they are."""

COLUMNS: Final = {"group": "group", "n": "n", "k": "k"}
"""The columns of a CSV file: names of groups, trials, successes."""


def load(data: str, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Return the counts of a known data set, or of a CSV file.

    Parameters
    ----------
    data
        A name in `DATASETS`, else a path; ``./rats`` is always a path.
    columns
        Which columns of the file are ``group``, ``n`` and ``k``; those left out have these names.

    Raises
    ------
    DataError
        If there is no such file or something in it cannot be used.
    """
    if data in DATASETS:
        return read_csv(_FOLDER / f"{data}.csv")
    path = Path(data)
    try:
        what = "" if path.is_file() else "not a file" if path.exists() else "no such data set or file"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise DataError(what, where="DATA", seen=data, mend=f"known data sets: {', '.join(DATASETS)}")
    return read_csv(path, columns)


def read_csv(path: Path, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Read counts from a CSV file in UTF-8, with or without a byte order mark; other columns are ignored."""
    where = path.name
    if unknown := [role for role in columns if role not in COLUMNS]:
        raise DataError("unknown column role", where="columns", seen=unknown[0], mend=f"known: {', '.join(COLUMNS)}")
    columns = {**COLUMNS, **columns}
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
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", where=where) from error
    if not rows:
        raise DataError("an empty file", where=where, mend=f"needs columns {', '.join(columns.values())} and rows")
    header = rows[0][1]
    group, n, k = (_place(where, header, columns[role]) for role in COLUMNS)
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(f"{len(header)} columns needed", where=f"{where}, line {line}", seen=len(row))
    return Counts(
        [row[group] for _, row in rows[1:]],
        [_number(where, line, columns["n"], row[n]) for line, row in rows[1:]],
        [_number(where, line, columns["k"], row[k]) for line, row in rows[1:]],
    )


def _place(where: str, header: list[str], column: str) -> int:
    found = [i for i, name in enumerate(header) if name.strip() == column]
    if len(found) != 1:
        raise DataError(
            "column missing" if not found else "column repeated",
            where=where,
            seen=column,
            mend=f"the file has {', '.join(map(repr, header[:20]))}; --columns group=,n=,k= names others",
        )
    return found[0]


def _number(where: str, line: int, column: str, text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise DataError("a whole number is needed", where=f"{where}, line {line}, column {column}", seen=text)
    return int(text.strip().split(".")[0])

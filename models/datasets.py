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
        Which columns of the file are ``group``, ``n`` and ``k``.

    Raises
    ------
    DataError
        If there is no such file or something in it cannot be used.
    """
    if data in DATASETS:
        return read_csv(_FOLDER / f"{data}.csv")
    path = Path(data)
    if not path.is_file():
        what = "not a file" if path.exists() else "no such data set or file"
        raise DataError(what, where="DATA", seen=data, mend=f"known data sets: {', '.join(DATASETS)}")
    return read_csv(path, columns)


def read_csv(path: Path, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Read counts from a CSV file in UTF-8, with or without a byte order mark; other columns are ignored."""
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
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", where=where) from error
    if not rows:
        raise DataError("an empty file", where=where, mend=f"needs columns {', '.join(columns.values())} and rows")
    places = {role: _place(where, rows[0], name) for role, name in columns.items()}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise DataError(f"{len(rows[0])} columns needed", where=f"{where}, row {number}", seen=len(row))
    groups, n, k = ([row[places[role]] for row in rows[1:]] for role in ("group", "n", "k"))
    return Counts(
        groups,
        [_number(where, i, "n", v) for i, v in enumerate(n, 2)],
        [_number(where, i, "k", v) for i, v in enumerate(k, 2)],
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


def _number(where: str, row: int, column: str, text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise DataError("a whole number is needed", where=f"{where}, row {row}, column {column}", seen=text)
    return int(text.strip().split(".")[0])

"""A table in a text file, with commas, semicolons or tabs between its columns."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final

from pplcompare.models.errors import DataError
from pplcompare.models.tables.roles import roles_of
from pplcompare.models.tables.table import MOST_HEAD, Table, WholeColumns, recurs

_LARGEST_FILE: Final = 100_000_000
_CALLED: Final = 'spreadsheets call it "CSV UTF-8" where a file is saved'
_AS_UTF_8: Final = f"save the file as CSV in UTF-8; {_CALLED}"
_SHEET: Final = f"save the sheet as CSV in UTF-8; {_CALLED}"
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Spreadsheets write what separates columns into a line before the header.
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])\s*")
_JSON: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]\"])")
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
# How files of other kinds begin.
_OTHER_KINDS: Final = {
    b"\x1f\x8b": ("compressed", "unpack it, for example gunzip -c FILE | pplcompare exact -"),
    b"PK\x03\x04": ("a workbook or an archive", _SHEET),
    b"\xd0\xcf\x11\xe0": ("a workbook", _SHEET),
    b"PAR1": ("Parquet", "read it with pandas, polars or pyarrow, and load the data frame"),
    b"ARROW1": ("Arrow", "read it with pandas, polars or pyarrow, and load the data frame"),
    b"\x89HDF": ("HDF5 or NetCDF", "save the counts as CSV in UTF-8"),
}

type _Row = tuple[int, list[str]]


def file_table(path: Path, asked: Sequence[str] = ()) -> Table:
    """Return the table in a file; see `text_table`."""
    try:
        size, content = path.stat().st_size, b""
        if size <= _LARGEST_FILE:
            content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=path.name) from error
    return text_table(path.name, content, asked, size=size)


def stream_table(name: str, stream: BinaryIO, asked: Sequence[str] = ()) -> Table:
    """Return the table that a stream, such as standard input, holds; see `text_table`."""
    try:
        content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=name) from error
    return text_table(name, content, asked, size=len(content))


def text_table(name: str, content: bytes, asked: Sequence[str], *, size: int) -> Table:
    """Return a table in UTF-8, with or without a byte order mark.

    Lines before the header that begin with ``#`` are comments, and so are later ones that are no rows. What separates
    columns is read off the header alone.

    Parameters
    ----------
    asked
        Names of columns that somebody knows to be there.

    Raises
    ------
    DataError
        If it is no such table, or larger than 100 MB.
    """
    if size > _LARGEST_FILE:
        raise DataError("larger than 100 MB", where=name, seen=size)
    for begin, (what, mend) in _OTHER_KINDS.items():
        if content.startswith(begin):
            raise DataError(f"{what}, and no CSV", where=name, mend=mend)
    # UTF-16 without a mark is full of it.
    if b"\0" in content:
        raise DataError("not UTF-8", where=name, mend=_AS_UTF_8)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    try:
        return _table(name, lines, asked)
    except UnicodeDecodeError as error:
        raise DataError("not UTF-8", where=name, mend=_AS_UTF_8) from error
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", where=name) from error


def _table(name: str, lines: Iterable[str], asked: Sequence[str]) -> Table:
    before, first, separator, rest = 0, "", "", iter(lines)
    for first in rest:
        if (given := _SEPARATOR_LINE.fullmatch(first)) and not separator:
            separator = given[1]
        elif first.strip() and not first.startswith("#"):
            break
        before += 1
    else:
        raise DataError("an empty file", where=name, mend="needs a line with names of columns, and rows")
    if _JSON.match(first):
        raise DataError("JSON, and no CSV", where=name, mend="save it as CSV, with a line of names before the rows")
    separator = separator or _separator(name, first, asked)
    # Blanks between a separator and quotes would make the quotes a part of the cell.
    blanks = re.search(rf'{separator} +"', first) is not None
    reader = csv.reader(chain([first], rest), delimiter=separator, strict=True, skipinitialspace=blanks)
    labels = tuple(next(reader))
    header = tuple(cell.strip() for cell in labels)
    rows = ((before + reader.line_num, row) for row in reader)
    head = list(islice(rows, MOST_HEAD))
    body = _Body(name, header, chain(head, rows), head)
    shown = [row for _, row in head if any(row) and (len(row) == len(header) or not row[0].startswith("#"))]
    return Table(name, header, shown, body.read, labels=labels)


def _separator(name: str, line: str, asked: Sequence[str]) -> str:
    """Return what separates the columns of a header: what makes several, and most that are known."""
    outside, found = _QUOTED.sub("", line), {}
    for separator in _SEPARATORS:
        if separator in outside:
            cells = next(csv.reader([line], delimiter=separator))
            found[separator] = sum(cell.strip() in asked or bool(roles_of(cell)) for cell in cells)
    best = [separator for separator, known in found.items() if known == max(found.values())]
    if len(best) > 1:
        seen = line.strip()
        what = f"its columns are separated by {' or by '.join(_SEPARATORS[each] for each in best)}"
        raise DataError(
            what, where=f"{name}, the header", seen=seen, mend="quote names of columns that have such signs"
        )
    return best[0] if best else ","


class _Body:
    """The rows below a header."""

    def __init__(self, name: str, header: tuple[str, ...], rows: Iterator[_Row], head: Sequence[_Row]) -> None:
        self._name, self._header, self._rows = name, header, rows
        # Names that recur are kept once.
        self._recur = [recurs([row[i] for _, row in head if i < len(row)]) for i in range(len(header))]

    def read(self, places: Sequence[int]) -> WholeColumns:
        columns: dict[int, list[str]] = {place: [] for place in places}
        numbers, comments = array("q"), list[int]()
        try:
            self._fill(columns, numbers, comments)
        except UnicodeDecodeError as error:
            raise DataError("not UTF-8", where=self._name, mend=_AS_UTF_8) from error
        except csv.Error as error:
            raise DataError(f"not CSV: {error}", where=self._name) from error
        if 0 < len(comments) < len(numbers):
            what = "either a comment or a group whose name begins with #"
            mend = "delete the line, or put another column before that of the groups"
            raise DataError(what, where=f"{self._name}, line {comments[0]}", mend=mend)

        def place(row: int, column: int) -> str:
            return f"{self._name}, line {numbers[row]}, column {self._header[column]}"

        return WholeColumns(columns, place)

    def _fill(self, columns: Mapping[int, list[str]], numbers: array[int], comments: list[int]) -> None:
        width, known = len(self._header), dict[str, str]()
        once = [(place, cells.append) for place, cells in columns.items() if not self._recur[place]]
        often = [(place, cells.append) for place, cells in columns.items() if self._recur[place]]
        for number, row in self._rows:
            if len(row) != width:
                if any(row) and not row[0].startswith("#"):
                    where = f"{self._name}, line {number}"
                    raise DataError(f"{width} columns needed", where=where, seen=len(row))
                continue
            if not any(row):
                continue
            if row[0][:1] == "#":
                comments.append(number)
            numbers.append(number)
            for place, append in once:
                append(row[place])
            for place, append in often:
                append(known.setdefault(row[place], row[place]))

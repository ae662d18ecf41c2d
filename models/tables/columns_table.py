"""A table as a mapping: columns by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pplcompare.models.errors import DataError
from pplcompare.models.tables.roles import roles_of
from pplcompare.models.tables.table import MOST_HEAD, Table, WholeColumns

_NAME: Final = "columns"


def columns_are_named(data: Mapping[str, Any]) -> bool:
    """Say whether a mapping holds columns by their names, and not two numbers of each group.

    Pairs may be lists. Columns are told from them by their names: there are ``n`` and ``k``, or names of groups that
    are texts.
    """
    if any(isinstance(values, tuple) for values in data.values()):
        return False
    if {"n", "k"} <= data.keys():
        return True
    names = [key for key in data if isinstance(key, str) and "group" in roles_of(key)]
    return len(data) > 1 and any(_are_texts(data[key]) for key in names)


def _are_texts(values: Any) -> bool:
    return not isinstance(values, str) and hasattr(values, "__iter__") and any(isinstance(each, str) for each in values)


def columns_table(data: Mapping[str, Any]) -> Table:
    """Return the table of columns by their names; what is None or no number is blank.

    Raises
    ------
    DataError
        If the columns differ in length, or something is no column.
    """
    columns = []
    for name, values in data.items():
        try:
            columns.append(["" if each is None or each != each else str(each) for each in values])
        except (TypeError, ValueError) as error:
            raise DataError(f"no column: {error}", where=f"{_NAME}, {name!r}", seen=values) from error
    lengths = {name: len(column) for name, column in zip(data, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        raise DataError("columns differ in length", where=_NAME, seen=lengths)
    labels = tuple(map(str, data))
    header = tuple(map(str.strip, labels))

    def place(row: int, column: int) -> str:
        return f"{_NAME}, row {row} (from 0), column {header[column]}"

    def read(places: Sequence[int]) -> WholeColumns:
        return WholeColumns({each: columns[each] for each in places}, place)

    head = list(zip(*(column[:MOST_HEAD] for column in columns), strict=True))
    return Table(_NAME, header, head, read, of_frame=True, labels=labels)

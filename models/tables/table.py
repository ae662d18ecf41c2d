"""A table of text: its header, its first rows, and whole columns as they are needed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_HEAD: Final = 10_000
"""Rows by which a table is understood."""

MOST_COLUMNS: Final = 50
"""Columns that are looked at where their names say nothing."""


@dataclass(frozen=True, slots=True)
class WholeColumns:
    """Whole columns.

    Parameters
    ----------
    columns
        WholeColumns by the column's place in the header.
    place
        Row and column -> where the cell stands, for example ``counts.csv, line 3, column n``.
    """

    columns: Mapping[int, list[str]]
    place: Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, wherever it comes from.

    Parameters
    ----------
    name
        What messages call it.
    header
        Names of columns.
    head
        At most `MOST_HEAD` first rows, which may be shorter or longer than the header.
    read
        Places of columns -> their cells in all rows; it can be called once.
    of_frame
        Whether it is a data frame, whose owner writes Python instead of options.
    turned
        Whether its rows were columns.
    labels
        The header with the blanks around its names, which belong to the names of groups if they stand there.
    """

    name: str
    header: tuple[str, ...]
    head: Sequence[Sequence[str]]
    read: Callable[[Sequence[int]], WholeColumns]
    of_frame: bool = False
    turned: bool = False
    labels: tuple[str, ...] = ()

    def column(self, place: int) -> list[str]:
        """Return the cells of a column in the first rows, without blanks around them."""
        return [row[place].strip() for row in self.head if place < len(row)]

    def columns_option(self, **roles: str) -> str:
        """Return how its owner says what columns are."""
        if self.of_frame:
            return f"columns={roles!r}"
        return f"--columns {shlex.quote(','.join(f'{role}={name}' for role, name in roles.items()))}"

    def by_option(self, *names: str) -> str:
        """Return how its owner says what its groups are, over whose rows the rest is summed."""
        if self.of_frame:
            return f"by={(names[0] if len(names) == 1 else list(names))!r}"
        return f"--by {shlex.quote(','.join(names))}"


def turned(table: Table) -> Table:
    """Return the table with rows for columns; names of groups are in the header, the first column is the new header."""
    cells = table.read(range(len(table.header)))
    rows = list(zip(*(cells.columns[place] for place in range(len(table.header))), strict=True))
    columns = {0: list((table.labels or table.header)[1:]), **{1 + i: list(row[1:]) for i, row in enumerate(rows)}}

    def place(row: int, column: int) -> str:
        return cells.place(max(column - 1, 0), 1 + row)

    header = ("group", *(row[0].strip() for row in rows))
    head = list(zip(*columns.values(), strict=True))
    return Table(
        table.name,
        header,
        head,
        lambda places: WholeColumns({each: columns[each] for each in places}, place),
        table.of_frame,
        turned=True,
    )


_NUMBER: Final = re.compile(r"[-+]?\d*[.,]?\d*(?:[eE][-+]?\d+)?\s?%?")


def is_number(cell: str) -> bool:
    """Say whether a cell that is not blank looks like a number."""
    return bool(cell) and _NUMBER.fullmatch(cell) is not None


def has_words(table: Table, place: int) -> bool:
    """Say whether something in a column is no number."""
    return any(cell and not is_number(cell) for cell in table.column(place))


def recurs(cells: Sequence[object]) -> bool:
    """Say whether something is there twice."""
    return len(set(cells)) < len(cells)

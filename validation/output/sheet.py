"""Tables for people in any width.

Where a table has no room, its parts are stacked as tables of their own, each with the names of its rows. Where a part
has no room, its numbers lose digits, and after that it is stacked column by column. Names and words go on in the next
line; nothing is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.output.spelling import spelled_text
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

type Cell = str | Text | float | None
"""What stands in a row and column: a float is a number for people, None nothing; an empty text stays empty."""

NAME: Final = 16
WORDS: Final = 24
"""Cells that a column of names, or of words, keeps wherever there is too little room."""

_DIGITS: Final = (6, 5, 4, 3)
_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    part
        The name of the part that it belongs to; the parts of a table are stacked where there is no room for all.
    right
        Whether its cells are numbers, which end at the same place.
    least
        How narrow it may become in terminal cells, its texts going on in the next line; None if they must not.
    """

    heading: str
    part: str = ""
    right: bool = False
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose rows are named by its first columns.

    Attributes
    ----------
    keys
        How many columns name a row; they stand in every part.
    """

    title: str
    columns: Sequence[Column]
    keys: int = 1
    rows: list[Sequence[Cell]] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        """Add a row, with a cell for each column."""
        self.rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number_, block in enumerate(self._blocks(console, options.max_width)):
            title = self.title if number_ == 0 else ": ".join(filter(None, (self.title, block.columns[self.keys].part)))
            if title:
                yield spelled_text(Text(title, style="bold"), console)
            yield from block.lines(console, options.max_width)
            yield Text()

    def _blocks(self, console: Console, width: int) -> Iterator[_Block]:
        """Yield the tables that are stacked in this width: one, where all columns have room."""
        whole = self._block(console, range(len(self.columns)))
        blocks = [whole] if whole.least <= width else list(self._stacked(console, width))
        yield from (block for block in blocks if block.rows or not self.rows)

    def _stacked(self, console: Console, width: int) -> Iterator[_Block]:
        held: list[int] = []
        for _, part in groupby(range(self.keys, len(self.columns)), lambda at: self.columns[at].part):
            pieces = list(self._pieces(console, list(part), width))
            for more in pieces:
                if held and self._block(console, [*held, *more]).least > width:
                    yield self._shortened(console, held, width)
                    held = []
                held += more
            if len(pieces) > 1:  # what is left of a part stays alone
                yield self._shortened(console, held, width)
                held = []
        if held:
            yield self._shortened(console, held, width)

    def _pieces(self, console: Console, part: list[int], width: int) -> Iterator[list[int]]:
        """Yield a part whole if its numbers can lose so many digits that it has room, else column by column."""
        whole = any(self._block(console, part, digits).least <= width for digits in _DIGITS)
        yield from [part] if whole else [[at] for at in part]

    def _shortened(self, console: Console, columns: Sequence[int], width: int) -> _Block:
        """Return the table of these columns with the most digits that have room."""
        blocks = [self._block(console, columns, digits) for digits in _DIGITS]
        return next((block for block in blocks if block.least <= width), blocks[-1])

    def _block(self, console: Console, columns: Iterable[int], digits: int = _DIGITS[0]) -> _Block:
        """Return a table of the names of rows and these columns; rows of which nothing else is there are left out."""
        chosen = [*range(self.keys), *(at for at in columns if at >= self.keys)]
        rows = [[_text(row[at], digits, console) for at in chosen] for row in self.rows]
        kept = [row for row in rows if len(chosen) == self.keys or any(cell.plain for cell in row[self.keys :])]
        return _Block([self.columns[at] for at in chosen], self.keys, kept)


@dataclass(frozen=True, slots=True)
class _Block:
    """One of the tables that are stacked, its cells as texts."""

    columns: Sequence[Column]
    keys: int
    rows: Sequence[Sequence[Text]]

    @property
    def least(self) -> int:
        """The least width that it needs, in terminal cells."""
        return sum(self._narrowest()) + _GAP * (len(self.columns) - 1)

    def lines(self, console: Console, width: int) -> Iterator[Text]:
        """Yield the heading, a rule and the rows."""
        widths = self._widths(width)
        heading = [Text(column.heading, style="dim") for column in self.columns]
        yield from _row(console, heading, self.columns, widths)
        rules = [Text("─" * wide, style="dim") for wide in widths]
        yield from _row(console, [spelled_text(rule, console) for rule in rules], self.columns, widths)
        for row in self.rows:
            yield from _row(console, row, self.columns, widths)

    def _natural(self) -> list[int]:
        return [max(cell_len(column.heading), self._cells(at)) for at, column in enumerate(self.columns)]

    def _narrowest(self) -> list[int]:
        found = []
        for at, column in enumerate(self.columns):
            cells = self._cells(at) if column.least is None else min(self._cells(at), column.least)
            # A sign of per cent stays with its number.
            found.append(max(cells, *map(cell_len, re.split(r"\s+(?!%)", column.heading))))
        return found

    def _cells(self, at: int) -> int:
        return max((row[at].cell_len for row in self.rows), default=0)

    def _widths(self, width: int) -> list[int]:
        """Return the width of each column: first words are narrowed, then headings, and names last."""
        widths, least = self._natural(), self._narrowest()
        over = sum(widths) + _GAP * (len(widths) - 1) - width
        words = [at for at, column in enumerate(self.columns) if column.least is not None and at >= self.keys]
        for narrowed in (words, range(self.keys, len(widths)), range(self.keys)):
            while over > 0 and (able := [at for at in narrowed if widths[at] > least[at]]):
                widths[max(able, key=lambda at: widths[at])] -= 1
                over -= 1
        return widths


def _text(cell: Cell, digits: int, console: Console) -> Text:
    shown = cell if isinstance(cell, Text) else Text(cell if isinstance(cell, str) else number(cell, digits))
    return spelled_text(shown, console)


def _row(console: Console, cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[Text]:
    """Yield the lines of a row, as many as its highest cell has."""
    wrapped = [cell.wrap(console, wide, overflow="fold") for cell, wide in zip(cells, widths, strict=True)]
    for at in range(max(map(len, wrapped))):
        line = Text()
        for column, lines, wide in zip(columns, wrapped, widths, strict=True):
            part = lines[at] if at < len(lines) else Text()
            part.rstrip()
            room = wide - part.cell_len
            line.append_text(Text(" " * room).append_text(part) if column.right else part.append(" " * room))
            line.append(" " * _GAP)
        line.rstrip()
        yield line


def alike(headings: Sequence[str], part: str = "", *, right: bool = False) -> tuple[Column, ...]:
    """Return columns of one kind with these headings."""
    return tuple(Column(heading, part, right) for heading in headings)

"""A table as notebooks show it, and as a data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from pplcompare.models.errors import UsageError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoDataFrame

FRAMES: Final = ("pandas", "polars", "pyarrow")
"""The libraries whose data frames a table can become."""

_DIGITS: Final = 6
# Notebooks align all cells to the right unless the cell says otherwise.
_WORD: Final = ' style="text-align: left"'
_NUMBER: Final = ' style="text-align: right; font-variant-numeric: tabular-nums"'


@dataclass(frozen=True, slots=True)
class ShownTable:
    """Columns by their headings, the first of which names the rows.

    Attributes
    ----------
    caption
        A line over the table.
    columns
        Heading -> values, all of one length: words, numbers, or None for nothing.
    notes
        Sentences below it.
    most
        How many rows are shown; a frame has them all.
    """

    caption: str
    columns: Mapping[str, Sequence[object]]
    notes: Sequence[str] = ()
    most: int = 20

    def html(self) -> str:
        """Return the table as HTML; everything in it is escaped."""
        numbers = {name: any(isinstance(one, int | float) for one in values) for name, values in self.columns.items()}
        style = [_NUMBER if number else _WORD for number in numbers.values()]
        rows = list(zip(*self.columns.values(), strict=True))
        heads = zip(self.columns, style, strict=True)
        head = "".join(f'<th scope="col"{how}>{escape(name)}</th>' for name, how in heads)
        body = "\n".join(f"<tr>{_cells(row, style)}</tr>" for row in rows[: self.most])
        left_out = [f"{len(rows) - self.most:,} more rows."] if len(rows) > self.most else []
        below = "".join(f"\n<p>{escape(note)}</p>" for note in (*left_out, *self.notes))
        return (
            f"<table>\n<caption{_WORD}>{escape(self.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>{below}\n"
        )

    def frame(self, backend: str = "pandas") -> IntoDataFrame:
        """Return the table as a data frame.

        Parameters
        ----------
        backend
            The library of the frame: pandas, polars or pyarrow.

        Raises
        ------
        UsageError
            If there is no such library, or it is not installed.
        """
        if backend not in FRAMES:
            raise UsageError("no such library", where="to_dataframe", seen=backend, mend=f"known: {', '.join(FRAMES)}")
        if find_spec(backend) is None:
            raise UsageError("is not installed", where="to_dataframe", seen=backend, mend=f"pip install {backend}")
        import narwhals.stable.v2 as nw

        columns = {name: _of_one_kind(values) for name, values in self.columns.items()}
        library: Any = backend
        found: IntoDataFrame = nw.from_dict(columns, backend=library).to_native()
        return found


class Tabular:
    """What becomes a data frame."""

    __slots__ = ()

    def _table(self) -> ShownTable:
        """Return everything that the frame has."""
        raise NotImplementedError

    def to_dataframe(self, backend: str = "pandas") -> IntoDataFrame:
        """Return everything as a data frame.

        Parameters
        ----------
        backend
            The library of the frame: pandas, polars or pyarrow.

        Raises
        ------
        UsageError
            If there is no such library, or it is not installed.
        """
        return self._table().frame(backend)


def _of_one_kind(values: Sequence[object]) -> list[object]:
    """Return the values of a column, without the words that stand for numbers in a column of numbers."""
    numbers = any(isinstance(value, int | float) for value in values)
    return [None if numbers and isinstance(value, str) else value for value in values]


def _cells(row: Sequence[object], style: Sequence[str]) -> str:
    first, *others = (escape(_shown(value)) for value in row)
    cells = zip(others, style[1:], strict=True)
    return f'<th scope="row"{style[0]}>{first}</th>' + "".join(f"<td{how}>{cell}</td>" for cell, how in cells)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return f"{value:,}" if isinstance(value, int) else str(value)

"""A drawing: panels of marks, as a value that knows nothing of a library of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.validation.pictures.marks import COLUMNS, Mark

Cell = str | float | None
"""A value of a table of what is drawn; None where a column has no value."""

WIDTH: Final = 720.0
"""The width of a drawing, in the units of its view box."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Axes with marks.

    Attributes
    ----------
    title
        A line over it; may be empty.
    x_range, y_range
        What of the axes is shown.
    rows, columns
        Names of the places 0, 1, ... of an axis of categories; rows are shown from the top. Empty for numbers.
    log_x, log_y
        Whether an axis is logarithmic.
    heights
        Whether the vertical axis has numbers: densities need none.
    whole_x
        Whether the numbers of the horizontal axis are whole ones.
    """

    title: str
    marks: tuple[Mark, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str = ""
    y_label: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    log_x: bool = False
    log_y: bool = False
    heights: bool = True
    whole_x: bool = False


def row_range(number: int) -> tuple[float, float]:
    """Return the range of an axis with so many named rows, the first at the top."""
    return number - 0.4, -0.6


@dataclass(frozen=True, slots=True)
class Drawing:
    """Panels in rows of equal width.

    Attributes
    ----------
    columns
        How many panels stand beside each other.
    heights
        The height of each row of panels, in units of the view box, without titles and labels.
    """

    panels: tuple[Panel, ...]
    columns: int
    heights: tuple[float, ...]

    @classmethod
    def grid(cls, panels: Sequence[Panel], columns: int, height: float) -> Drawing:
        """Return panels row by row, all rows of one height."""
        return cls(tuple(panels), columns, (height,) * -(-len(panels) // columns))

    def table(self) -> Mapping[str, tuple[Cell, ...]]:
        """Return column -> values of all marks, all of the same length."""
        rows = [(panel.title, *row) for panel in self.panels for mark in panel.marks for row in mark.rows()]
        names = ("panel", *COLUMNS)
        return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))

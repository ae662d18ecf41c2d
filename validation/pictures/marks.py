"""Marks: what a picture is made of, as values; each says what it draws as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

Series = tuple[float, ...]

COLUMNS: Final = ("series", "label", "x", "y", "low", "high")
"""The columns of a mark's rows."""

Row = tuple[str, str, float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points.

    Attributes
    ----------
    series
        Its name in the legend; empty if it has none.
    colour
        A name of `palette.COLOURS`.
    x, y
        The points; with `steps`, `x` are the borders of steps, one more than the heights `y`.
    dash
        Lengths of dashes and gaps, in widths of the line.
    shaded
        Whether the area down to zero is shaded.
    """

    series: str
    colour: str
    x: Series
    y: Series
    dash: Series = ()
    width: float = 1.5
    steps: bool = False
    shaded: bool = False

    def rows(self) -> Iterator[Row]:
        """Yield a row for each point, or for each step with its borders."""
        if self.steps:
            for low, high, y in zip(self.x[:-1], self.x[1:], self.y, strict=True):
                yield self.series, "", None, y, low, high
        else:
            for x, y in zip(self.x, self.y, strict=True):
                yield self.series, "", x, y, None, None


@dataclass(frozen=True, slots=True)
class Band:
    """An area between two lines."""

    series: str
    colour: str
    x: Series
    low: Series
    high: Series

    def rows(self) -> Iterator[Row]:
        """Yield a row for each place."""
        for x, low, high in zip(self.x, self.low, self.high, strict=True):
            yield self.series, "", x, None, low, high


@dataclass(frozen=True, slots=True)
class Markers:
    """Markers; hollow ones are doubtful."""

    series: str
    colour: str
    x: Series
    y: Series
    marker: str = "o"
    hollow: bool = False
    size: float = 5.0

    def rows(self) -> Iterator[Row]:
        """Yield a row for each marker."""
        for x, y in zip(self.x, self.y, strict=True):
            yield self.series, "", x, y, None, None


@dataclass(frozen=True, slots=True)
class Spans:
    """Intervals along the horizontal axis, at heights `y`, or with `upright` along the vertical one, at places `y`."""

    series: str
    colour: str
    y: Series
    low: Series
    high: Series
    width: float = 1.5
    upright: bool = False

    def rows(self) -> Iterator[Row]:
        """Yield a row for each interval."""
        for at, low, high in zip(self.y, self.low, self.high, strict=True):
            yield self.series, "", *((at, None) if self.upright else (None, at)), low, high


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from a base; with `lying` they are horizontal, at heights `x`."""

    series: str
    colour: str
    x: Series
    low: Series
    high: Series
    width: float = 0.8
    lying: bool = False
    outline: str = ""

    def rows(self) -> Iterator[Row]:
        """Yield a row for each bar."""
        for at, low, high in zip(self.x, self.low, self.high, strict=True):
            yield self.series, "", *((None, at) if self.lying else (at, None)), low, high


@dataclass(frozen=True, slots=True)
class Rules:
    """Lines across the panel at places `x`, or with `level` at heights `x`."""

    series: str
    colour: str
    x: Series
    dash: Series = ()
    width: float = 1.0
    level: bool = False

    def rows(self) -> Iterator[Row]:
        """Yield a row for each line."""
        for at in self.x:
            yield self.series, "", *((None, at) if self.level else (at, None)), None, None


@dataclass(frozen=True, slots=True)
class Words:
    """A text at a place; plain words, never a formula.

    Attributes
    ----------
    align
        Which part of the text is at its place: "left", "center" or "right".
    """

    colour: str
    x: float
    y: float
    text: str
    align: str = "center"
    bold: bool = False
    series: str = ""

    def rows(self) -> Iterator[Row]:
        """Yield one row."""
        yield self.series, self.text, self.x, self.y, None, None


Mark = Curve | Band | Markers | Spans | Bars | Rules | Words

"""A picture: what is drawn, what it is called, and what people see who cannot see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pplcompare.validation.pictures.drawing import Cell, Drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Part = Literal["answer", "posterior", "counts", "trust", "speed", "evidence", "ranks", "exact"]
"""The parts of a report that have pictures."""


@dataclass(frozen=True)
class Picture:
    """What is drawn, and what it is called.

    Attributes
    ----------
    name
        The stem of its files, which no other picture of its page has.
    part
        The part of a report that it belongs to.
    title
        A line over it.
    caption
        A sentence or two that say how to read it; part of the PNG.
    description
        What it shows, for people who cannot see it.
    drawing
        What is drawn.
    """

    name: str
    part: Part
    title: str
    caption: str
    description: str
    drawing: Drawing

    @property
    def table(self) -> Mapping[str, tuple[Cell, ...]]:
        """Column -> values of what is drawn, all of the same length."""
        return self.drawing.table()

    @property
    def csv(self) -> str:
        """The table as text, whose numbers read back as they are."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.table)
        writer.writerows(zip(*self.table.values(), strict=True))
        return file.getvalue()

    @cached_property
    def svg(self) -> str:
        """The picture as an element of a page, whose style sheet has the colours (`palette.css`).

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        """
        from pplcompare.validation.pictures.svg import svg_element

        return svg_element(self.figure(), self.name, self.title, self.description)

    @property
    def svg_file(self) -> str:
        """The picture as a file of its own, which has the colours of both schemes with it."""
        from pplcompare.validation.pictures.svg import standing_alone

        return standing_alone(self.svg)

    def png(self) -> bytes:
        """Return the picture with its title and caption, for a page that has no style of ours.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        """
        from pplcompare.validation.pictures.matplotlib_figure import png

        return png(self.drawing, self.title, self.caption)

    def figure(self) -> Figure:
        """Return the picture as a figure of matplotlib.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        """
        from pplcompare.validation.pictures.matplotlib_figure import figure_of

        return figure_of(self.drawing)

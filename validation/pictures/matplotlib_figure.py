"""Drawings as figures of matplotlib."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Final

from pplcompare.validation.pictures.draw_marks import SIZE, draw_mark, light
from pplcompare.validation.pictures.drawing import WIDTH, Drawing, Panel
from pplcompare.validation.pictures.legend import CHARACTER, PAD, TITLE, legend_handles, legend_lines
from pplcompare.validation.pictures.marks import Words
from pplcompare.validation.pictures.picture_names import short_name
from pplcompare.validation.pictures.picture_style import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A unit of the view box is a point, so that the sizes of fonts are in units, too.
_POINTS: Final = 72.0
_LINE: Final = 1.45 * SIZE
_NUMBERS: Final = 54.0
_TOP: Final = 3.0
# Characters of a label, which has the width of its axes.
_LABEL: Final = 72
# Of a picture for a page elsewhere, dots a point.
_FINE: Final = 2.0


def figure_of(drawing: Drawing, empty: Figure | None = None) -> Figure:
    """Return the drawing as a figure, all of its colours those of the light scheme.

    Parameters
    ----------
    empty
        The figure that is drawn on; None for a new one, which no window shows.

    Raises
    ------
    BackendUnavailable
        If matplotlib is missing.
    """
    with style():
        from matplotlib.figure import Figure

        figure = Figure() if empty is None else empty
        lines = legend_lines(legend_handles(drawing.panels))
        above = _LINE * len(lines) + _TOP
        height = above + sum(drawing.heights) + sum(_over(row) + _under(row) for row in _rows(drawing))
        figure.set_size_inches(WIDTH / _POINTS, height / _POINTS)
        top = height - above
        for row, inner in zip(_rows(drawing), drawing.heights, strict=True):
            top -= _over(row) + inner
            for place, panel in enumerate(row):
                whole = WIDTH / drawing.columns
                left = max(_beside(panel) for panel in drawing.panels[place :: drawing.columns])
                box = (place * whole + left, top, whole - left - PAD, inner)
                axes = figure.add_axes(_shares(box, height))
                draw_panel(axes, panel)
                if not (panel.log_x or panel.columns):
                    axes.locator_params(axis="x", nbins=max(2, int(box[2] / _NUMBERS / 1.4)), integer=panel.whole_x)
            top -= _under(row)
        for at, line in enumerate(lines):
            figure.legend(
                handles=list(line.values()),
                labels=[short_name(name, TITLE) for name in line],
                loc="upper left",
                bbox_to_anchor=(PAD / WIDTH, 1.0 - (_TOP + at * _LINE) / height),
                ncols=len(line),
                borderpad=0.0,
                borderaxespad=0.0,
                handlelength=2.6,
                columnspacing=1.4,
            )
    return figure


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw one panel on axes."""
    axes.set_title(short_name(panel.title, TITLE))
    if panel.log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.9g}")
        axes.xaxis.set_minor_formatter("")
    if panel.log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:,.9g}")
        axes.yaxis.set_minor_formatter("")
    axes.set_xlim(panel.x_range)
    axes.set_ylim(panel.y_range)
    for mark in panel.marks:
        draw_mark(axes, mark)
    if all(isinstance(mark, Words) for mark in panel.marks) and not panel.columns:
        axes.set_axis_off()
    axes.set_xlabel(short_name(panel.x_label, _LABEL))
    axes.set_ylabel(panel.y_label)
    if panel.columns:
        axes.set_xticks(range(len(panel.columns)), [*map(short_name, panel.columns)])
    if panel.rows:
        axes.set_yticks(range(len(panel.rows)), [*map(short_name, panel.rows)])
        axes.grid(axis="x", visible=not panel.columns)
    elif panel.heights:
        axes.grid(axis="y")
    else:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)


def png(drawing: Drawing, title: str, caption: str) -> bytes:
    """Return a PNG of the drawing on white, with title and caption inside.

    Raises
    ------
    BackendUnavailable
        If matplotlib is missing.
    """
    figure = figure_of(drawing)
    lines = textwrap.wrap(caption, int(WIDTH / CHARACTER))
    with style():
        height = figure.get_figheight() * _POINTS
        over, under = 2.0 * _LINE, (len(lines) + 0.8) * _LINE
        whole = over + height + under
        figure.set_size_inches(WIDTH / _POINTS, whole / _POINTS)
        for axes in figure.axes:
            x, y, width, tall = axes.get_position().bounds
            axes.set_position((x, (under + y * height) / whole, width, tall * height / whole))
        for at, legend in enumerate(figure.legends):
            legend.set_bbox_to_anchor((PAD / WIDTH, (under + height - _TOP - at * _LINE) / whole))
        figure.text(PAD / WIDTH, 1.0 - 0.5 * _LINE / whole, title, fontsize=1.2 * SIZE, weight="bold", va="top")
        figure.text(PAD / WIDTH, under / whole, "\n".join(lines), color=light("muted"), va="top", linespacing=1.3)
        file = io.BytesIO()
        # Few colours are small without much effort, which would take most of the time.
        settings = {"compress_level": 1}
        colour = light("page")
        figure.savefig(
            file, format="png", dpi=_FINE * _POINTS, facecolor=colour, metadata={"Software": None}, pil_kwargs=settings
        )
    return file.getvalue()


def _rows(drawing: Drawing) -> list[tuple[Panel, ...]]:
    step = drawing.columns
    return [drawing.panels[start : start + step] for start in range(0, len(drawing.panels), step)]


def _over(row: tuple[Panel, ...]) -> float:
    return 1.7 * _LINE if any(panel.title for panel in row) else 0.5 * _LINE


def _under(row: tuple[Panel, ...]) -> float:
    return (2.9 if any(panel.x_label for panel in row) else 1.6) * _LINE


def _beside(panel: Panel) -> float:
    """Return the room for what stands to the left of a panel's axes."""
    label = _LINE if panel.y_label else 0.0
    if panel.rows:
        return label + PAD + CHARACTER * max(len(short_name(name)) for name in panel.rows)
    return label + (_NUMBERS if panel.heights else PAD)


def _shares(box: tuple[float, float, float, float], height: float) -> tuple[float, float, float, float]:
    x, y, width, tall = box
    return x / WIDTH, y / height, width / WIDTH, tall / height

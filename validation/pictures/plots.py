"""Drawings for people who go on with them: axes and figures of matplotlib that notebooks and windows show."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Final

from pplcompare.models.errors import UsageError
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.laid_over import called, in_legend, laid_over
from pplcompare.validation.pictures.legend import legend_handles
from pplcompare.validation.pictures.matplotlib_figure import draw_panel, figure_of
from pplcompare.validation.pictures.picture_style import matplotlib, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

type PlotAxes = Axes
"""Axes of matplotlib, for modules that do not know it."""

type PlotFigure = Figure
"""A figure of matplotlib, for modules that do not know it."""

_HEIGHT: Final = 220.0


def plotted(panel: Panel, axes: PlotAxes | None, label: str = "") -> PlotAxes:
    """Draw one panel on axes; without any, on those of a new figure that pyplot shows.

    What the axes have already stays, and the panel is drawn over it.

    Parameters
    ----------
    label
        What the legend calls the distribution; what the panel calls it by default.

    Raises
    ------
    UsageError
        If something else is given than axes.
    BackendUnavailable
        If matplotlib is missing.
    """
    panel = called(panel, label)
    if axes is None:
        return plotted_figure(Drawing((panel,), 1, (_HEIGHT,))).axes[0]
    given: object = axes
    if isinstance(given, str | PathLike):
        mend = f"write .plot().figure.savefig({str(given)!r})"
        raise UsageError("axes of matplotlib are needed", where="plot", seen=given, mend=mend)
    with style():
        before = in_legend(axes)
        if axes.has_data():
            panel = laid_over(panel, axes)
        draw_panel(axes, panel)
        if handles := {**before, **{name: one for name, one in legend_handles((panel,)).items() if name not in before}}:
            axes.legend(list(handles.values()), list(handles))
    return axes


def plotted_figure(drawing: Drawing) -> PlotFigure:
    """Return the drawing as a new figure that pyplot shows.

    Raises
    ------
    BackendUnavailable
        If matplotlib is missing.
    """
    matplotlib()
    import matplotlib.pyplot as plt
    from pplcompare.validation.pictures.shown_once import FigureShownOnce

    # The first figure of a notebook switches on what shows figures, which our style would switch off at its end.
    empty = plt.figure(FigureClass=FigureShownOnce, layout="none", facecolor="none", frameon=True)
    return figure_of(drawing, empty)

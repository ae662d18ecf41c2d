"""Each mark on axes of matplotlib: a table of functions, one for each kind of mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from pplcompare.validation.pictures.marks import Band, Bars, Curve, Mark, Markers, Rules, Spans, Words
from pplcompare.validation.pictures.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SIZE: Final = 11.0
"""Of all texts, in units of the view box."""

_SMALL: Final = 0.9 * SIZE
# Times the height of the axes: what lies higher has no place that a picture could store.
_FAR: Final = 100.0


def light(name: str) -> str:
    """Return a colour of the light scheme, by which `svg` recognises it."""
    return COLOURS[name].light


def draw_mark(axes: Axes, mark: Mark) -> None:
    """Draw a mark."""
    _DRAW[type(mark)](axes, cast("Any", mark))


def handle_of(mark: Mark) -> Artist:
    """Return what stands for a mark in a legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colour = light(mark.colour)
    if isinstance(mark, Band | Bars):
        return Patch(
            facecolor=colour, edgecolor=light(mark.outline) if isinstance(mark, Bars) and mark.outline else colour
        )
    if isinstance(mark, Markers):
        return Line2D([], [], **_marker(mark))
    if isinstance(mark, Curve | Rules):
        return Line2D([], [], color=colour, linewidth=mark.width, linestyle=_line(mark.dash))
    return Line2D([], [], color=colour, linewidth=getattr(mark, "width", 1.0))


def _line(dash: tuple[float, ...]) -> object:
    return (0.0, dash) if dash else "solid"


def _marker(mark: Markers) -> dict[str, Any]:
    colour = light(mark.colour)
    return {
        "linestyle": "none",
        "marker": mark.marker,
        "markersize": mark.size,
        "markerfacecolor": light("page") if mark.hollow else colour,
        "markeredgecolor": colour,
    }


def _curve(axes: Axes, mark: Curve) -> None:
    colour = light(mark.colour)
    if mark.steps:
        axes.stairs(mark.y, mark.x, color=colour, linewidth=mark.width, linestyle=_line(mark.dash), baseline=None)
        return
    far = _FAR * max(map(abs, axes.get_ylim()))
    y = [min(at, far) for at in mark.y]
    if mark.shaded:
        axes.fill_between(mark.x, y, color=light("shade"), linewidth=0.0)
    axes.plot(mark.x, y, color=colour, linewidth=mark.width, linestyle=_line(mark.dash))


def _band(axes: Axes, mark: Band) -> None:
    axes.fill_between(mark.x, mark.low, mark.high, color=light(mark.colour), linewidth=0.0)
    # Its border is seen where its area is pale.
    for edge in (mark.low, mark.high):
        axes.plot(mark.x, edge, color=light("prior"), linewidth=0.8)


def _points(axes: Axes, mark: Markers) -> None:
    axes.plot(mark.x, mark.y, **_marker(mark))


def _spans(axes: Axes, mark: Spans) -> None:
    draw = axes.vlines if mark.upright else axes.hlines
    draw(mark.y, mark.low, mark.high, color=light(mark.colour), linewidth=mark.width)


def _bars(axes: Axes, mark: Bars) -> None:
    lengths = [high - low for low, high in zip(mark.low, mark.high, strict=True)]
    edge = light(mark.outline) if mark.outline else "none"
    if mark.lying:
        axes.barh(mark.x, lengths, mark.width, mark.low, color=light(mark.colour), edgecolor=edge)
    else:
        axes.bar(mark.x, lengths, mark.width, mark.low, color=light(mark.colour), edgecolor=edge)


def _rules(axes: Axes, mark: Rules) -> None:
    draw = axes.axhline if mark.level else axes.axvline
    for at in mark.x:
        draw(at, color=light(mark.colour), linewidth=mark.width, linestyle=_line(mark.dash))


def _words(axes: Axes, mark: Words) -> None:
    axes.text(
        mark.x,
        mark.y,
        mark.text,
        color=light(mark.colour),
        ha=mark.align,
        va="center",
        fontsize=_SMALL,
        fontweight="bold" if mark.bold else "normal",
    )


_DRAW: Final[dict[type[Mark], Callable[[Axes, Any], None]]] = {
    Curve: _curve,
    Band: _band,
    Markers: _points,
    Spans: _spans,
    Bars: _bars,
    Rules: _rules,
    Words: _words,
}

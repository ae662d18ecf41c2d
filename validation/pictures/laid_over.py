"""One distribution drawn over others, on the same axes: a colour and a name of its own, and room for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pplcompare.validation.pictures.draw_marks import light
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Bars, Curve, Mark, Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_TURNS: Final = ("blue", "vermillion", "green", "purple", "orange", "sky")


def called(panel: Panel, label: str) -> Panel:
    """Return the panel, in which the distribution itself is called so; as it is if there is no label."""
    marks = list(panel.marks)
    main = _main(panel)
    if label and main is not None:
        marks[main] = replace(marks[main], series=label)
    return replace(panel, marks=tuple(marks))


def laid_over(panel: Panel, axes: Axes) -> Panel:
    """Return the panel as it is drawn over what the axes have: in one colour not used there, unfilled, with room.

    A distribution whose name the legend has already, or that has none, is called as its axis, or numbered.
    """
    main, names = _main(panel), in_legend(axes)
    series = "" if main is None else panel.marks[main].series
    if new := main is not None and series in ("", *names):
        panel = called(panel, panel.x_label or f"{series or 'distribution'} {len(names)}")
    used = {str(colour) for colour in _colours(axes)}
    colour = next((turn for turn in _TURNS if light(turn) not in used), _TURNS[len(used) % len(_TURNS)])
    return replace(
        panel,
        marks=tuple(_over(mark, colour) for mark in panel.marks),
        x_range=_both(panel.x_range, axes.get_xlim()),
        y_range=_both(panel.y_range, axes.get_ylim()),
        # The axis of what had no name says what it is.
        x_label=axes.get_xlabel() if new or panel.x_label == axes.get_xlabel() else "",
    )


def in_legend(axes: Axes) -> dict[str, Artist]:
    """Return series -> what shows it in the legend that the axes have."""
    legend = axes.get_legend()
    if legend is None:
        return {}
    pairs = zip(legend.get_texts(), legend.legend_handles, strict=True)
    return {text.get_text(): handle for text, handle in pairs if handle is not None}


def _main(panel: Panel) -> int | None:
    """Return which of the marks is the distribution itself."""
    return next((at for at, mark in enumerate(panel.marks) if isinstance(mark, Curve | Bars)), None)


def _colours(axes: Axes) -> Iterable[object]:
    yield from (line.get_color() for line in axes.lines)
    # Of steps, the outlines.
    for patch in axes.patches:
        yield _hex(patch.get_edgecolor())
    # Of intervals, which are collections of lines.
    for lines in axes.collections:
        yield from map(_hex, lines.get_edgecolor())


def _hex(colour: object) -> str:
    from matplotlib.colors import to_hex

    return str(to_hex(colour))


def _over(mark: Mark, colour: str) -> Mark:
    if isinstance(mark, Bars) and not mark.lying:
        # Bars would hide those below: their tops remain.
        half = 0.5 * (mark.x[1] - mark.x[0] if len(mark.x) > 1 else mark.width)
        borders = (*(at - half for at in mark.x), mark.x[-1] + half)
        return Curve(mark.series, colour, borders, mark.high, steps=True)
    if isinstance(mark, Curve):
        return replace(mark, colour=colour, shaded=False)
    return mark if isinstance(mark, Words) else replace(mark, colour=colour)


def _both(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return min(*one, *other), max(*one, *other)

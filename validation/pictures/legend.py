"""The legend of a drawing: each series once, in lines that are as wide as the picture at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pplcompare.validation.pictures.draw_marks import SIZE, handle_of
from pplcompare.validation.pictures.drawing import WIDTH, Panel
from pplcompare.validation.pictures.picture_names import short_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist

CHARACTER: Final = 0.6 * SIZE
"""The width of a character, about."""

PAD: Final = 14.0
"""The room beside what stands at an edge."""

TITLE: Final = 44
"""Characters of a title or of a series, which have more room than a name beside an axis."""

_SAMPLE: Final = 46.0


def legend_handles(panels: Iterable[Panel]) -> dict[str, Artist]:
    """Return series -> what shows it in the legend, each once."""
    found: dict[str, Artist] = {}
    for panel in panels:
        for mark in panel.marks:
            if mark.series and mark.series not in found:
                found[mark.series] = handle_of(mark)
    return found


def legend_lines(handles: dict[str, Artist]) -> list[dict[str, Artist]]:
    """Return the legend in lines that are no longer than the picture is wide."""
    lines: list[dict[str, Artist]] = []
    room = 0.0
    for name, handle in handles.items():
        wide = _SAMPLE + CHARACTER * len(short_name(name, TITLE))
        if wide > room:
            lines.append({})
            room = WIDTH - PAD
        lines[-1][name] = handle
        room -= wide
    return lines

"""A model as SVG, without a library: it takes the colour of the text around it, in light and in dark."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.graph.placed import Placed, Rectangle, Route, edge_path, placed
from pplcompare.models.graph.rows import rows_of
from pplcompare.models.notation import symbol
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed

_SIZE: Final = 13
_PADDING: Final = 14.0
_ARROW: Final = 8.0
# Widths of characters in units of the size, those of a wide sans-serif font; everything else is as wide as a digit.
_WIDTHS: Final = {
    **dict.fromkeys("ijl.,:;'|!", 0.32),
    **dict.fromkeys("frt()[] -", 0.42),
    **dict.fromkeys("mwMW@%", 0.98),
    **dict.fromkeys("ABCDEFGHKNOPQRSUVXYZ_", 0.76),
}
_OTHER: Final = 0.64

# `:root` is the graph alone in a file of its own: there it has to say that it is made for dark schemes as well.
_STYLE: Final = f"""\
.model-graph {{ font: {_SIZE}px system-ui, sans-serif; max-width: 100%; height: auto }}
.model-graph:root {{ color-scheme: light dark; color: CanvasText }}
.model-graph text {{ fill: currentColor; text-anchor: middle }}
.model-graph .name {{ font-weight: 600 }}
.model-graph .size {{ text-anchor: end }}
.model-graph .node rect, .model-graph .plate {{ fill: none; stroke: currentColor; stroke-width: 1.3 }}
.model-graph .plate {{ stroke-dasharray: 5 3; stroke-width: 1 }}
.model-graph .observed rect {{ fill: currentColor; fill-opacity: .16 }}
.model-graph .edge {{ fill: none; stroke: currentColor; stroke-width: 1.3 }}
.model-graph .arrow {{ fill: currentColor }}"""


def graph_svg(model: Model, sizes: Mapping[str, int] | None = None) -> str:
    """Return the graph of a model as SVG text.

    Inputs are boxes with corners, variables have round ends, observations are shaded, and each plate is a frame. There
    are no ids, so that one page can hold many.

    Parameters
    ----------
    sizes
        Plate -> how many elements it has, as far as they are known.
    """
    labels = {plate: _label(plate, sizes or {}) for plate in model.structure.plates}
    lines = {item.name: _lines(item) for item in model.items}
    widths = {name: max(map(_width, of)) + 2 * _PADDING for name, of in lines.items()}
    drawn = placed(rows_of(model), widths, {plate: _width(label) for plate, label in labels.items()})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="model-graph" role="img" width="{drawn.width:.0f}" '
        f'height="{drawn.height:.0f}" viewBox="0 0 {drawn.width:.0f} {drawn.height:.0f}">',
        f"<title>{escape(model.name)}: what depends on what</title>",
        f"<desc>{escape(_description(model, labels))}</desc>",
        f"<style>\n{_STYLE}\n</style>",
        *(_frame(plate, labels[plate], box) for plate, box in drawn.frames.items()),
        *map(_edge, drawn.routes),
        *(_node(item, lines[item.name], drawn) for item in model.items),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def plate_sizes(model: Model, counts: Counts) -> dict[str, int]:
    """Return how many elements the plate has that counts can be bound to; nothing is known of two plates."""
    plates = model.structure.plates
    return {plates[0]: len(counts.groups)} if len(plates) == 1 else {}


def _label(plate: str, sizes: Mapping[str, int]) -> str:
    return f"{plate}: {sizes[plate]:,}" if plate in sizes else f"for each {plate}"


def _lines(item: Item) -> list[str]:
    if isinstance(item, Input):
        return [symbol(item.name), "given"]
    arguments = item.distribution.arguments
    named = {key: symbol(value) if isinstance(value, str) else value for key, value in arguments.items()}
    return [symbol(item.name), str(item.distribution.replace(named))]


def _width(text: str) -> float:
    return _SIZE * sum(_WIDTHS.get(character, _OTHER) for character in text)


def _description(model: Model, labels: Mapping[str, str]) -> str:
    """Return in words what the picture shows."""
    parts = [
        f"{item.name} is given"
        if isinstance(item, Input)
        else f"{item.name} {'is observed, with' if isinstance(item, Observed) else 'has'} the law {item.distribution}"
        for item in model.items
    ]
    on = {plate: [item.name for item in model.items if item.plate == plate] for plate in labels}
    parts += [f"on the plate {labels[plate]} there are {', '.join(names)}" for plate, names in on.items()]
    return "; ".join(parts) + "."


def _frame(plate: str, label: str, box: Rectangle) -> str:
    right, bottom = box.x + box.width - 10, box.y + box.height - 9
    return (
        f'<rect class="plate" data-plate="{escape(plate)}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="8"/>'
        f'<text class="size" x="{right:.1f}" y="{bottom:.1f}">{escape(label)}</text>'
    )


def _edge(route: Route) -> str:
    """Draw an edge, which ends where its arrow begins."""
    *_, (_, arrival), (end, tip) = route.points
    stop = tip - _ARROW
    path = edge_path(route) + (f" L{end:.1f},{stop:.1f}" if arrival < stop else "")
    return (
        f'<path class="edge" data-from="{escape(route.source)}" data-to="{escape(route.target)}" d="{path}"/>'
        f'<path class="arrow" d="M{end:.1f},{tip:.1f} l-4,-{_ARROW:.0f} h8 z"/>'
    )


def _node(item: Item, lines: list[str], drawn: Placed) -> str:
    box = drawn.nodes[item.name]
    kind = "input" if isinstance(item, Input) else "observed" if isinstance(item, Observed) else "variable"
    corner = 0.0 if isinstance(item, Input) else box.height / 2
    middle, name, law = box.x + box.width / 2, box.y + 19, box.y + 36
    return (
        f'<g class="node {kind}" data-name="{escape(item.name)}">'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner:.0f}"/>'
        f'<text class="name" x="{middle:.1f}" y="{name:.1f}">{escape(lines[0])}</text>'
        f'<text x="{middle:.1f}" y="{law:.1f}">{escape(lines[1])}</text></g>'
    )

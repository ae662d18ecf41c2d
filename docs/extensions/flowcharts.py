"""Flow charts of the pages, drawn without a script: GitHub draws the same Mermaid by itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from docutils import nodes
from flow import Arrow, Flow, flow_of
from pplcompare.models.graph.placed import HEIGHT, Placed, Route, edge_path, placed
from pplcompare.models.graph.rows import ordered
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_SIZE: Final = 13
_WIDTH: Final = 0.6
_PADDING: Final = 12.0
_LINE: Final = 17.0


def flow_svg(flow: Flow) -> str:
    """Return a chart as SVG text in the colour of the text around it."""
    widths = {name: max(map(len, lines)) * _WIDTH * _SIZE + 2 * _PADDING for name, lines in flow.nodes.items()}
    edges = [(arrow.source, arrow.target) for arrow in flow.arrows]
    drawn = placed(ordered(dict.fromkeys(flow.nodes), edges, flow.levels), widths, {})
    arrows = {(arrow.source, arrow.target): arrow for arrow in flow.arrows}
    size = f'width="{drawn.width:.0f}" height="{drawn.height:.0f}" viewBox="0 0 {drawn.width:.0f} {drawn.height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" {size}>',
            f"<title>{escape(_description(flow))}</title>",
            *(_arrow(route, arrows[route.source, route.target]) for route in drawn.routes),
            *(_box(name, flow, drawn) for name in flow.nodes),
            "</svg>",
        ]
    )


def _description(flow: Flow) -> str:
    """Return in words what the picture shows."""
    said = (
        f"{' '.join(flow.nodes[arrow.source])} leads to {' '.join(flow.nodes[arrow.target])}"
        + (f" ({arrow.words})" if arrow.words else "")
        for arrow in flow.arrows
    )
    return "; ".join(said) + "."


def _arrow(route: Route, arrow: Arrow) -> str:
    (left, top), (right, bottom), *_, (end, tip) = route.points
    words = (
        f'<text class="words" x="{(left + right) / 2 + 6:.1f}" y="{(top + bottom) / 2 + 4:.1f}">{escape(arrow.words)}'
        "</text>"
        if arrow.words
        else ""
    )
    return (
        f'<path class="arrow{" dashed" if arrow.dashed else ""}" d="{edge_path(route)}"/>'
        f'<path class="tip" d="M{end:.1f},{tip:.1f} l-4,-8 h8 z"/>{words}'
    )


def _box(name: str, flow: Flow, drawn: Placed) -> str:
    box, lines = drawn.nodes[name], flow.nodes[name]
    first = box.y + HEIGHT / 2 - _LINE * (len(lines) - 1) / 2 + _SIZE / 3
    corner = HEIGHT / 2 if name in flow.questions else 4.0
    text = "".join(
        f'<text x="{box.x + box.width / 2:.1f}" y="{first + at * _LINE:.1f}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{HEIGHT:.0f}" rx="{corner:.0f}"/>{text}'
    )


class FlowCharts(SphinxTransform):
    """Each block of Mermaid becomes a picture."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") == "mermaid":
                picture = f'<div class="flow-chart">\n{flow_svg(flow_of(block.astext()))}\n</div>'
                block.replace_self(nodes.raw("", picture, format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the pictures."""
    app.add_transform(FlowCharts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

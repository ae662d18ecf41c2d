"""Where the nodes, edges and frames of a model stand, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pplcompare.models.graph.rows import Link, Rows, Vertex

HEIGHT: Final = 46.0
"""The height of every node."""
_GAP: Final = 40.0
_BESIDE: Final = 22.0
_FRAME: Final = 16.0
_BELOW: Final = 30.0
_MARGIN: Final = 4.0
_PASSAGE: Final = 10.0
_SWEEPS: Final = 6


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle by its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """An edge: from the lower side of one node, across the gaps between rows, to the upper side of another.

    Attributes
    ----------
    source, target
        The names of its ends.
    points
        Pairs (x, y) at which it leaves a row and arrives at the next, in turn.
    """

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


def edge_path(route: Route) -> str:
    """Return the path of an edge in SVG, to its last arrival at a row.

    Between rows it leaves and arrives upright, so that edges in the same order never cross.
    """
    (x, y), *others, _ = route.points
    path = f"M{x:.1f},{y:.1f}"
    for at, (right, below) in enumerate(others):
        if at % 2:
            path += f" L{right:.1f},{below:.1f}"
        else:
            middle = (y + below) / 2
            path += f" C{x:.1f},{middle:.1f} {right:.1f},{middle:.1f} {right:.1f},{below:.1f}"
        x, y = right, below
    return path


@dataclass(frozen=True, slots=True)
class Placed:
    """A drawing: boxes of nodes by name, frames of plates by name, edges, and the size of it all."""

    nodes: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    routes: tuple[Route, ...]
    width: float
    height: float


def placed(rows: Rows, widths: Mapping[str, float], frame_widths: Mapping[str, float]) -> Placed:
    """Return the drawing of rows.

    Parameters
    ----------
    widths, frame_widths
        The least width of each node and of each plate's frame, by their names.
    """
    wide = {vertex: _PASSAGE if vertex.to else widths[vertex.name] for row in rows.rows for vertex in row}
    x, spans = _across(rows, wide, frame_widths)
    tops, arrivals, height = _down(rows)
    nodes = {
        vertex.name: Rectangle(x[vertex] - wide[vertex] / 2, tops[at], wide[vertex], HEIGHT)
        for at, row in enumerate(rows.rows)
        for vertex in row
        if not vertex.to
    }
    frames = {}
    for plate, (left, right) in spans.items():
        own = [at for at, row in enumerate(rows.rows) if any(one.plate == plate and not one.to for one in row)]
        top, bottom = tops[own[0]] - _FRAME, tops[own[-1]] + HEIGHT + _BELOW
        frames[plate] = Rectangle(left, top, right - left, bottom - top)
    right = max(box.x + box.width for box in (*nodes.values(), *frames.values()))
    return Placed(nodes, frames, tuple(_routes(rows, x, tops, arrivals)), right + _MARGIN, height)


def _down(rows: Rows) -> tuple[list[float], list[float], float]:
    """Return the upper side of each row, where edges arrive at it, and the height of all."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for at, row in enumerate(rows.rows):
        for plate in (vertex.plate for vertex in row if vertex.plate is not None and not vertex.to):
            first.setdefault(plate, at)
            last[plate] = at
    tops, arrivals, y = [], [], _MARGIN
    for at in range(len(rows.rows)):
        arrivals.append(y)
        # Edges have reached their columns where frames begin, so that none enters the frame of another plate.
        y += _FRAME if at in first.values() else 0.0
        tops.append(y)
        y += HEIGHT + _GAP
    bottom = max((tops[at] + HEIGHT + _BELOW for at in last.values()), default=0.0)
    return tops, arrivals, max(bottom, tops[-1] + HEIGHT) + _MARGIN


def _across(
    rows: Rows, wide: Mapping[Vertex, float], frame_widths: Mapping[str, float]
) -> tuple[dict[Vertex, float], dict[str, tuple[float, float]]]:
    """Return the middle of each vertex, and the left and right ends of each frame: each plate has its own columns."""
    x: dict[Vertex, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    left = _MARGIN
    for plate in rows.plates:
        own = [[vertex for vertex in row if vertex.plate == plate] for row in rows.rows]
        found = _settled(own, rows.links, wide, {})
        lowest = min(at - wide[vertex] / 2 for vertex, at in found.items())
        taken = max(at + wide[vertex] / 2 for vertex, at in found.items()) - lowest
        width = max(taken, frame_widths[plate])
        shift = left + _FRAME + (width - taken) / 2 - lowest
        x |= {vertex: at + shift for vertex, at in found.items()}
        spans[plate] = left, left + width + 2 * _FRAME
        left = spans[plate][1] + _BESIDE
    outside = [[vertex for vertex in row if vertex.plate is None] for row in rows.rows]
    x |= _settled(outside, rows.links, wide, x)
    beyond = _MARGIN - min([_MARGIN, *(at - wide[vertex] / 2 for vertex, at in x.items())])
    moved = {plate: (start + beyond, end + beyond) for plate, (start, end) in spans.items()}
    return {vertex: at + beyond for vertex, at in x.items()}, moved


def _settled(
    own: Sequence[Sequence[Vertex]],
    links: Iterable[Iterable[Link]],
    wide: Mapping[Vertex, float],
    fixed: Mapping[Vertex, float],
) -> dict[Vertex, float]:
    """Return the middles of vertices, near the middle of their neighbours and never too near each other."""
    x = dict(fixed)
    for row in own:
        x |= zip(row, _apart([0.0] * len(row), [wide[vertex] for vertex in row]), strict=True)
    beside: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in wide}
    for source, target in (link for between in links for link in between):
        beside[source].append(target)
        beside[target].append(source)
    for _ in range(_SWEEPS):
        for row in (*own, *reversed(own)):
            around = [[x[one] for one in beside[vertex] if one in x] or [x[vertex]] for vertex in row]
            wanted = [sum(found) / len(found) for found in around]
            x |= zip(row, _apart(wanted, [wide[vertex] for vertex in row]), strict=True)
    return {vertex: x[vertex] for row in own for vertex in row}


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return the middles nearest to those that are wanted, in their order, between which nodes of these widths fit.

    Less the room that those to the left need, it is least squares for numbers that do not fall, by pooling neighbours
    (Barlow et al. 1972, Statistical Inference under Order Restrictions).
    """
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + _BESIDE)
    pools: list[tuple[float, int]] = []
    for target, offset in zip(wanted, offsets, strict=False):
        value, size = target - offset, 1
        while pools and pools[-1][0] >= value:
            other, number = pools.pop()
            value, size = (value * size + other * number) / (size + number), size + number
        pools.append((value, size))
    level = [value for value, size in pools for _ in range(size)]
    return [value + offset for value, offset in zip(level, offsets, strict=False)]


def _routes(rows: Rows, x: Mapping[Vertex, float], tops: Sequence[float], arrivals: Sequence[float]) -> Iterable[Route]:
    following = {}
    for at, links in enumerate(rows.links):
        for source, target in links:
            following[source, target.to or target.name] = target, at
    for (source, end), (target, at) in following.items():
        if source.to:
            continue
        points = [(x[source], tops[at] + HEIGHT), (x[target], arrivals[at + 1])]
        while target.to:
            here, (target, at) = target, following[target, end]
            points += [(x[here], tops[at] + HEIGHT), (x[target], arrivals[at + 1])]
        yield Route(source.name, end, (*points, (x[target], tops[at + 1])))

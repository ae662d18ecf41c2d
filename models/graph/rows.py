"""The nodes of a model in rows, each below what it depends on, in an order with as few crossings as can be found.

Layers by longest paths, edges through rows that they pass, and orders improved row by row are those of Sugiyama, Tagawa
and Toda 1981, "Methods for visual understanding of hierarchical system structures". What is not on a plate stands above
all plates, since nothing on a plate feeds it. The nodes of a plate stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Final

from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item

_SWEEPS: Final = 4
# Orders of so many are tried one by one; more are sorted by the middle of their neighbours.
_TRIED: Final = 5
# Models with more items are drawn as they come: rows of their own are not tried for each.
_FEW: Final = 16


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node of the graph, or a place where an edge passes a row.

    Attributes
    ----------
    name
        The item; for a passing edge that from which it comes.
    plate
        The plate beside whose nodes it stands.
    to
        The item to which a passing edge goes; empty for a node.
    row
        The row in which an edge passes, which tells its places apart; 0 for a node.
    """

    name: str
    plate: str | None
    to: str = ""
    row: int = 0


type Link = tuple[Vertex, Vertex]
"""A piece of an edge, from one row to the next."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The vertices row by row, from left to right, and the links from each row to the next."""

    rows: tuple[tuple[Vertex, ...], ...]
    links: tuple[tuple[Link, ...], ...]

    @property
    def crossings(self) -> int:
        """How many pairs of links cross."""
        return sum(_crossings(*two, links) for two, links in zip(pairwise(self.rows), self.links, strict=True))

    @property
    def plates(self) -> list[str]:
        """The plates from left to right."""
        return list(dict.fromkeys(vertex.plate for row in self.rows for vertex in row if vertex.plate is not None))


def edges_of(model: Model) -> list[tuple[str, str]]:
    """Return what depends on what: pairs of names, from an argument to the item that has it."""
    return [
        (value, item.name)
        for item in model.items
        if not isinstance(item, Input)
        for value in dict.fromkeys(item.distribution.arguments.values())
        if isinstance(value, str)
    ]


def rows_of(model: Model) -> Rows:
    """Return the rows of a model.

    Two parents of the same two children cross if they stand side by side, and do not if one stands above the other. So
    where links cross, each node is tried in a row of its own, as long as that helps.
    """
    edges = edges_of(model)
    places = {item.name: item.plate for item in model.items}
    level = _levels(model.items, edges)
    best = ordered(places, edges, level)
    while best.crossings and len(places) <= _FEW:
        lifted = [_lifted(level, name) for name in places]
        found = [ordered(places, edges, each) for each in lifted]
        least = min(range(len(found)), key=lambda i: (found[i].crossings, len(found[i].rows)))
        if found[least].crossings >= best.crossings:
            break
        level, best = lifted[least], found[least]
    return best


def _levels(items: Sequence[Item], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the row of each item: as low as its children on the same plate allow, those of plates below all others."""
    children: dict[str, list[str]] = {item.name: [] for item in items}
    plate = {item.name: item.plate for item in items}
    for source, target in edges:
        if plate[source] == plate[target]:
            children[source].append(target)
    above: dict[str, int] = {}
    for item in reversed(items):  # children come after what they refer to
        above[item.name] = max((above[child] + 1 for child in children[item.name]), default=0)
    deepest = {of: max(above[name] for name in above if plate[name] == of) for of in dict.fromkeys(plate.values())}
    first = deepest[None] + 1 if None in deepest else 0
    return {item.name: deepest[item.plate] - above[item.name] + (0 if item.plate is None else first) for item in items}


def _lifted(level: Mapping[str, int], name: str) -> dict[str, int]:
    """Return the rows with a new one for this node alone, above those that it shared its row with."""
    return {other: at + (at >= level[name] and other != name) for other, at in level.items()}


def ordered(places: Mapping[str, str | None], edges: Sequence[tuple[str, str]], level: Mapping[str, int]) -> Rows:
    """Return the rows in the best order that was found, plates from left to right included."""
    start = _with_passages(places, edges, level)
    plates = start.plates
    orders: Iterable[Sequence[str]] = permutations(plates) if len(plates) <= _TRIED else [plates]
    best = start
    for at, order in enumerate(orders):
        # Python sorts keep what is equal in its order.
        rows = tuple(
            tuple(sorted(row, key=lambda vertex: -1 if vertex.plate is None else order.index(vertex.plate)))
            for row in start.rows
        )
        found = _improved(replace(start, rows=rows))
        if at == 0 or found.crossings < best.crossings:
            best = found
        if not best.crossings:
            break
    return best


def _with_passages(
    places: Mapping[str, str | None], edges: Sequence[tuple[str, str]], level: Mapping[str, int]
) -> Rows:
    """Return the rows in the order of the items, with a place in each row that an edge passes."""
    depth = max(level.values()) + 1
    first_of_plates = min((level[name] for name, plate in places.items() if plate is not None), default=depth)
    rows: list[list[Vertex]] = [[] for _ in range(depth)]
    links: list[list[Link]] = [[] for _ in range(depth - 1)]
    for name, plate in places.items():
        rows[level[name]].append(Vertex(name, plate))
    for source, target in edges:
        path = [Vertex(source, places[source])]
        for at in range(level[source] + 1, level[target]):
            path.append(Vertex(source, places[target] if at >= first_of_plates else None, target, at))
            rows[at].append(path[-1])
        path.append(Vertex(target, places[target]))
        for at, link in enumerate(pairwise(path), level[source]):
            links[at].append(link)
    return Rows(tuple(map(tuple, rows)), tuple(map(tuple, links)))


def _improved(start: Rows) -> Rows:
    """Return the rows after sweeps down and up, each of which reorders one plate in one row at a time."""
    best = current = start
    down = range(len(start.rows))
    for _ in range(_SWEEPS):
        if not best.crossings:
            break
        for at in (*down, *reversed(down)):
            current = _row_improved(current, at)
        if current.crossings < best.crossings:
            best = current
    return best


def _row_improved(current: Rows, at: int) -> Rows:
    for plate in dict.fromkeys(vertex.plate for vertex in current.rows[at]):
        members = [vertex for vertex in current.rows[at] if vertex.plate == plate]
        candidates = permutations(members) if len(members) <= _TRIED else [_by_neighbours(members, current, at)]
        current = min((_with_order(current, at, plate, order) for order in candidates), key=lambda one: one.crossings)
    return current


def _with_order(current: Rows, at: int, plate: str | None, order: Sequence[Vertex]) -> Rows:
    members = iter(order)
    row = tuple(next(members) if vertex.plate == plate else vertex for vertex in current.rows[at])
    return replace(current, rows=(*current.rows[:at], row, *current.rows[at + 1 :]))


def _by_neighbours(members: Sequence[Vertex], current: Rows, at: int) -> list[Vertex]:
    """Return the vertices in the order of the middle of their neighbours in both adjacent rows."""
    place = {vertex: index for row in current.rows for index, vertex in enumerate(row)}

    def middle(vertex: Vertex) -> float:
        found = [place[other] for other in _neighbours(vertex, current.links[max(at - 1, 0) : at + 1])]
        return sum(found) / len(found) if found else place[vertex]

    return sorted(members, key=middle)


def _neighbours(vertex: Vertex, links: Iterable[Iterable[Link]]) -> Iterator[Vertex]:
    for source, target in (link for between in links for link in between):
        if vertex in (source, target):
            yield target if vertex == source else source


def _crossings(upper: Sequence[Vertex], lower: Sequence[Vertex], links: Sequence[Link]) -> int:
    above, below = ({vertex: at for at, vertex in enumerate(row)} for row in (upper, lower))
    ends = [(above[source], below[target]) for source, target in links]
    return sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ends) for c, d in ends[:i])

"""A model as a Mermaid flowchart: what depends on what, and which part is repeated."""

from __future__ import annotations

from pplcompare.models.graph.rows import edges_of
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed


def flowchart(model: Model) -> str:
    """Return Mermaid text: inputs as boxes, variables round, observations shaded, a frame for each plate.

    Nodes are numbered, since a name may be a word of Mermaid.
    """
    nodes = {item.name: f"n{place}" for place, item in enumerate(model.items)}
    lines = ["flowchart TD"]
    lines += [f"  {_node(nodes[item.name], item)}" for item in model.items if item.plate is None]
    for place, plate in enumerate(dict.fromkeys(item.plate for item in model.items if item.plate is not None)):
        lines.append(f'  subgraph p{place} ["for each {plate}"]')
        lines += [f"    {_node(nodes[item.name], item)}" for item in model.items if item.plate == plate]
        lines.append("  end")
    lines += [f"  {nodes[source]} --> {nodes[target]}" for source, target in edges_of(model)]
    observed = ",".join(nodes[item.name] for item in model.items if isinstance(item, Observed))
    lines += ["  classDef observed fill:#d5dce4", f"  class {observed} observed"] if observed else []
    return "\n".join(lines) + "\n"


def _node(node: str, item: Item) -> str:
    if isinstance(item, Input):
        return f'{node}["{item.name}"]'
    return f'{node}(["{item.name} ~ {item.distribution}"])'

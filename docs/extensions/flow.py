"""A flow chart as it is written in Mermaid, as far as our pages write it: nodes, arrows, words beside arrows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<arrow>-->|-\.->)(?:\|"?(?P<words>[^|"]*)"?\|)?
    |(?P<both>&)
    |(?P<name>\w+)(?:\["(?P<box>[^"]*)"\]|\{"(?P<question>[^"]*)"\})?)""",
    re.X,
)


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from one node to another, with words beside it; a dashed one is not the way, but what is asked."""

    source: str
    target: str
    words: str
    dashed: bool


@dataclass(slots=True)
class Flow:
    """The lines of each node, which nodes ask a question, and the arrows."""

    nodes: dict[str, list[str]] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)
    arrows: list[Arrow] = field(default_factory=list)

    @property
    def levels(self) -> dict[str, int]:
        """The row of each node: that after the last of those that lead to it."""
        level = dict.fromkeys(self.nodes, 0)
        for _ in self.nodes:
            for arrow in self.arrows:
                level[arrow.target] = max(level[arrow.target], level[arrow.source] + 1)
        return level


def _tokens(line: str) -> Iterator[re.Match[str]]:
    at = 0
    while line[at:].strip():
        token = _TOKEN.match(line, at)
        if token is None:
            raise ValueError(f"A flow chart of this site has no {line[at:]!r}.")
        yield token
        at = token.end()


def flow_of(text: str) -> Flow:
    """Return the chart that a text describes; what is not understood is refused."""
    head, *lines = text.strip().splitlines()
    if not head.startswith("flowchart "):
        raise ValueError(f"Only flow charts are drawn, not {head!r}.")
    flow = Flow()
    for line in lines:
        before: list[str] = []
        group: list[str] = []
        arrow: re.Match[str] | None = None
        for token in (*_tokens(line), None):
            if token is not None and token["name"]:
                group.append(token["name"])
                label = token["box"] or token["question"]
                flow.nodes.setdefault(token["name"], [token["name"]])
                if label is not None:
                    flow.nodes[token["name"]] = label.split("<br/>")
                if token["question"]:
                    flow.questions.add(token["name"])
            elif token is None or token["arrow"]:
                if arrow is not None:
                    dashed = arrow["arrow"] == "-.->"
                    flow.arrows += [Arrow(one, two, arrow["words"] or "", dashed) for one in before for two in group]
                before, group, arrow = group, [], token
    return flow

"""The published schema as tables: `.. schema-tables:: FILE` stands for all documents and all types of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ANCHOR: Final = "schema-"
_TICK: Final = re.compile(r"(?<!`)`(?!`)")
_WORDS: Final = {
    "null": "null",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
}


def _anchor(name: str) -> str:
    return _ANCHOR + name.lower()


def _joined(parts: Iterable[list[nodes.Node]], word: str) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for part in parts:
        found += [nodes.Text(word), *part] if found else part
    return found


def kind_of(schema: Mapping[str, Any]) -> list[nodes.Node]:
    """Return in words, with links, what a value is."""
    match schema:
        case {"$ref": str(where)}:
            name = where.rpartition("/")[2]
            return [nodes.reference("", name, refid=_anchor(name), internal=True)]
        case {"anyOf": list(choices)}:
            return _joined(map(kind_of, choices), " or ")
        case {"enum": list(values)}:
            return _joined(([nodes.literal("", json.dumps(value))] for value in values), ", ")
        case {"type": "array", "items": dict(of)}:
            return [nodes.Text("list of "), *kind_of(of)]
        case {"type": "object", "additionalProperties": dict(of)}:
            return [nodes.Text("by name: "), *kind_of(of)]
        case {"type": str(name)} if name in _WORDS:
            return [nodes.Text(_WORDS[name])]
        case {"description": str(words)}:
            return [nodes.Text(words)]
        case _ if not schema:
            return [nodes.Text("any value")]
    raise ValueError(f"The tables of the schema have no words for {schema}.")


def _table(head: tuple[str, ...], rows: Iterable[tuple[list[nodes.Node], ...]]) -> nodes.table:
    def row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head))
    group += nodes.thead("", row([nodes.Text(word)] for word in head))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group)


class SchemaTables(SphinxDirective):
    """Each document by its command, then each type by its name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        path = Path(self.env.srcdir) / self.arguments[0]
        self.env.note_dependency(str(path))
        schema = json.loads(path.read_text(encoding="utf-8"))
        documents = (([nodes.literal("", one["title"])], kind_of(one)) for one in schema["anyOf"])
        found: list[nodes.Node] = [_table(("command", "document"), documents)]
        for name, of in schema["$defs"].items():
            needed = set(of.get("required", ()))
            fields = (
                (
                    [nodes.literal("", key)],
                    kind_of(value),
                    [nodes.Text("always" if key in needed else "if there is one")],
                )
                for key, value in of["properties"].items()
            )
            said, _ = self.parse_inline(_TICK.sub("``", " ".join(of.get("description", "").split())))
            found += [
                nodes.rubric("", name, ids=[_anchor(name)]),
                nodes.paragraph("", "", *said),
                _table(("field", "value", "present"), fields),
            ]
        return found


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("schema-tables", SchemaTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What the extensions of the site cannot draw or say is refused, and not left out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

EXTENSIONS = Path(__file__).parents[1] / "docs" / "extensions"


def extension(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return an extension, as the site imports it."""
    monkeypatch.syspath_prepend(EXTENSIONS)
    return import_module(name)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "any value"),
        ({"type": "array", "items": {"type": "integer"}}, "list of whole number"),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, '"a" or null'),
    ],
)
def test_the_schema_is_told_in_words(schema: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = extension("schema_tables", monkeypatch).kind_of(schema)
    assert "".join(node.astext() for node in found) == words


@pytest.mark.parametrize("schema", [{"allOf": []}, {"type": "array"}, {"type": "array", "items": {"not": {}}}])
def test_a_schema_without_words_is_refused(schema: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no words for"):
        extension("schema_tables", monkeypatch).kind_of(schema)


@pytest.mark.parametrize(
    ("chart", "words"),
    [("sequenceDiagram\n  A->>B: hello", "Only flow charts"), ("flowchart TD\n  A ==> B", "has no")],
)
def test_a_picture_that_is_no_flow_chart_is_refused(chart: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = new_document("page.md", get_default_settings())
    document += nodes.literal_block(chart, chart, language="mermaid")
    with pytest.raises(ValueError, match=words):
        extension("flowcharts", monkeypatch).FlowCharts(document).apply()

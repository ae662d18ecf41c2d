"""Documents say what is there: files, lengths, distributions, links."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pplcompare.models.distributions import DISTRIBUTIONS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READ = re.compile(r"^- `([\w/.]+)`(?:, (from|to) `(\w+)`)?$", re.M)
LONGEST_READING = 1150
LONGEST_DECISION = 40


def section(title: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def lines_to_read(file: str, word: str, name: str) -> int:
    """Return how many lines of a file are read: all, or those to the end of a definition, or from its beginning."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if not word:
        return len(text.splitlines())
    (node,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
    )
    return int(node.end_lineno or 0) if word == "to" else len(text.splitlines()) - node.lineno + 1


def test_the_reading_order_takes_half_an_hour() -> None:
    entries = READ.findall(section("Reading order"))
    assert len(entries) >= 5
    assert sum(lines_to_read(*entry) for entry in entries) <= LONGEST_READING


def test_a_part_of_a_file_is_shorter_than_the_whole() -> None:
    whole, part = (lines_to_read("models/spec.py", *which) for which in (("", ""), ("to", "bind")))
    assert 0 < part < whole
    assert lines_to_read("models/spec.py", "from", "free_name") <= whole - part


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_short_and_listed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_DECISION
    if page.stem != "README":
        assert f"({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")
        assert all(f"**{part}" in text for part in ("Decision.", "Why", "What "))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_link_inside_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_file_that_is_named_by_its_path_exists(page: Path) -> None:
    """The change log speaks of the past."""
    for path in re.findall(
        r"`((?:models|backends|validation|tests|docs|benchmarks)/[\w/]+\.\w+)", page.read_text("utf-8")
    ):
        assert page.stem == "CHANGELOG" or (ROOT / path).exists(), path


def test_a_page_lists_every_distribution_that_a_model_is_written_with() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    listed = text[text.index("Distributions: `") :].split("\n\n")[0]
    written = {
        f"{name}({', '.join(kind.domains)})"
        for name, kind in DISTRIBUTIONS.items()
        if kind.proper or name == "PowerLaw"
    }
    assert set(re.findall(r"`(\w+\([\w, ]+\))`", listed)) == written


def test_the_glossary_has_no_word_twice() -> None:
    words = [word for row in re.findall(r"^\| ([^|]+) \|", section("Words"), re.M) for word in row.split(", ")]
    assert len(words) == len(set(words)) >= 25


def test_each_checklist_has_six_points() -> None:
    lists = re.split(r"^\*\*", section("Checklists"), flags=re.M)[1:]
    assert [text.split("**")[0] for text in lists] == [
        *("A distribution", "A check", "A mutant", "A backend", "A family of models", "A command"),
    ]
    assert all(re.findall(r"^(\d)\. ", text, re.M) == list("123456") for text in lists)

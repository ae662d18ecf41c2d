"""Pages show what their commands and programs print."""

from __future__ import annotations

import re

import pytest

from tests.documented_blocks import PAGES, blocks
from tests.executed_page import DOCS, LONGER, NAMES, matches, with_outputs

pytestmark = pytest.mark.seconds(30)


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_what_is_printed(name: str) -> None:
    assert with_outputs(page(name)) == page(name), f"uv run python -m tests.executed_page {name}"


@pytest.mark.nightly(twin="tests/test_executed_pages.py::test_a_page_shows_what_is_printed")
@pytest.mark.parametrize("name", LONGER)
def test_a_longer_page_shows_what_is_printed(name: str) -> None:
    test_a_page_shows_what_is_printed(name)


@pytest.mark.parametrize("name", [*NAMES, *LONGER])
def test_outputs_have_room_on_a_terminal(name: str) -> None:
    shown = [block.text for block in blocks(f"docs/{name}.md") if block.language == "console"]
    assert all(len(line) <= 80 for text in shown for line in text.splitlines())


def test_no_page_shows_digits_that_differ_between_processors() -> None:
    """Of an answer that is certified to 1e-8 the thirteenth decimal is by chance; true rates are shown as they are."""
    shown = [block.text for name in PAGES for block in blocks(name)]
    assert [text.splitlines()[0] for text in shown if re.search(r"\.\d{13,}", text)] == [
        "$ pplcompare simulate --groups 3 --trials 200,10,50 --rates --seed 1"
    ]


@pytest.mark.parametrize("name", ["with_blackjax", "with_emcee"])
def test_a_page_shows_an_example_as_it_is(name: str) -> None:
    code = (DOCS.parent / "examples" / f"{name}.py").read_text(encoding="utf-8")
    assert f"<!-- file: {name}.py -->\n```python\n{code}```\n" in page("your_sampler")


def test_another_output_is_seen() -> None:
    assert matches("a\n...\nc\n", "a\nb\nb\nc\n")
    assert matches("...\nc\n", "c\n")
    assert not matches("a\n...\nc\n", "a\nb\nd\n")
    assert not matches("a\n", "a\nb\n")
    assert matches("0.44072334067092533\n", "0.4407233406709249\n")
    assert not matches("0.44072334067092533\n", "0.44072334067192533\n")
    wrong = page("workshop").replace("0.0107422", "0.0107423")
    small = wrong[wrong.index("$ pplcompare ask coins") - len("```console\n") : wrong.index("coins = pc")]
    assert with_outputs(small) == small.replace("0.0107423", "0.0107422") != small

"""The page of the workshop's questions shows what its commands and programs print."""

from __future__ import annotations

import re

from tests.workshop_page import PAGE, matches, with_outputs


def test_the_page_shows_what_is_printed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_outputs(page) == page, "uv run python -m tests.workshop_page"


def test_outputs_have_room_on_a_terminal() -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks = [text for language, text in re.findall(r"```(\w*)\n(.*?)```", page, re.S) if language != "python"]
    assert len(blocks) > 15
    assert max(len(line) for block in blocks for line in block.splitlines()) <= 80


def test_another_output_is_seen() -> None:
    assert matches("a\n...\nc\n", "a\nb\nb\nc\n")
    assert matches("...\nc\n", "c\n")
    assert not matches("a\n...\nc\n", "a\nb\nd\n")
    assert not matches("a\n", "a\nb\n")
    wrong = PAGE.read_text(encoding="utf-8").replace("0.0107422", "0.0107423")
    small = wrong[wrong.index("$ pplcompare ask coins") - len("```console\n") : wrong.index("coins = pc")]
    assert with_outputs(small) == small.replace("0.0107423", "0.0107422") != small

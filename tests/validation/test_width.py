"""Every table at 60, 80, 100 and 120 columns: nothing is cut, no line is wider, and it looks as it did.

`PPLCOMPARE_WRITE_SHOWN=1` writes the files of `shown/` again.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any, Final, cast

import pytest
from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.exact.exact_words import seen_quantities
from pplcompare.validation.output.sheet import Column, Sheet, alike
from pplcompare.validation.output.spelling import spelled
from pplcompare.validation.output.terminal import console
from rich.cells import cell_len
from rich.console import Console

from tests.validation.shown_documents import FOLDER, SHOWS, WIDTHS, document, shown
from tests.validation.test_cli import in_process

every_document = pytest.mark.parametrize("name", SHOWS)
LONG: Final = "campaign-of-the-second-week-of-november-north-and-south-coast"
NAMES: Final = {
    "sixty letters": LONG,
    "wide letters": "秋の新製品キャンペーン第二週",
    "emoji": "🚀 launch 🎉",
    "right to left": "חברת הסתיו",
    "accents written apart": "ete\u0301 a\u0300 Paris",
}


@every_document
def test_a_table_looks_as_it_did(name: str) -> None:
    found = "".join(f"{f' {width} columns ':=^{width}}\n{shown(name, width)}" for width in WIDTHS)
    file = FOLDER / f"{name}.txt"
    if os.environ.get("PPLCOMPARE_WRITE_SHOWN"):
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@every_document
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    assert max(map(cell_len, shown(name, width).splitlines())) <= width


def names_in(found: Any) -> set[str]:
    """Return the names of a document that name rows, and its verdicts; those of first looks are in sentences."""
    keys = {"backend", "verdict", "change", "mutant", "defect", "model"}
    if isinstance(found, dict):
        own = {value for key, value in found.items() if key in keys and isinstance(value, str)}
        quantities = set(seen_quantities(cast("ExactDocument", found))) if "left_out" in found else set()
        return own.union(quantities, *(names_in(value) for key, value in found.items() if key != "first_look"))
    return set().union(*map(names_in, found)) if isinstance(found, list) else set()


@every_document
@pytest.mark.parametrize("width", WIDTHS)
def test_names_and_verdicts_are_whole(name: str, width: int) -> None:
    """Each word of them, that is: a name of several words may go on in the next line."""
    text = shown(name, width)
    found = document(name)
    names = set(list(found.values())[-1]["answer"]["ranking"]["group"][:10]) if name == "answer" else names_in(found)
    assert names or name in ("doctor", "list")
    for words in names:
        assert all(word in text for word in words.split()), words


@every_document
def test_ascii_has_no_broken_letters(name: str) -> None:
    text = shown(name, 80, "ascii")
    assert text.isascii()
    assert "\\u" not in text
    assert "?" not in text.replace("?", "", text.count("?") - shown(name, 80).count("?"))
    assert len(text.splitlines()) == len(shown(name, 80).splitlines())


def sheet_of(*names: str) -> Sheet:
    columns = (Column("group", least=16), Column("verdict"), *alike(("mean", "sd"), "moments", right=True))
    found = Sheet("rates", columns)
    for name in names:
        found.add(name, "underpowered", 1 / 3, None)
    return found


def printed(sheet: Sheet, width: int, encoding: str = "utf-8") -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=stream, width=width, _environ={}).print(sheet)
    stream.flush()
    stream.seek(0)
    return stream.read().splitlines()


def first_column(lines: list[str], width: int) -> str:
    """Return what stands in the first column of lines, together."""
    found = ""
    for line in lines:
        cells = ""
        for letter in line:
            if cell_len(cells + letter) > width:
                break
            cells += letter
        found += cells.rstrip()
    return found


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("width", [40, *WIDTHS])
def test_a_strange_name_is_whole_and_lines_up(name: str, width: int) -> None:
    heading, rule, *rows = printed(sheet_of(name, "B"), width)[1:]
    columns = cell_len(rule.split("  ")[0])
    end = next(at for at, row in enumerate(rows) if row.startswith("B "))
    assert first_column(rows[:end], columns).replace(" ", "") == name.replace(" ", "")
    assert rows[0].count("underpowered") == 1
    begins = {cell_len(row.split("underpowered")[0]) for row in rows if "underpowered" in row}
    assert begins == {cell_len(heading.split("verdict")[0])}


def test_a_strange_name_in_ascii_lines_up_as_it_is_printed() -> None:
    heading, rule, *rows = printed(sheet_of("é"), 80, "ascii")[1:]
    assert rule == "------  ------------  --------  --"
    assert rows[0] == "\\u00e9  underpowered  0.333333   -"
    assert heading == "group   verdict           mean  sd"


def test_parts_are_stacked_before_numbers_lose_digits_and_both_before_names_are_split() -> None:
    assert [line for line in printed(sheet_of("A"), 80) if line] == [
        "rates",
        "group  verdict           mean  sd",
        "─────  ────────────  ────────  ──",
        "A      underpowered  0.333333   –",
    ]
    stacked = [line for line in printed(sheet_of("A"), 20) if line]
    assert stacked[4:6] == ["rates: moments", "group      mean  sd"]
    assert "0.333333" in stacked[-1]
    narrow = [line for line in printed(sheet_of("A"), 16) if line]
    assert "0.333" in narrow[-1]
    assert "underpowered" in " ".join(narrow)


@pytest.mark.parametrize("width", [40, 30, 20])
def test_a_sign_of_per_cent_stays_with_its_number(width: int) -> None:
    sheet = Sheet("", (Column("group", least=8), *alike(("mean of it", "50 %", "97.5 %"), right=True)))
    sheet.add("a name of several words", 1 / 3, "2", "7")
    assert not any(line.split()[:1] == ["%"] for line in printed(sheet, width))
    assert any("97.5 %" in line for line in printed(sheet, width))


def test_a_row_of_which_a_part_has_nothing_is_not_in_it() -> None:
    sheet = Sheet("", (Column("name"), Column("mean"), Column("words of it", "words")))
    sheet.add("first", 1.5, "some words that need their room")
    sheet.add("second", 2.5, "")
    lines = printed(sheet, 36)
    assert sum("second" in line for line in lines) == 1
    assert sum("first" in line for line in lines) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_has_stays(encoding: str) -> None:
    assert spelled("é – ²", encoding) == {"ascii": "\\u00e9 - ^2", "latin-1": "é - ²", "utf-8": "é – ²"}[encoding]


def test_a_pipe_is_as_wide_as_the_tables_unless_columns_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width > 10_000
    monkeypatch.setenv("TERM", "dumb")
    assert console().width > 10_000
    monkeypatch.setenv("COLUMNS", "72")
    assert console().width == 72


def on_the_command_line(*arguments: str, **environment: str) -> str:
    """Return what a command prints into a pipe in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "pplcompare.validation.cli", *arguments]
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, check=True, timeout=600)
    return done.stdout.decode()


def test_a_command_in_the_c_locale_prints_ascii_in_the_width_that_is_exported() -> None:
    environment = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "COLUMNS": "60", "TERM": "dumb"}
    text = on_the_command_line("exact", "campaigns", "--model", "independent", "--verbose", **environment)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 60
    assert "independent, exact posterior: probabilities" in text
    assert "\\u" not in text


def test_colours_that_are_forced_into_a_pipe_neither_stack_nor_cut() -> None:
    text = on_the_command_line("list", "exit-codes", "distributions", FORCE_COLOR="1")
    assert "\x1b[" in text
    plain = on_the_command_line("list", "exit-codes", "distributions", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[3" not in plain
    assert max(map(len, plain.splitlines())) > 120
    assert "HalfStudentT(df, scale)" in plain


@pytest.mark.parametrize("language", ["math", "mermaid", "svg", "stan", "pymc", "numpyro"])
def test_a_program_is_text_that_is_never_wrapped(language: str) -> None:
    arguments = ("show", "hierarchical", "rats", "--as", language)
    narrow, wide = (in_process(*arguments, COLUMNS=columns).stdout for columns in ("60", "120"))
    assert narrow == wide != ""

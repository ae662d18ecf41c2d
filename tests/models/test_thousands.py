"""Marks between the digits of counts are read where they can be nothing else, and this is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from pplcompare.models.datasets import DataLike, load, read_data
from pplcompare.models.errors import DataError, DataWarning

from tests.models.test_datasets import rows

GERMAN = (
    "\ufeffVariant;Visitors;Conversions;Conversion rate\r\n"
    "Old subject line;1.204;96;7,97 %\r\nNew subject line;1.187;121;10,19 %\r\nTotal;2.391;217;9,08 %\r\n"
)
EXPECTED = [("Old subject line", 1204, 96), ("New subject line", 1187, 121)]


def written(folder: Path, content: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(content, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as error:
        load(path)
    return str(error.value)


def test_the_file_of_a_european_spreadsheet_is_read_by_its_rates(tmp_path: Path) -> None:
    reading = read_data(written(tmp_path, GERMAN))
    assert rows(reading.counts) == EXPECTED
    assert reading.notes == ("counts.csv: 1.204 in 'Visitors' was read as 1204, as the rates in 'Conversion rate' say",)
    assert "and was left out, got 'Total'" in str(reading.doubts[0])


@pytest.mark.parametrize(
    ("cells", "counts", "mark"),
    [
        (("1.204", "1.187"), (1204, 1187), "dot"),
        (("1.204", "10.000"), (1204, 10000), "dot"),
        (('"1,204"', '"1,187"'), (1204, 1187), "comma"),
        (("1 204", "1 187"), (1204, 1187), "blank"),
        (("1\u202f204", "1\u202f187"), (1204, 1187), "blank"),
        (("1'204", "1'000'187"), (1204, 1000187), "apostrophe"),
    ],
)
def test_marks_that_all_counts_have_are_read_with_a_warning(
    cells: tuple[str, str], counts: tuple[int, int], mark: str, tmp_path: Path
) -> None:
    path = written(tmp_path, f"group;n;k\nA;{cells[0]};96\nB;{cells[1]};121\n")
    with pytest.warns(DataWarning, match=f"in 'n' was read as {counts[0]}; write it without the {mark} if"):
        found = load(path)
    assert found.trials.tolist() == list(counts)
    assert found.successes.tolist() == [96, 121]


@pytest.mark.parametrize(
    "cells",
    [
        ("10.000", "20.000"),  # or 10 and 20
        ("0.204", "0.187"),
        ("1.204", "200"),
        ("1.204", "1,187"),
        ("1.204", "1.5"),
        ("1204.187", "1.204"),
    ],
)
def test_what_may_be_a_fraction_is_refused(cells: tuple[str, str], tmp_path: Path) -> None:
    message = refused(written(tmp_path, f"group;n;k\nA;{cells[0]};3\nB;{cells[1]};2\n"))
    assert "column n: " in message
    assert "needed" in message or "ambiguous, 10 or 10000" in message


def test_rates_decide_what_may_be_two_things(tmp_path: Path) -> None:
    for n, share, expected in (("10.000", "3,00 %", 10_000), ("10.000", "30,0 %", None)):
        k = 300 if expected else 3
        path = written(tmp_path, f"group;n;k;rate\nA;{n};{k};{share}\nB;200;19;9,5 %\n")
        if expected is None:
            assert "ambiguous, 10 or 10000" in refused(path)
        else:
            reading = read_data(path)
            assert rows(reading.counts) == [("A", expected, 300), ("B", 200, 19)]
            assert "as the rates in 'rate' say" in reading.notes[0]


def test_a_column_whose_name_ends_in_rate_decides_if_its_rates_are_those_of_the_counts(tmp_path: Path) -> None:
    table = 'Page;Sessions;Sign-ups;Sign-up rate\nBlue;"2,310";151;{}\nGreen;"2,287";192;8.4%\n'
    reading = read_data(written(tmp_path, table.format("6.5%")))
    assert rows(reading.counts) == [("Blue", 2310, 151), ("Green", 2287, 192)]
    assert "as the rates in 'Sign-up rate' say" in reading.notes[0]
    assert reading.doubts == ()
    (doubt,) = read_data(written(tmp_path, table.format("7.5%"))).doubts
    assert "write it without the comma if that is meant" in str(doubt)


def test_rates_that_say_otherwise_decide_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "group;n;k;rate\nA;10.000;300;9,00 %\nB;200;19;9,5 %\n")
    assert "ambiguous, 10 or 10000" in refused(path)


def test_data_frames_are_read_as_files_are() -> None:
    columns: dict[str, list[Any]] = {
        "variant": ["A", "B"],
        "visitors": ["1.204", "1.187"],
        "orders": [96, 121],
        "cr": ["7,97 %", "10,19 %"],
    }
    frames: tuple[DataLike, ...] = (pd.DataFrame(columns), pl.DataFrame(columns), columns)
    for frame in frames:
        assert rows(load(frame)) == [("A", 1204, 96), ("B", 1187, 121)]
    total = {"variant": ["A", "B", "Total"], "visitors": [4, 3, 7], "orders": [1, 2, 3]}
    with pytest.warns(DataWarning, match=r"row 2 \(from 0\): the last row is the sum of the others, and was left out"):
        assert rows(load(pd.DataFrame(total))) == [("A", 4, 1), ("B", 3, 2)]


def test_counts_with_a_decimal_comma_and_a_nought_are_whole(tmp_path: Path) -> None:
    assert rows(load(written(tmp_path, "group;n;k\nA;200,0;19,0\nB;10,0;3,0\n"))) == [("A", 200, 19), ("B", 10, 3)]
    assert "a whole number is needed, got '3,5'" in refused(written(tmp_path, "group;n;k\nA;200,0;3,5\n"))


def test_columns_that_seem_exchanged_are_told(tmp_path: Path) -> None:
    message = refused(written(tmp_path, "variant,visitors,orders\nA,19,200\nB,3,10\n"))
    assert message.endswith("got 200; if the columns are exchanged: --columns n=orders,k=visitors")
    assert "exchanged" not in refused(written(tmp_path, "variant,visitors,orders\nA,19,200\nB,30,10\n"))

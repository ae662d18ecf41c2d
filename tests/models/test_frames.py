"""Data frames of every library, read as the same table in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pplcompare.models.datasets import load

from tests.models.test_datasets import rows
from tests.models.test_tables import EXPECTED, refused

PLAIN: Final = {"variant": ["A", "B"], "visitors": [4, 3], "conversions": [1, 2]}
TRIALS: Final = {"variant": list("AAAABBB"), "converted": [True, False, False, False, True, True, False]}
MAKERS: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas, nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pandas, another index": lambda columns: pd.DataFrame(columns, index=range(100, 100 + len(columns["variant"]))),
    "pandas, categories": lambda columns: pd.DataFrame(columns).astype({"variant": "category"}),
    "pandas, groups in the index": lambda columns: pd.DataFrame(columns).set_index("variant"),
    "polars": pl.DataFrame,
    "polars, lazy": pl.LazyFrame,
    "polars, categories": lambda columns: pl.DataFrame(columns, schema_overrides={"variant": pl.Categorical}),
    "pyarrow": pa.table,
    "columns": dict,
    "columns of NumPy": lambda columns: {name: np.array(values) for name, values in columns.items()},
}


@pytest.mark.parametrize("columns", [PLAIN, TRIALS], ids=["counts", "trials"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_data_frame_of_every_library_is_read(make: Callable[[Any], Any], columns: dict[str, list[Any]]) -> None:
    assert rows(load(make(columns))) == EXPECTED


def test_counts_become_data_frames_and_back() -> None:
    counts = load("campaigns")
    assert counts.to_dict() == {"group": ["A", "B"], "n": [200, 10], "k": [19, 3]}
    for again in (counts.to_dict(), pd.DataFrame(counts.to_dict()), pl.DataFrame(counts.to_dict())):
        assert rows(load(again)) == rows(counts)


def test_what_people_make_of_raw_trials_with_pandas_is_read() -> None:
    raw = pd.DataFrame(TRIALS)
    assert rows(load(pd.crosstab(raw["variant"], raw["converted"]))) == EXPECTED
    assert rows(load(raw.groupby("variant")["converted"].agg(n="size", k="sum"))) == EXPECTED
    grouped = raw.assign(week=[1, 2, 1, 2, 1, 2, 1]).groupby(["variant", "week"])["converted"].agg(n="size", k="sum")
    assert rows(load(grouped, by="variant")) == EXPECTED
    assert "columns={'k': '1', 'failures': '0'}" in refused(pd.crosstab(raw["variant"], raw["converted"].astype(int)))


FRAMES_REFUSED = {
    "missing": (
        pd.DataFrame({**PLAIN, "visitors": [4, None]}),
        "row 1 (from 0), column visitors: a whole number is needed, and the value is missing; fill it in",
    ),
    "NaN": (
        pl.DataFrame({**PLAIN, "visitors": [4.0, float("nan")]}),
        "polars.DataFrame, row 1 (from 0), column visitors: a whole",
    ),
    "a truth value": (
        pa.table({**TRIALS, "n": [4] * 7}),
        "Table, row 0 (from 0), column converted: a whole number is needed",
    ),
    "a missing outcome": (
        pl.DataFrame({**TRIALS, "converted": [True] * 6 + [None]}),
        "row 6 (from 0), column converted: an out",
    ),
    "a missing name": (
        pd.DataFrame({**PLAIN, "variant": ["A", None]}),
        "row 1 (from 0), group: a name is needed, got ''",
    ),
    "two meanings": (pl.DataFrame({**PLAIN, "users": [4, 3]}), "columns={'n': 'visitors'} or columns={'n': 'users'}"),
    "two keys": (
        pd.DataFrame({"site": ["A", "A", "B"], "week": [1, 2, 1], "n": [4, 3, 2], "k": [1, 2, 1]}),
        "by='site' sums over 'week', by='week' sums over 'site', by=['site', 'week'] keeps both",
    ),
    "an index without a name": (
        pd.DataFrame({"n": [4, 3], "k": [1, 2]}, index=["A", "B"]),
        "pandas.DataFrame: an index without a name, got 'A'; name it, rename_axis(\"group\")",
    ),
    "no names": (pd.DataFrame({"n": [4, 3], "k": [1, 2]}), "add a column with a name for each row"),
    "no columns": (pd.DataFrame(), "pandas.DataFrame: no columns; needs names of groups, trials and successes"),
    "no rows": (pl.DataFrame({"group": [], "n": [], "k": []}), "polars.DataFrame: no groups"),
    "a name twice": (
        pd.DataFrame([["A", 4, 1, 1]], columns=["group", "n", "k", "k"]),
        "pandas.DataFrame: no data frame that can be read, DuplicateError",
    ),
    "a series": (pd.Series([1, 2]), "DATA: no data"),
    "columns of two lengths": ({"n": [1, 2], "k": [1]}, "columns: columns differ in length, got {'n': 2, 'k': 1}"),
    "columns without names": ({"n": [200, 10], "k": [19, 3]}, "add a column with a name for each row"),
}


@pytest.mark.parametrize(("data", "words"), FRAMES_REFUSED.values(), ids=FRAMES_REFUSED)
def test_a_data_frame_that_cannot_be_used_is_refused_by_row_and_value(data: Any, words: str) -> None:
    assert words in refused(data)


def test_rates_of_32_bits_have_the_digits_that_they_show() -> None:
    frame = pd.DataFrame({"g": ["A", "B"], "n": [200, 10], "rate": np.array([0.095, 0.3], dtype="float32")})
    assert rows(load(frame)) == [("A", 200, 19), ("B", 10, 3)]


def test_labels_of_data_frames_are_those_of_files() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02"])
    for frame in (
        pd.DataFrame({"group": days, "n": [4, 3], "k": [1, 2]}),
        pl.DataFrame({"group": days, "n": [4, 3], "k": [1, 2]}),
    ):
        assert load(frame).groups == ("2024-01-01", "2024-01-02")
    assert load(pl.DataFrame({"group": [7, 8], "n": [4, 3], "k": [1, 2]})).groups == ("7", "8")

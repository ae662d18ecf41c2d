"""One table in all the forms that people have is the same counts, whatever its groups are called."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.errors import DataError

from tests.models.test_datasets import rows

type Groups = list[tuple[str, int, int]]


def lines(header: list[str], table: list[tuple[Any, ...]], separator: str = ",", end: str = "\n") -> str:
    """Return a file in which every cell is quoted."""
    quoted = [['"' + str(cell).replace('"', '""') + '"' for cell in row] for row in (header, *table)]
    return "".join(separator.join(row) + end for row in quoted)


def frame_of(table: Groups) -> dict[str, list[Any]]:
    return {name: [row[place] for row in table] for place, name in enumerate(("variant", "visitors", "orders"))}


def each_trial(table: Groups) -> list[tuple[str, int]]:
    return [(g, int(i < k)) for g, n, k in table for i in range(n)]


def percent(table: Groups) -> str:
    rates = [(g, n, f"{100 * k / n:.7f}".replace(".", ",") + "%") for g, n, k in table]
    return lines(["arm", "n", "ctr"], rates, ";")


def wide(table: Groups) -> str:
    groups, trials, successes = zip(*table, strict=True)
    return lines(["", *groups], [("trials", *trials), ("successes", *successes)])


WAYS: dict[str, Callable[[Groups], Any]] = {
    "counts": lambda table: lines(["group", "n", "k"], table),
    "semicolons": lambda table: lines(["Variant", "Visitors", "Conversions"], table, ";", "\r\n"),
    "tabs": lambda table: "\ufeff" + lines(["arm", "patients", "deaths"], table, "\t", "\r"),
    "another order": lambda table: lines(["sales", "note", "site", "visits"], [(k, "x", g, n) for g, n, k in table]),
    "failures": lambda table: lines(["arm", "success", "failure"], [(g, k, n - k) for g, n, k in table]),
    "trials and failures": lambda table: lines(["arm", "n", "failures"], [(g, n, n - k) for g, n, k in table]),
    "rates": lambda table: lines(["arm", "n", "rate"], [(g, n, f"{k / n:.9f}") for g, n, k in table]),
    "percent": percent,
    "groups as columns": wide,
    "pandas": lambda table: pd.DataFrame(frame_of(table)),
    "polars": lambda table: pl.DataFrame(frame_of(table)),
    "pyarrow": lambda table: pa.table(frame_of(table)),
}
WAYS_OF_TRIALS: dict[str, Callable[[Groups], Any]] = {
    "outcomes": lambda table: lines(["arm", "converted"], each_trial(table)),
    "yes and no": lambda table: lines(["won", "arm"], [(("no", "yes")[k], g) for g, k in each_trial(table)]),
    "polars": lambda table: pl.DataFrame(each_trial(table), schema=["arm", "bought"], orient="row"),
}
LABELS: Final = st.text(
    st.characters(exclude_categories=["C", "Z", "M"], exclude_characters="#"), min_size=1, max_size=6
).map("g{}".format)
COUNTED: Final = st.tuples(LABELS, st.integers(1, 9), st.integers(0, 9)).map(lambda row: (*row[:2], min(row[1:])))


def typed(text: str) -> Counts:
    """Return the counts of what is typed into standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return load("-")


@settings(max_examples=20, deadline=None)
@given(table=st.lists(COUNTED, min_size=2, max_size=4, unique_by=lambda row: row[0]))
def test_one_table_in_all_forms_is_the_same_counts(table: Groups) -> None:
    try:
        expected = rows(Counts(*zip(*table, strict=True)))
    except DataError:  # names that look alike
        return
    # Groups of one trial each could as well be groups whose trials are not told.
    in_trials = max(n for _, n, _ in table) > 1
    for way, make in {**WAYS, **(WAYS_OF_TRIALS if in_trials else {})}.items():
        made = make(table)
        assert rows(typed(made) if isinstance(made, str) else load(made)) == expected, way


@settings(max_examples=50, deadline=None)
@given(
    text=st.lists(st.sampled_from([*'ab,;\t\n"#. 01', "n", "k", "group", "yes", "rate"]), max_size=40).map("".join),
    header=st.sampled_from(["", "group,n,k\n", "variant;converted\n", ",A,B\n"]),
)
def test_any_text_is_read_or_refused(text: str, header: str) -> None:
    try:
        typed(header + text)
    except DataError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable() or not message

"""What notebooks show of our values, and the data frames that they become."""

from __future__ import annotations

import re
import sys
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pplcompare as pc
import pytest
from pplcompare.models.shown_table import FRAMES, ShownTable

COUNTS = pc.Counts(["A<b>", "B"], [200, 10], [19, 3])


@pytest.fixture(scope="module")
def answer() -> pc.ExactPosterior:
    return pc.exact_posterior(pc.hierarchical(), COUNTS)


@pytest.fixture(scope="module")
def draws(answer: pc.ExactPosterior) -> dict[str, Any]:
    drawn = answer.simulate(4000, np.random.default_rng(3))
    return {name: values.reshape((4, 1000, *values.shape[1:])) for name, values in drawn.items()}


def parsed(text: str) -> ET.Element:
    """Return a piece of a page; it is XML as well."""
    return ET.fromstring(f"<div>{text}</div>")


def cells(text: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in parsed(text).iter("tr")]


def test_everything_has_one_picture_of_its_own_and_no_name_is_a_tag(
    answer: pc.ExactPosterior, draws: dict[str, Any]
) -> None:
    values = [
        pc.hierarchical(),
        COUNTS,
        answer,
        answer["rate", "B"],
        answer["alpha"],
        answer.predict("B"),
        answer.difference("B", "A<b>"),
        answer.ratio("B", "A<b>"),
        pc.check(answer, draws),
        pc.UsageError("no <such> thing", where="A<b>"),
    ]
    for value in values:
        text = value._repr_html_()  # type: ignore[attr-defined]
        assert parsed(text) is not None
        assert not list(parsed(text).iter("b")), value
        assert "object at 0x" not in repr(value)
        assert repr(value) not in ("", text)


def test_numbers_are_on_the_right_and_words_on_the_left(answer: pc.ExactPosterior) -> None:
    for row in parsed(answer._repr_html_()).iter("tr"):
        first, *others = row
        assert first.attrib["style"] == "text-align: left"
        assert all(one.attrib["style"].startswith("text-align: right") for one in others)


def test_a_model_shows_its_mathematics_and_its_graph() -> None:
    text = pc.hierarchical()._repr_html_()
    assert ["rategroup", "~", "Beta(α, β)", ""] in cells(text)
    assert text.count("<svg") == 1


def test_a_law_shows_the_numbers_that_it_has(answer: pc.ExactPosterior) -> None:
    law = answer["rate", "B"]
    low, middle, high = law.quantile(np.array([0.03, 0.5, 0.97]))
    shown = dict(zip(*cells(law._repr_html_()), strict=True))
    assert shown["mean"] == f"{law.mean:.6g}"
    assert [shown[name] for name in ("3 %", "50 %", "97 %")] == [f"{x:.6g}" for x in (low, middle, high)]
    assert repr(law) == f"<mean {law.mean:.6g}, sd {law.sd:.6g}, 3 % {low:.6g}, 50 % {middle:.6g}, 97 % {high:.6g}>"
    assert re.fullmatch(r"<mean 2\.79\d*, sd 1\.7\d*, 3 % 0, 50 % 3, 97 % 6>", repr(answer.predict("B")))


def test_what_is_not_certified_is_called_so() -> None:
    before = pc.exact_posterior(pc.hierarchical_proportion(), COUNTS).before_the_data().new_group()
    assert "3 % not certified" in repr(before)


@pytest.mark.parametrize("backend", FRAMES)
def test_tables_become_data_frames(backend: str, answer: pc.ExactPosterior, draws: dict[str, Any]) -> None:
    import narwhals.stable.v2 as nw

    pytest.importorskip(backend)
    counts = nw.from_native(COUNTS.to_dataframe(backend), eager_only=True)
    assert counts.to_dict(as_series=False) == COUNTS.to_dict()
    found = nw.from_native(answer.to_dataframe(backend), eager_only=True)
    means = dict(zip(found["quantity"].to_list(), found["mean"].to_list(), strict=True))
    assert means["rate[B]"] == answer["rate", "B"].mean
    checked = pc.check(answer, draws)
    comparisons = nw.from_native(checked.to_dataframe(backend), eager_only=True)
    assert comparisons["outcome"].to_list() == [str(result.outcome) for result in checked.report.results]


def test_words_among_numbers_are_missing_in_a_frame() -> None:
    table = ShownTable("x", {"name": ["a", "b"], "mean": [1.5, "infinite"]})
    found: Any = table.frame()
    assert found["mean"].isna().tolist() == [False, True]
    assert cells(table.html())[2] == ["b", "infinite"]


def test_a_library_that_is_missing_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pc.UsageError, match="no such library, got 'excel'; known: pandas, polars, pyarrow"):
        COUNTS.to_dataframe("excel")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(pc.UsageError, match="is not installed, got 'polars'; pip install polars"):
        COUNTS.to_dataframe("polars")


def test_long_tables_say_how_much_is_left_out() -> None:
    text = ShownTable("x", {"name": [str(i) for i in range(100)]}, most=10).html()
    assert len(cells(text)) == 11
    assert "90 more rows." in text

"""Distributions that are drawn on the same axes are told apart, and all are seen."""

from __future__ import annotations

from typing import Any, Final

import pytest
from matplotlib.figure import Figure
from pplcompare.validation.exact.beta_binomial.predictive import BetaBinomialMixture
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal

NAMES: Final = ("left", "right", "middle")
LAWS: Final = (BetaMarginal(2.0, 30.0), BetaMarginal(300.0, 60.0), BetaMarginal(30.0, 30.0))


@pytest.fixture
def axes() -> Any:
    return Figure().add_subplot()


def test_each_has_a_name_and_a_colour_and_no_range_shrinks(axes: Any) -> None:
    alone = [law.plot(Figure().add_subplot()) for law in LAWS]
    for law, name in zip(LAWS, NAMES, strict=True):
        law.plot(axes, label=name)
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(texts) == sorted([*NAMES, "94 % highest density", "median"])
    curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert len({line.get_color() for line in curves}) == len(LAWS)
    handles = dict(zip(texts, axes.get_legend().legend_handles, strict=True))
    assert [handles[name].get_color() for name in NAMES] == [line.get_color() for line in curves]
    for ends, of_axes in ((axes.get_xlim(), "get_xlim"), (axes.get_ylim(), "get_ylim")):
        ranges = [getattr(one, of_axes)() for one in alone]
        assert ends == (min(low for low, _ in ranges), max(high for _, high in ranges))


def test_what_people_drew_before_stays_in_sight(axes: Any) -> None:
    axes.plot([-3.0, 3.0], [0.0, 500.0])
    before = axes.get_xlim()
    LAWS[0].plot(axes)
    assert axes.get_xlim() == before


def test_what_has_no_name_is_told_apart_as_well(axes: Any) -> None:
    for law in LAWS:
        law.plot(axes)
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert len(set(texts)) == len(texts) == len(curves) + 2
    shown = [handle.get_color() for handle in axes.get_legend().legend_handles]
    assert {line.get_color() for line in curves} <= set(shown)


def test_bars_do_not_hide_bars(axes: Any) -> None:
    for trials, name in ((20, "twenty"), (30, "thirty")):
        BetaBinomialMixture(LAWS[0], trials).plot(axes, label=name)
    texts = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"twenty", "thirty"} < texts
    assert axes.get_xlabel() == ""
    steps = axes.patches[-1].get_data()
    assert steps.values.sum() == pytest.approx(1.0, abs=0.01)

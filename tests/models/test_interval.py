"""Intervals and their unbounded coordinates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.models.interval import POSITIVE, REAL, UNIT, Interval

from tests.reference.density import context

INTERVALS = [REAL, POSITIVE, UNIT, Interval(0.7), Interval(-3.0), Interval(0.05, 0.9), Interval(-2.0, 5.5)]
coordinates = st.floats(-15, 15)


@pytest.mark.parametrize("interval", INTERVALS, ids=str)
@given(u=coordinates)
def test_the_unbounded_coordinate_comes_back(interval: Interval, u: float) -> None:
    """The distance to an end is known to a few units of the last place of x; u to these divided by the distance."""
    x = interval.constrain(np.array([u]))
    assert interval.holds(x)
    eps = np.finfo(float).eps
    near = min((abs(float(x[0]) - end) for end in (interval.low, interval.high) if math.isfinite(end)), default=1.0)
    allowed = 4 * eps * (1 + abs(u) + max(abs(float(x[0])), interval.largest) / near)
    assert abs(float(interval.unconstrain(x)[0]) - u) <= allowed


@pytest.mark.parametrize("interval", INTERVALS, ids=str)
@given(u=coordinates)
def test_the_slope_is_the_derivative_of_the_map(interval: Interval, u: float) -> None:
    x = interval.constrain(np.array([u]))
    exact = context.mpf(float(x[0]))
    low, high = context.mpf(interval.low), context.mpf(interval.high)
    if interval is REAL:
        slope = context.one
    elif math.isinf(interval.high):
        slope = exact - low
    else:
        slope = (exact - low) * (high - exact) / (high - low)
    assert interval.slope(x)[0] == pytest.approx(float(slope), rel=1e-13)
    total = sum(float(term[0]) for term in interval.log_slope_terms(x))
    assert total == pytest.approx(float(context.log(slope)), rel=1e-13, abs=1e-13)


@given(u=coordinates, v=coordinates)
def test_the_map_keeps_the_order(u: float, v: float) -> None:
    for interval in INTERVALS:
        x, y = interval.constrain(np.array([min(u, v), max(u, v)]))
        assert x <= y


@pytest.mark.parametrize(
    ("x", "inside"), [(0.0, False), (1.0, False), (0.5, True), (math.nan, False), (-1.0, False), (math.inf, False)]
)
def test_an_interval_is_open_and_holds_no_nan(x: float, inside: bool) -> None:
    assert UNIT.holds(x) is inside
    assert UNIT.holds(np.array([0.5, x])) is inside


def test_intervals_contain_one_another() -> None:
    assert REAL.contains(POSITIVE)
    assert POSITIVE.contains(UNIT)
    assert UNIT.contains(Interval(0.05, 0.9))
    assert not UNIT.contains(Interval(0.05, 1.1))
    assert not POSITIVE.contains(REAL)
    assert not Interval(0.7).contains(POSITIVE)
    assert not UNIT.contains(Interval(math.nan, math.nan))


def test_the_largest_end_leaves_infinity_out() -> None:
    assert REAL.largest == 0
    assert Interval(0.7).largest == 0.7
    assert Interval(-3.0, 2.0).largest == 3.0


def test_an_interval_shows_its_ends() -> None:
    assert str(Interval(0.05, 0.9)) == "(0.05, 0.9)"
    assert str(POSITIVE) == "(0, inf)"

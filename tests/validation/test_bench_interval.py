"""Intervals of medians: the stated coverage is the real one, whatever the law of times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.validation.bench.median_interval import (
    COVERAGE,
    MedianInterval,
    coverage,
    median_interval,
    ratio_interval,
    separate_ratio,
)
from scipy import stats


@pytest.mark.parametrize(("values", "expected"), [(5, 0.0), (6, 1 - 2 / 64), (8, 1 - 2 / 256), (9, 1 - 2 * 10 / 512)])
def test_the_coverage_is_that_of_order_statistics(values: int, expected: float) -> None:
    assert median_interval(range(values)).coverage == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("law", [stats.lognorm(1.0), stats.pareto(1.1), stats.uniform()])
def test_the_interval_covers_the_median_as_often_as_it_says(law: stats.rv_continuous) -> None:
    draws = law.rvs((4000, 9), random_state=np.random.default_rng(5))
    found = [median_interval(row) for row in draws]
    covered = sum(not each.excludes(float(law.median())) for each in found)
    low, high = stats.binom.interval(1 - 1e-6, 4000, coverage(9, 2))
    assert low <= covered <= high
    assert coverage(9, 2) >= COVERAGE > coverage(9, 3)


@given(st.lists(st.floats(1e-6, 1e6), min_size=6, max_size=40))
def test_the_median_lies_inside(values: list[float]) -> None:
    found = median_interval(values)
    assert found.low is not None
    assert found.high is not None
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


def test_too_few_values_have_no_interval_and_exclude_nothing() -> None:
    assert median_interval([1.0, 2.0, 3.0]) == MedianInterval(2.0)
    assert not median_interval([1.0, 2.0, 3.0]).excludes(100.0)


def test_ratios_of_the_same_rounds_do_not_see_what_disturbs_both() -> None:
    noise = np.random.default_rng(1).lognormal(0.0, 1.0, 12)
    found = ratio_interval(list(2.0 * noise), list(noise))
    assert (found.low, found.median, found.high) == pytest.approx((2.0, 2.0, 2.0))


def test_ratios_of_separate_runs_cover_if_both_intervals_do() -> None:
    found = separate_ratio(MedianInterval(10.0, 8.0, 12.0, 0.97), MedianInterval(5.0, 4.0, 6.0, 0.97))
    assert (found.median, found.low, found.high) == pytest.approx((2.0, 8 / 6, 3.0))
    assert found.coverage == pytest.approx(0.94)
    assert separate_ratio(MedianInterval(10.0), MedianInterval(5.0)) == MedianInterval(2.0)

"""Sums over the steps of counts by few places, against 50 digits and against the steps one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.models.marginal.ladder import ladder, places

from tests.reference.density import context, digamma, log_gamma

EPS = float(np.finfo(np.float64).eps)
DIGITS = 1e-30  # what is left of 50 where log-gamma functions of 1e12 cancel
SHAPES = (1e-6, 0.3, 2.5, 100.0, 1e4, 1e8, 1e12)

CASES = {
    "one": ([1], [1]),
    "none": ([0], [7]),
    "a step more than one by one": ([17], [1]),
    "one block": ([63, 20, 41], [1, 3, 2]),
    "a short last block": ([70], [5]),
    "alone": ([200], [1]),
    "most climb few steps": ([17, 18, 19, 63, 1000], [10**6, 1, 1, 10**6, 1]),
    "all lengths": (list(range(300)), [1] * 300),
    "far apart": ([3, 200, 10**4, 10**6], [10**6, 17, 3, 1]),
    "a billion": ([3, 10**5, 10**9 + 7, 10**9], [5, 1, 1, 2]),
}


@pytest.mark.parametrize("case", CASES)
def test_rising_factorials_are_exact_to_a_few_units(case: str) -> None:
    counts, groups = CASES[case]
    at, weights = ladder(np.array(counts), np.array(groups))
    for z in SHAPES:
        x = context.mpf(z)
        value, slope = context.zero, context.zero
        for k, g in zip(counts, groups, strict=True):
            value += g * (log_gamma(x + k) - log_gamma(x) - k * context.log(x))
            slope += g * (k - x * (digamma(x + k) - digamma(x)))
        found = float(np.sum(weights * np.log1p(at / z)))
        assert abs(float(value) - found) <= 16 * EPS * float(value) + DIGITS
        assert abs(float(slope) - float(np.sum(weights * (at / (at + z))))) <= 16 * EPS * float(slope) + DIGITS


@pytest.mark.parametrize("case", CASES)
def test_places_are_few_and_weights_positive(case: str) -> None:
    counts, groups = CASES[case]
    at, weights = ladder(np.array(counts), np.array(groups))
    assert np.all(weights > 0)
    assert np.all(np.diff(at) > 0)
    assert np.all((at >= 0) & (at <= max(max(counts) - 1, 0)))
    assert max(counts) == 0 or len(at) <= places(max(counts))
    first = weights[:16]
    assert first.tolist() == [sum(g for k, g in zip(counts, groups, strict=True) if k > m) for m in range(len(first))]


def test_how_many_places_there_are() -> None:
    assert [places(n) for n in (0, 1, 16, 17, 64, 65, 256, 1024, 4**9)] == [0, 1, 16, 32, 32, 48, 48, 64, 128]
    assert places(10**9) == 224


climbs = st.lists(st.tuples(st.integers(0, 1024), st.integers(1, 10**6)), min_size=1, max_size=40)


@given(climbs)
def test_sums_of_polynomials_of_degree_31_are_those_of_the_steps(climbs: list[tuple[int, int]]) -> None:
    """On a block with as many steps as are wanted, Chebyshev polynomials; of degree 32 they are not."""
    counts, groups = np.array(climbs).T
    at, weights = ladder(counts, groups)
    for low in (16, 64, 256):
        steps = np.arange(low, 4 * low)
        climbed = np.array([groups[counts > m].sum() for m in steps])
        inside = (at >= low) & (at < 4 * low)
        for degree in (0, 1, 2, 17, 31):
            polynomial = np.polynomial.Chebyshev.basis(degree, domain=[low, 4 * low - 1])
            difference = climbed @ polynomial(steps) - weights[inside] @ polynomial(at[inside])
            assert abs(difference) <= 1e-12 * max(climbed.sum(), 1)


@pytest.mark.parametrize("longest", [16, 17, 64, 65, 256, 257, 4096, 5000, 20_000, 10**9])
def test_powers_of_steps_are_summed_to_degree_5_however_long_they_are_counted(longest: int) -> None:
    """Of runs of many steps this is all that is promised; the sums of powers are those of Faulhaber's formulas."""
    at, weights = ladder(np.array([longest, 9]), np.array([1, 2]))
    for power in range(6):
        faulhaber = [context.bernpoly(power + 1, end) / (power + 1) for end in (0, longest, 9)]
        exact = faulhaber[1] + 2 * faulhaber[2] - 3 * faulhaber[0]
        assert float(weights @ at**power) == pytest.approx(float(exact), rel=1e-13)


def test_many_distinct_counts_are_compressed_in_slices() -> None:
    """The last block has 24 thousand runs, two slices: the sums are those of the steps one by one."""
    counts = np.arange(1, 40_001)
    at, weights = ladder(counts, np.ones(40_000, dtype=np.int64))
    steps, more = np.arange(40_000.0), np.arange(40_000.0, 0.0, -1.0)
    for z in SHAPES:
        assert float(weights @ np.log1p(at / z)) == pytest.approx(math.fsum(more * np.log1p(steps / z)), rel=1e-13)

"""The simultaneous band of uniform ranks is exact: against all paths of few ranks, and against simulated ones."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from pplcompare.validation.calibrate.rank_band import band, cumulated, p_value, probability_within
from pplcompare.validation.calibrate.ranks import RANKS


def counts_of(ranks: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount(ranks, minlength=RANKS)


def test_p_values_of_two_ranks_are_those_of_all_pairs() -> None:
    """The p-value of a pair is the probability of all pairs whose own is no larger: by counting all of them."""
    pairs = Counter[float]()
    for pair in itertools.combinations_with_replacement(range(RANKS), 2):
        pairs[round(p_value(counts_of(pair)), 12)] += 1 if pair[0] == pair[1] else 2
    below = 0
    for value in sorted(pairs):
        below += pairs[value]
        assert value == pytest.approx(below / RANKS**2, abs=1e-12)


def test_the_probability_of_a_band_is_that_of_integer_arithmetic() -> None:
    low, high = np.zeros(RANKS - 1, np.int64), np.full(RANKS - 1, 5, np.int64)
    low[49], high[49], low[79] = 1, 4, 2
    exact = Fraction(0)
    for below, between in itertools.product(range(6), repeat=2):
        if below + between <= 5 and 1 <= below <= 4 and below + between >= 2:
            ways = math.factorial(5) // (
                math.factorial(below) * math.factorial(between) * math.factorial(5 - below - between)
            )
            exact += (
                ways
                * Fraction(50, 100) ** below
                * Fraction(30, 100) ** between
                * Fraction(20, 100) ** (5 - below - between)
            )
    assert probability_within(low, high, 5) == pytest.approx(float(exact), rel=1e-12)


def test_right_paths_leave_a_band_as_often_as_it_says() -> None:
    low, high = band(300, 0.1)
    paths = np.cumsum(np.random.default_rng(1).multinomial(300, np.full(RANKS, 1 / RANKS), 4000), axis=1)[:, :-1]
    outside = np.count_nonzero(((paths < low) | (paths > high)).any(axis=1))
    expected = 1.0 - probability_within(low, high, 300)
    assert 0.08 < expected <= 0.1
    assert abs(outside - 4000 * expected) < 4.5 * math.sqrt(4000 * expected * (1 - expected))


def test_the_band_is_as_symmetric_as_uniform_ranks_are() -> None:
    low, high = band(1000, 0.01)
    assert np.array_equal(low, 1000 - high[::-1])


@pytest.mark.parametrize("number", [1, 25, 1000, 20_000])
def test_one_rank_for_all_is_out_of_the_question_and_equal_counts_are_not(number: int) -> None:
    counts = np.zeros(RANKS, np.int64)
    counts[3] = number
    assert p_value(counts) < max(0.07, 2.0**-number)
    assert p_value(np.full(RANKS, 10)) > 0.99
    assert cumulated(counts)[3] == number


def test_no_ranks_say_nothing() -> None:
    assert p_value(np.zeros(RANKS, np.int64)) == 1.0

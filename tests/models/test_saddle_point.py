"""Densities of large counts against 50 digits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pplcompare.models.discrete import BetaBinomial, Binomial

from tests.reference.density import TERMS, Real, context

COUNTS = (0, 1, 14, 1000, 10**9)
SHAPES = (1e-6, 0.3, 50.0, 1e6, 1e12)
STATED = 1e-12


def places(n: int) -> list[int]:
    middle = int(0.3 * n)
    return sorted({0, min(1, n), middle, min(middle + int(3 * (0.21 * n) ** 0.5), n), n // 2, max(n - 3, 0), n})


def error(found: float, exact: Real) -> float:
    """Return the error relative to the value, absolute below one."""
    return float(abs(context.mpf(found) - exact) / max(1, abs(exact)))


@pytest.mark.parametrize("n", COUNTS)
@pytest.mark.parametrize("p", [1e-300, 1e-6, 0.3, 0.5, 1 - 1e-6, 1 - 2**-53])
def test_a_binomial_keeps_twelve_digits(n: int, p: float) -> None:
    for k in places(n):
        found = float(Binomial("n", "p").log_density(np.array(k), [np.array(n), np.array(p)]))
        exact, _ = TERMS["Binomial"](context.mpf(k), context.mpf(n), context.mpf(p))
        assert error(found, exact) <= STATED, k


@pytest.mark.parametrize("n", COUNTS)
def test_a_beta_binomial_keeps_twelve_digits(n: int) -> None:
    for k, a, b in itertools.product(places(n), SHAPES, SHAPES):
        values = [np.array(n), np.array(a), np.array(b)]
        found = float(BetaBinomial("n", "a", "b").log_density(np.array(k), values))
        exact, _ = TERMS["BetaBinomial"](*map(context.mpf, (k, n, a, b)))
        assert error(found, exact) <= STATED, (k, a, b)


def test_log_gammas_would_not() -> None:
    n, k = 10**9, 300_043_474
    terms = Binomial("n", "p").log_terms(np.array(k), [np.array(n), np.array(0.3)])
    exact, _ = TERMS["Binomial"](context.mpf(k), context.mpf(n), context.mpf(0.3))
    assert error(float(sum(terms)), exact) > 1000 * STATED


def test_at_the_largest_count_nine_digits_are_left() -> None:
    n = 2**53
    k = int(0.3 * n) + int(3 * (0.21 * n) ** 0.5)
    found = float(Binomial("n", "p").log_density(np.array(k), [np.array(n), np.array(0.3)]))
    exact, _ = TERMS["Binomial"](context.mpf(k), context.mpf(n), context.mpf(0.3))
    assert error(found, exact) <= 1e-8

"""Effective sample sizes, against ArviZ's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from pplcompare.validation.checks.effective import effective_sizes, ess_of_bulk, ess_of_mean, ess_of_quantile
from scipy import signal

Array = NDArray[np.float64]
Shape = tuple[int, int]

CHAINS = (1, 2, 4, 20)
LENGTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 33, 101, 250, 1000, 2047)


def autoregressive(rng: np.random.Generator, shape: Shape, phi: float) -> Array:
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], rng.normal(size=shape), axis=1))


def sticky(rng: np.random.Generator, shape: Shape) -> Array:
    """A chain that stays where it is nine times in ten."""
    moves = rng.uniform(size=shape) < 0.1
    moves[:, 0] = True
    last = np.maximum.accumulate(np.where(moves, np.arange(shape[1]), 0), axis=1)
    return np.take_along_axis(rng.normal(size=shape), last, axis=1)


KINDS: dict[str, Callable[[np.random.Generator, Shape], Array]] = {
    "independent": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": lambda rng, shape: rng.standard_cauchy(size=shape),
    "far from zero": lambda rng, shape: 1e6 + rng.normal(size=shape),
    "correlated": lambda rng, shape: autoregressive(rng, shape, 0.9),
    "nearly a random walk": lambda rng, shape: autoregressive(rng, shape, 0.999),
    "antithetic": lambda rng, shape: autoregressive(rng, shape, -0.9),
    "sticky": sticky,
    "ties": lambda rng, shape: np.round(rng.normal(size=shape)),
    "counts": lambda rng, shape: rng.poisson(2.0, size=shape).astype(np.float64),
    "constant": lambda rng, shape: np.full(shape, 0.3),
    "constant to rounding": lambda rng, shape: rng.uniform(0.0, 1e-16, size=shape),
    "chains apart": lambda rng, shape: rng.normal(size=shape) + np.arange(shape[0])[:, None],
    "trend": lambda rng, shape: rng.normal(size=shape) + np.linspace(0.0, 3.0, shape[1]),
    "single precision": lambda rng, shape: rng.normal(size=shape).astype(np.float32).astype(np.float64),
    "one infinite": lambda rng, shape: np.where(np.arange(shape[1]) == 1, np.inf, rng.normal(size=shape)),
    "one missing": lambda rng, shape: np.where(np.arange(shape[1]) == 1, np.nan, rng.normal(size=shape)),
}


def arviz(values: NDArray[np.generic], method: str, **options: object) -> float:
    return float(array_stats.ess(values, chain_axis=0, draw_axis=1, method=method, **options))


def assert_the_same(values: Array, *, mean: bool = True) -> None:
    np.testing.assert_allclose(ess_of_bulk(values), arviz(values, "bulk"), rtol=1e-10)
    for probability in (0.01, 0.05, 0.5):
        expected = arviz(values, "quantile", prob=probability)
        np.testing.assert_allclose(ess_of_quantile(values, probability), expected, rtol=1e-10)
    if mean:
        np.testing.assert_allclose(ess_of_mean(values), arviz(values, "mean"), rtol=1e-10)
        sizes = effective_sizes(values)
        np.testing.assert_allclose(sizes.tail, arviz(values, "tail", prob=(0.05, 0.95)), rtol=1e-10)
        np.testing.assert_allclose(sizes.spread, arviz(values, "sd"), rtol=1e-10)
        assert sizes.bulk == ess_of_bulk(values) or np.isnan(sizes.bulk)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_are_arviz_s(kind: str) -> None:
    rng = np.random.default_rng(20)
    for chains in CHAINS:
        for length in LENGTHS:
            # Means of infinite values do not exist.
            assert_the_same(KINDS[kind](rng, (chains, length)), mean=kind != "one infinite")


@pytest.mark.parametrize("length", [19_999, 20_000])
def test_sizes_of_long_chains_are_arviz_s(length: int) -> None:
    rng = np.random.default_rng(21)
    for kind in ("independent", "correlated", "antithetic", "ties"):
        assert_the_same(KINDS[kind](rng, (4, length)))


def test_sizes_of_indicators_are_arviz_s() -> None:
    rng = np.random.default_rng(22)
    for chains in CHAINS:
        for length in LENGTHS:
            for share in (0.5, 0.01, 0.0):
                below = rng.uniform(size=(chains, length)) < share
                np.testing.assert_allclose(ess_of_mean(below), arviz(below, "mean"), rtol=1e-10)  # type: ignore[arg-type]
                np.testing.assert_allclose(ess_of_bulk(below), arviz(below, "bulk"), rtol=1e-10)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_fewer_than_four_draws_have_no_size(length: int) -> None:
    values = np.random.default_rng(23).normal(size=(4, length))
    assert np.isnan(ess_of_mean(values))
    assert np.isnan(ess_of_bulk(values))
    assert np.isnan(ess_of_quantile(values, 0.5))


def test_two_chains_that_alternate_have_the_largest_size() -> None:
    values = np.tile([1.0, -1.0], (2, 500))
    assert ess_of_mean(values) == arviz(values, "mean") == pytest.approx(2000.0 * np.log10(2000.0))

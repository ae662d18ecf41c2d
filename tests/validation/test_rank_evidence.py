"""Evidence against uniform ranks: bets that are fair, false alarms at most as promised, and errors that are found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.validation.calibrate.rank_evidence import bets, log_evidence, log_evidence_path
from pplcompare.validation.calibrate.rank_power import is_found, least_narrowing, least_shift, rank_law
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from pplcompare.validation.calibrate.uniform_bets import staked, uniform_log_evidence_path, wave_values

LEVEL = 1e-2


def uniform_ranks(seed: int, replications: int, runs: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, RANKS, (replications, runs)).astype(np.uint8)


def test_every_bet_is_fair_and_its_weights_sum_to_one() -> None:
    gains, log_weights = bets()
    assert np.allclose(np.exp(gains).mean(axis=0), 1.0, rtol=1e-12)
    assert np.exp(log_weights).sum() == pytest.approx(1.0)
    assert np.exp(log_weights[:120]).sum() == pytest.approx(0.5)


def test_evidence_depends_on_counts_alone_and_is_the_end_of_its_path() -> None:
    ranks = uniform_ranks(1, 321, 3)
    counts = np.stack([np.bincount(column, minlength=RANKS) for column in ranks.T])
    path = log_evidence_path(ranks)
    assert np.allclose(log_evidence(counts), path[-1], atol=1e-10)
    assert np.allclose(log_evidence_path(ranks[::-1])[-1], path[-1], atol=1e-10)


def test_right_ranks_that_are_looked_at_all_the_time_fail_as_rarely_as_promised() -> None:
    """Of 2,000 runs of 500 ranks, each with 500 looks, 20 may fail on average: 41 are beyond one in 10^5."""
    highest = log_evidence_path(uniform_ranks(2, 500, 2000)).max(axis=0)
    assert np.count_nonzero(highest >= -math.log(LEVEL)) <= 41


@pytest.mark.parametrize(
    "law", [rank_law(0.3, 1.0), rank_law(0.0, 0.8), rank_law(0.0, 1.25)], ids=["bias", "narrow", "wide"]
)
def test_wrong_ranks_are_found(law: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    ranks = np.random.default_rng(3).choice(RANKS, (1500, 20), p=law).astype(np.uint8)
    assert (log_evidence_path(ranks)[-1] >= math.log(1e4)).all()


def test_the_law_of_ranks_is_that_of_simulated_ones() -> None:
    rng = np.random.default_rng(4)
    truth, draws = rng.normal(size=40_000), rng.normal(0.4, 0.8, (KEPT, 40_000))
    counts = np.bincount((draws < truth).sum(axis=0), minlength=RANKS)
    expected = 40_000 * rank_law(0.4, 0.8)
    statistic = ((counts - expected) ** 2 / expected)[expected > 5].sum()
    assert statistic < 99 + 5 * math.sqrt(2 * 99)


def test_the_least_error_is_found_with_the_power_that_is_told() -> None:
    threshold = math.log(1e4)
    shift = least_shift(1000, threshold)
    assert shift is not None
    law = rank_law(shift, 1.0)
    ranks = np.random.default_rng(5).choice(RANKS, (1000, 500), p=law).astype(np.uint8)
    # With a power of .999 four or more of 500 are missed once in 540 times.
    assert np.count_nonzero(log_evidence_path(ranks).max(axis=0) < threshold) <= 4
    assert not is_found(rank_law(0.5 * shift, 1.0), 1000, threshold)


def test_more_replications_find_less_and_very_few_find_nothing() -> None:
    threshold = math.log(1e4)
    few, many = least_narrowing(1000, threshold), least_narrowing(4000, threshold)
    assert few is not None
    assert many is not None
    assert many < few
    assert least_shift(2, threshold) is None
    assert least_shift(0, threshold) is None


def test_waves_of_uniform_numbers_are_orthonormal() -> None:
    x, weights = np.polynomial.legendre.leggauss(20)
    found = wave_values(0.5 * (x + 1.0))
    assert np.allclose(0.5 * weights @ found, 0.0, atol=1e-12)
    assert np.allclose(0.5 * (found.T * weights) @ found, np.eye(6), atol=1e-12)
    assert (1.0 + wave_values(np.linspace(0, 1, 999))[:, :, None] * staked()).min() > 0.0


def test_correlated_uniform_numbers_fail_as_rarely_as_promised() -> None:
    """Most of the 20 numbers of a replication are one: of 400 runs four may fail on average, 14 once in 10^4 times."""
    rng = np.random.default_rng(6)
    common, own = rng.uniform(size=(300, 400, 1)), rng.uniform(size=(300, 400, 20))
    uniforms = np.where(rng.uniform(size=own.shape) < 0.9, common, own)
    path = uniform_log_evidence_path(wave_values(uniforms).mean(axis=2))
    assert np.count_nonzero(path.max(axis=0) >= -math.log(LEVEL)) <= 14


def test_numbers_that_are_not_uniform_are_found_however_correlated() -> None:
    rng = np.random.default_rng(7)
    means = wave_values(rng.beta(1.0, 1.5, size=(1000, 5, 1))).mean(axis=2)
    assert (uniform_log_evidence_path(means)[-1] >= math.log(1e4)).all()

"""Evidence over many runs: its formula, false alarms as rare as promised, and faults that begin some night."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.validation.calibrate.night_evidence import night_evidence
from pplcompare.validation.calibrate.rank_evidence import log_evidence
from pplcompare.validation.calibrate.rank_power import is_found, rank_law
from pplcompare.validation.calibrate.ranks import RANKS
from pplcompare.validation.selftest.binomial import most

LEVEL = 1e-2
NIGHTS = 8


def counts_of(law: NDArray[np.float64], replications: int, *shape: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).multinomial(replications, law, shape)


def all_tested(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.ones(counts.shape[:-1], bool)


def test_the_evidence_is_the_weighted_sum_over_the_runs_with_which_a_fault_may_begin() -> None:
    counts = counts_of(rank_law(0.4, 1.0), 60, 4, 3, seed=1)
    tested = all_tested(counts)
    tested[1, 2] = False  # the third quantity counts as nothing in what holds the second run
    found = night_evidence(counts, tested)
    for n in range(1, 5):
        terms = []
        for j in range(1, n + 1):
            evidence = np.exp(log_evidence(counts[j - 1 : n].sum(axis=0)))
            if j <= 2 <= n:
                evidence[2] = 0.0
            terms.append(evidence.mean() / (j * (j + 1)))
        assert found.path[n - 1] == pytest.approx(math.log(sum(terms)), abs=1e-9)
        assert found.begins[n - 1] == np.argmax(terms)


def test_where_nothing_may_be_tested_there_is_no_evidence() -> None:
    counts = counts_of(rank_law(2.0, 1.0), 100, 3, 2, seed=2)
    found = night_evidence(counts, ~all_tested(counts))
    assert np.isneginf(found.path).all()


def test_histories_of_right_ranks_fail_as_rarely_as_promised() -> None:
    """A look after each run; what the two quantities share makes their ranks the same."""
    histories = 2000
    counts = counts_of(np.full(RANKS, 1 / RANKS), 50, histories, NIGHTS, 1, seed=3).repeat(2, axis=2)
    highest = night_evidence(counts, all_tested(counts)).path.max(axis=-1)
    assert np.count_nonzero(highest >= -math.log(LEVEL)) <= most(histories, LEVEL)


def test_with_all_that_is_yet_to_come_its_mean_is_one() -> None:
    """One replication a run, so that the mean over all ranks of the next run is exact."""
    before = counts_of(rank_law(0.3, 1.0), 1, 5, 1, seed=4)
    each = np.eye(RANKS, dtype=np.int64)[:, None, None, :]
    counts = np.concatenate([np.broadcast_to(before, (RANKS, *before.shape)), each], axis=1)
    path = night_evidence(counts, all_tested(counts)).path
    mean_after = np.exp(path[:, -1]).mean() + 1 / 7
    assert mean_after == pytest.approx(np.exp(path[0, -2]) + 1 / 6, rel=1e-10)


@pytest.mark.parametrize("law", [rank_law(0.3, 1.0), rank_law(0.0, 0.75)], ids=["bias", "narrow"])
def test_a_fault_that_begins_with_the_fourth_run_is_found_and_its_beginning_told(law: NDArray[np.float64]) -> None:
    threshold, histories, begins, nights, replications = math.log(1e4), 40, 4, 10, 200
    weight = math.log(begins * (begins + 1))
    assert is_found(law, (nights - begins + 1) * replications, threshold + weight)
    right = counts_of(np.full(RANKS, 1 / RANKS), replications, histories, begins - 1, 1, seed=5)
    wrong = counts_of(law, replications, histories, nights - begins + 1, 1, seed=6)
    counts = np.concatenate([right, wrong], axis=1)
    found = night_evidence(counts, all_tested(counts))
    assert (found.path[:, : begins - 1] < threshold).all()
    # With a power of .999 two or more of 40 are missed once in 1,300 times.
    assert np.count_nonzero(found.path.max(axis=1) < threshold) <= 1
    # Most histories tell the run, from 0, or one beside it.
    assert abs(np.median(found.begins[:, -1]) - (begins - 1)) <= 1

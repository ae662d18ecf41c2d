"""Rates from their conditional Betas: the right law, the same draws whichever are asked for, never too many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.marginal.conditional import LARGEST, ConditionalRates
from pplcompare.models.marginal.rewrite import marginalise
from scipy import stats

COUNTS = Counts(list("abcd"), [10, 0, 200, 5], [3, 0, 199, 0])
# sqrt(n) times the largest distance between distribution functions; beyond it with probability 1e-9 (Massart 1990).
SURE = math.sqrt(math.log(2 / 1e-9) / 2)


def rates(draws: int = 20_000, seed: int = 3) -> ConditionalRates:
    values = {"alpha": np.full((2, draws // 2), 1.5), "beta": np.full((2, draws // 2), 4.25)}
    return ConditionalRates(marginalise(hierarchical()), COUNTS, values, seed)


def test_the_rates_have_their_conditional_law() -> None:
    found = rates().recover()
    assert found.shape == (2, 10_000, 4)
    for group, (n, k) in enumerate(zip(COUNTS.trials, COUNTS.successes, strict=True)):
        draws = found[:, :, group].ravel()
        right, wrong = (
            stats.kstest(draws, stats.beta(1.5 + s, 4.25 + n - s).cdf).statistic for s in (k, k + 1 - 2 * (k == n))
        )
        assert right * math.sqrt(draws.size) < SURE
        assert wrong * math.sqrt(draws.size) > SURE


def test_a_proportion_gives_the_same_rates() -> None:
    values = {"mean": np.full((2, 500), 1.5 / 5.75), "concentration": np.full((2, 500), 5.75)}
    found = ConditionalRates(marginalise(hierarchical_proportion()), COUNTS, values, 3).recover()
    np.testing.assert_allclose(found, rates(1000).recover(), rtol=1e-9)


def test_draws_depend_on_seed_and_group_not_on_what_else_is_asked_for() -> None:
    every = rates(1000).recover()
    assert np.array_equal(rates(1000).recover([2, 0]), every[:, :, [2, 0]])
    assert not np.array_equal(rates(1000, seed=4).recover([0]), every[:, :, [0]])
    assert not np.array_equal(every[:, :, 0], every[:, :, 1])


def test_summaries_are_those_of_the_draws_block_by_block() -> None:
    every = rates(1000).recover().reshape(-1, 4)
    blocks = list(rates(1000).summaries([3, 1, 0], quantiles=(0.1, 0.5), block=2))
    assert [block.groups.tolist() for block in blocks] == [[3, 1], [0]]
    for block in blocks:
        chosen = every[:, block.groups]
        np.testing.assert_allclose(block.mean, chosen.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(block.sd, chosen.std(axis=0, ddof=1), rtol=1e-13)
        np.testing.assert_allclose(block.quantiles, np.quantile(chosen, (0.1, 0.5), axis=0), rtol=1e-13)


def test_more_than_a_gigabyte_is_refused_and_summaries_are_offered() -> None:
    draws = LARGEST // 8 // 4 + 1
    values = {name: np.broadcast_to(1.5, (1, draws)) for name in ("alpha", "beta")}
    with pytest.raises(UsageError, match=r"take more than 1 GB.*ask for some groups, or for summaries"):
        ConditionalRates(marginalise(hierarchical()), COUNTS, values, 1).recover()


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="the number of a group is needed, got 4"):
        rates(10).recover([4])

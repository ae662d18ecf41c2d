"""Chains that are copies of each other, that stop, or of which one differs; right ones of every kind pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.validation.checks.between_chains import chain_results, lone_chain_results, pooled_chain_results
from pplcompare.validation.checks.close_rows import MOST_ROWS, close_row_results
from pplcompare.validation.checks.comparisons import moment_results, pooled_results
from pplcompare.validation.checks.copies import LIMIT, copy_results
from pplcompare.validation.checks.gates import check_gates
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior
from pplcompare.validation.checks.projections import MOST, projections
from pplcompare.validation.checks.result import CheckResult, Outcome, ratio_to_limit
from pplcompare.validation.checks.stalls import stall_results
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.selftest.simulated_chains import SAMPLERS
from scipy import special, stats

LEVEL = 1e-8

Values = NDArray[np.float64]


def of_chains(z: Values) -> list[CheckResult]:
    """Look at normal scores (quantity, chain, draw) for copies and stalls."""
    stays = np.all(z[:, :, 1:] == z[:, :, :-1], axis=0)
    series = projections(list(z))
    return [*copy_results(series), *close_row_results(series, stays, LEVEL), *stall_results(stays, LEVEL)]


def failed(results: list[CheckResult]) -> set[str]:
    return {result.check for result in results if result.outcome is Outcome.FAILED}


def second(alter: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """Return what makes the second of chains (quantity, chain, draw)."""
    return lambda z: np.concatenate([z[:, :1], alter(z)[:, None], z[:, 2:]], axis=1)


def digits(z: Values, number: int) -> Values:
    """Return scores of draws around .1, where decades meet, of which so many digits were kept."""
    draws = 0.1 + 0.02 * z
    unit = 10.0 ** (np.floor(np.log10(np.abs(draws))) - number + 1)
    return np.asarray((np.round(draws / unit) * unit - 0.1) / 0.02)


@pytest.mark.parametrize("quantities", [1, 2, 6])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_right_chains_are_no_copies_and_do_not_stop(sampler: str, quantities: int) -> None:
    results = of_chains(SAMPLERS[sampler].normal(np.random.default_rng(1), quantities))
    assert failed(results) == set()
    assert sum(result.outcome is Outcome.PASSED for result in results) >= 4


RNG = np.random.default_rng(2)
NOISE = RNG.standard_normal((4, 2500))


@pytest.mark.parametrize(
    ("alter", "caught"),
    [
        (lambda z: z[:, :1] + 1e-9 * NOISE, "close rows"),
        (lambda z: z[:, :1] + 1e-3 * NOISE, "copies of chains"),
        (lambda z: z[:, :1] + 0.3 * NOISE, "copies of chains"),
        (lambda z: -z[:, :1] + 0.3 * NOISE, "copies of chains"),
        (second(lambda z: np.roll(z[:, 0], 1500, axis=1) + 0.3 * NOISE[0]), "copies of chains"),
        (second(lambda z: z[:, 0, ::-1] + 0.3 * NOISE[0]), "copies of chains"),
        (second(lambda z: z[:, 0, RNG.permutation(2500)] + 1e-6 * NOISE[0]), "close rows"),
        (second(lambda z: np.append(z[:, 1, :2300], z[:, 0, 311:511], axis=1)), "close rows"),
        (
            second(lambda z: np.append(z[:, 1, :2000], z[:, 0, 311:811] + 0.3 * NOISE[0, :500], axis=1)),
            "copies of parts",
        ),
        (second(lambda z: np.append(z[:, 1, :2000], z[:, 1, 311:811], axis=1)), "copies of parts"),
    ],
    ids=["1e-9", "1e-3", ".3", "mirrored", "lagged", "reversed", "shuffled", "block", "noisy block", "own block"],
)
@pytest.mark.parametrize("sampler", ["exact", "AR(1) .95"])
@pytest.mark.parametrize("quantities", [2, 6])
def test_copies_are_found(alter: Callable[[Values], Values], caught: str, sampler: str, quantities: int) -> None:
    z = SAMPLERS[sampler].normal(np.random.default_rng(3), quantities)[:, :, :2500]
    assert caught in failed(of_chains(alter(z)))


@pytest.mark.parametrize("quantities", [1, 2, 6])
@pytest.mark.parametrize("number", [3, 4, 6, 8])
@pytest.mark.parametrize("draws", [1000, 25_000])
def test_rounded_draws_are_no_copies(number: int, draws: int, quantities: int) -> None:
    z = np.random.default_rng(4).standard_normal((quantities, 4, draws))
    assert "close rows" not in failed(of_chains(digits(z, number)))
    assert "close rows" not in failed(of_chains((0.1 + 0.02 * z).astype(np.float32).astype(np.float64)))


@pytest.mark.parametrize("quantities", [1, 2, 6])
@pytest.mark.parametrize("draws", [1000, 25_000])
def test_copies_are_found_among_rounded_draws(draws: int, quantities: int) -> None:
    z = np.random.default_rng(5).standard_normal((quantities, 4, draws))
    z[:, 1] = z[:, 0, np.random.default_rng(6).permutation(draws)]
    assert "close rows" in failed(of_chains(digits(z, 6)))


def test_many_chains_are_compared_in_bounded_work_and_what_is_left_out_is_named() -> None:
    z = np.random.default_rng(7).standard_normal((2, 300, 400))
    series = projections(list(z))
    left_out = [result for result in copy_results(series) if result.outcome is Outcome.NOT_TESTED]
    assert [result.subject for result in left_out] == ["chains further apart"] * 2
    assert "of 300 chains is compared with the" in left_out[0].detail
    # Copies of any two chains are found all the same, as close rows.
    z[:, 250] = z[:, 3]
    stays = np.zeros((300, 399), dtype=bool)
    (found,) = close_row_results(projections(list(z)), stays, LEVEL)
    assert z[0].size > MOST_ROWS
    assert found.outcome is Outcome.FAILED


def test_equal_chains_are_found_whatever_the_sign_of_zero() -> None:
    model, counts = independent(), Counts(["a"], [20], [4])
    inputs, settings = model.bind(counts), NUTSSettings(chains=1000, draws=3)
    rate = np.random.default_rng(8).uniform(size=(1000, 3, 1))
    assert check_gates(model.structure, inputs, {"rate": rate}, settings) == []
    rate[3, 0], rate[900] = 0.0, rate[3]
    rate[900, 0] = -0.0
    (fault,) = check_gates(model.structure, inputs, {"rate": rate}, settings)
    assert fault.check == "chains differ"


def test_few_draws_and_quantities_without_spread_are_not_tested() -> None:
    short = of_chains(np.random.default_rng(9).standard_normal((1, 2, 20)))
    assert {result.outcome for result in short} == {Outcome.NOT_TESTED}
    constant = of_chains(np.zeros((6, 4, 500)))
    assert {result.outcome for result in constant if "stay" not in result.check} == {Outcome.NOT_TESTED}


def test_projections_are_uncorrelated_and_as_many_as_vary() -> None:
    z = np.random.default_rng(10).standard_normal((3, 4, 500))
    for scores, number in (([*z, z[0] + z[1]], 3), ([z[0]], 1), ([z[0]] * 9, 1), (list(np.tile(z, (3, 1, 1))), 3)):
        series = projections(scores).reshape(-1, 2000)
        assert len(series) == min(number, MOST)
        np.testing.assert_allclose(series @ series.T / 2000, np.eye(number), atol=1e-6)


def padded(z: Values, chains: slice, share: float) -> Values:
    stuck = z.copy()
    part = max(round(share * z.shape[2]), 1)
    stuck[:, chains, -part:] = z[:, chains, -part - 1 : -part]
    return stuck


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("chains", [slice(1, 2), slice(None)], ids=["one chain", "all chains"])
@pytest.mark.parametrize("number", [1, 4])
def test_chains_that_stop_are_found(share: float, chains: slice, number: int) -> None:
    z = np.random.default_rng(11).standard_normal((2, number, 2500))
    wrong = padded(z, slice(None) if number == 1 else chains, share)
    assert failed(of_chains(wrong)) & {"longest stay of a chain", "longest stay of a half"}


def test_long_stays_pass_where_the_rest_of_the_fit_has_them_too() -> None:
    """One draw in eight is where its sampler stays long, as in the neck of a funnel."""
    rng = np.random.default_rng(12)
    lengths = np.where(rng.random((4, 2500)) < 0.005, rng.geometric(0.02, (4, 2500)), 1)
    at = np.stack([np.repeat(np.arange(2500), chain)[:2500] for chain in lengths])
    stays = at[:, 1:] == at[:, :-1]
    assert 0.1 < stays.mean() < 0.4
    results = stall_results(stays, LEVEL)
    assert max(result.statistic for result in results) > 50
    assert failed(results) == set()


def checked(rate: Values, chains: int, draws: int) -> list[CheckResult]:
    """Check rates that may have been altered."""
    settings, levels = NUTSSettings(chains=chains, draws=draws), Levels.equal(LEVEL)
    check = check_posterior(EXACT, EXACT.model.structure, EXACT.inputs, {"rate": rate}, settings, levels)
    return list(check.report.results)


EXACT = exact_posterior(independent(), Counts(["a", "b"], [20, 30], [4, 3]))


def test_what_chains_do_among_too_few_effective_draws_is_named_and_no_failure() -> None:
    rate = EXACT.simulate(400, np.random.default_rng(13))["rate"].reshape(4, 100, 2)
    rate[1, 40:] = rate[1, 40]
    results = checked(rate, 4, 100)
    assert failed(results) == set()
    (stall,) = (result for result in results if result.check == "longest stay of a chain")
    assert stall.outcome is Outcome.UNDERPOWERED
    assert "chain 2 stays" in stall.detail


def one_chain_off(draws: int) -> Values:
    """Return rates of four chains, the second of which is off by one in its logits."""
    rate = EXACT.simulate(4 * draws, np.random.default_rng(14))["rate"].reshape(4, draws, 2)
    rate[1] = special.expit(special.logit(rate[1]) + 1.0)
    return rate


def test_one_chain_far_off_fails_although_it_leaves_all_together_with_too_few_effective_draws() -> None:
    results = checked(one_chain_off(2500), 4, 2500)
    assert Outcome.UNDERPOWERED in {result.outcome for result in results if result.check == "effective draws"}
    different = [result for result in results if result.check == "mean of z in one chain"]
    assert {result.outcome for result in different} == {Outcome.FAILED}
    assert {result.detail for result in different} == {"chain 2 of 4"}
    assert failed(results) <= {"mean of z in one chain", "variance of z in one chain"}


def test_a_chain_with_too_few_effective_draws_of_its_own_is_only_a_reason() -> None:
    results = checked(one_chain_off(300), 4, 300)
    assert failed(results) == set()
    different = [result for result in results if result.check == "mean of z in one chain"]
    assert {result.outcome for result in different} == {Outcome.UNDERPOWERED}


@pytest.mark.parametrize(("sampler", "draws"), [("AR(1) .5", 1300), ("AR(1) .9", 8000)])
def test_what_fails_alone_fails_beside_the_others_and_right_chains_do_so_no_more_often(
    sampler: str, draws: int
) -> None:
    """A chain of so many draws has about as many effective ones as are needed: more or less by chance."""
    level, repetitions = 0.05, 200
    z = replace(SAMPLERS[sampler], draws=draws).normal(np.random.default_rng(19), repetitions)
    results = [lone_chain_results("q", each, level) for each in z]
    alone = list(map(failed, results))
    beside = [failed(chain_results("q", each, level)) for each in z]
    assert all(one <= other for one, other in zip(alone, beside, strict=True))
    assert any(results)
    for check in ("mean of z in one chain", "variance of z in one chain"):
        assert sum(check in each for each in alone) <= stats.binom.ppf(1.0 - 1e-6, repetitions, level)


@pytest.mark.parametrize("caught", ["mean of z", "variance of z"])
@pytest.mark.parametrize("sampler", ["exact", "AR(1) .5", "AR(1) .9"])
def test_one_chain_that_differs_is_found_earlier_by_itself_than_in_all_draws(caught: str, sampler: str) -> None:
    """The chain is off by nine of its own standard errors."""
    it = SAMPLERS[sampler]
    z = it.normal(np.random.default_rng(14), 5)
    rho = it.correlation if caught == "mean of z" else it.correlation**2
    error = 9.0 * np.sqrt((1.0 + rho) / (1.0 - rho) / it.draws)
    z[:, 2] = z[:, 2] + error if caught == "mean of z" else z[:, 2] * np.sqrt(1.0 + np.sqrt(2.0) * error)
    alone = [*chain_results("q", z[0], 1e-6), *pooled_chain_results("all", z, 1e-6)]
    together = [*moment_results("q", z[0], 1e-6), *pooled_results("all", z, 1e-6)]
    for subject in ("q", "all"):
        (one,) = (r for r in alone if r.check == f"{caught} in one chain" and r.subject == subject)
        (every,) = (r for r in together if r.check == caught and r.subject == subject)
        assert one.outcome is Outcome.FAILED
        assert one.detail == "chain 3 of 4"
        assert every.outcome is not Outcome.FAILED or ratio_to_limit(one) > 1.2 * ratio_to_limit(every)


def test_one_chain_is_not_compared_with_itself_and_few_draws_are_not_tested() -> None:
    z = np.random.default_rng(15).standard_normal((3, 1, 1000))
    assert chain_results("q", z[0], LEVEL) == pooled_chain_results("all", z, LEVEL) == []
    few = chain_results("q", np.random.default_rng(16).standard_normal((20, 50)), LEVEL)
    assert [result.outcome for result in few] == [Outcome.NOT_TESTED] * 2


def test_the_limit_of_copies_is_far_from_right_chains_and_from_copies() -> None:
    z = SAMPLERS["AR(1) .95"].normal(np.random.default_rng(17), 1)[:, :, :2500]
    right = copy_results(projections(list(z)))[0].statistic
    z[:, 1] = z[:, 0] + 0.3 * np.random.default_rng(18).standard_normal(2500)
    copied = copy_results(projections(list(z)))[0].statistic
    assert 1.3 * right < LIMIT < copied / 1.3

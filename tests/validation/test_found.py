"""What a report says is found is found, with the power that it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.models.datasets import load
from pplcompare.models.model_choice import choose_models
from pplcompare.models.plain import plain
from pplcompare.validation.checks.apartness import in_shares_apart, least_share, slope_apart
from pplcompare.validation.checks.cut_tails import QUANTILES, least_cut, tail_results
from pplcompare.validation.checks.detectable import MARGIN, POWER, detectable, detectable_sentence, least_error
from pplcompare.validation.checks.joint import joint_results, joint_scores
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import check_over_fits
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome
from pplcompare.validation.checks.stalls import stall_results
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.selftest.binomial import fewest

Values = NDArray[np.float64]

LEVEL = 3e-5
LEAST_POWER = 0.97


def posterior(data: str) -> ExactPosterior:
    (model,) = choose_models(["hierarchical"], [])
    return exact_posterior(model, load(data))


def drawn(exact: ExactPosterior, seed: int, draws: int = 1000) -> Draws:
    flat = exact.simulate(4 * draws, np.random.default_rng(seed))
    return {name: values.reshape(4, draws, *values.shape[1:]) for name, values in flat.items()}


def apart(draws: Draws, share: float, rng: np.random.Generator) -> Draws:
    """Return draws whose rates stand beside the hyper-parameters of other draws in a share of them."""
    rate = draws["rate"].reshape(-1, draws["rate"].shape[2]).copy()
    chosen = rng.permutation(len(rate))[: round(share * len(rate))]
    rate[chosen] = rate[rng.permutation(chosen)]
    return {**draws, "rate": rate.reshape(draws["rate"].shape)}


def product(exact: ExactPosterior, draws: Draws) -> CheckResult:
    results = in_shares_apart(joint_results(exact, draws, (), {}, Levels.equal(LEVEL), ""), exact, draws)
    (found,) = (result for result in results if result.kind == "sum x logit mean")
    return found


@pytest.mark.parametrize("data", ["campaigns", "surgical"])
def test_the_slope_of_draws_that_are_apart_is_that_of_rates_beside_other_draws(data: str) -> None:
    exact = posterior(data)
    draws = drawn(exact, 1, 5000)
    moved = joint_scores(exact, apart(draws, 1.0, np.random.default_rng(2)), (), {})
    h = moved.functions["logit mean"]
    products = moved.normal["weighted sum"] * h
    slope, growth = slope_apart(exact, draws)
    assert slope == pytest.approx(-products.mean(), abs=3.6 / np.sqrt(h.size) + 0.08 * slope)
    assert 1.0 + growth == pytest.approx((products**2).mean(), rel=0.1)


def test_the_least_share_solves_its_equation() -> None:
    for limit, error, growth in ((4.4, 0.03, 1.6), (3.6, 0.01, 0.0), (1.0, 0.1, 2.0)):
        share = least_share(limit, error, growth)
        assert share / error == pytest.approx(limit + MARGIN * np.sqrt(1.0 + share * growth))
    assert least_share(4.4, 0.03, 0.0) == pytest.approx(least_error(4.4, 0.03))


def test_rates_apart_are_found_in_the_told_share_of_the_draws() -> None:
    exact = posterior("campaigns")
    caught, repetitions = 0, 60
    for seed in range(repetitions):
        draws = drawn(exact, seed)
        told = detectable([product(exact, draws)])["sum x logit mean"]
        wrong = product(exact, apart(draws, told, np.random.default_rng(seed)))
        caught += wrong.outcome is Outcome.FAILED
    assert caught >= fewest(repetitions, LEAST_POWER)


def test_shares_apart_add_up_over_fits_by_their_weights() -> None:
    one = product(posterior("campaigns"), drawn(posterior("campaigns"), 3))
    fits = [CheckReport((replace(one, error=error, finds=np.nan),), 1) for error in (0.1, 0.02)]
    (found,) = check_over_fits(fits, [1, 3], Levels.equal(LEVEL)).results
    assert found.error == pytest.approx(1.0 / (0.5 / 0.1 + np.sqrt(0.75) / 0.02))
    assert detectable([found])["sum x logit mean over fits"] == pytest.approx(least_error(found.limit, found.error))


@pytest.mark.parametrize(("size", "q"), [(20_000, 0.01), (4_000, 0.05)])
@pytest.mark.parametrize("upper", [False, True])
def test_the_told_tail_is_found_when_it_is_cut_off(size: int, q: float, upper: bool) -> None:
    rng, caught, repetitions = np.random.default_rng(size), 0, 40
    for _ in range(repetitions):
        right = rng.uniform(size=(4, size // 4))
        told = {result.check: result for result in tail_results("it", right, LEVEL) if np.isfinite(result.finds)}
        at = f"P(below exact {100.0 * (1.0 - q if upper else q):g} % quantile)"
        cut = told[at].finds
        results = tail_results("it", (1.0 - cut) * right + (0.0 if upper else cut), LEVEL)
        caught += any(result.outcome is Outcome.FAILED for result in results)
    assert caught >= fewest(repetitions, LEAST_POWER)


@pytest.mark.parametrize("upper", [False, True])
def test_the_tail_that_is_told_by_some_draws_is_found_in_others_of_the_default_number(upper: bool) -> None:
    """The 1 % quantile of so many independent draws is tested as often as not."""
    rng, caught, repetitions = np.random.default_rng(10), 0, 100
    for _ in range(repetitions):
        results = tail_results("it", rng.uniform(size=(4, 2500)), LEVEL)
        (cut,) = (result.finds for result in results[4 * upper : 3 + 4 * upper] if np.isfinite(result.finds))
        fresh = (1.0 - cut) * rng.uniform(size=(4, 2500)) + (0.0 if upper else cut)
        caught += any(result.outcome is Outcome.FAILED for result in tail_results("it", fresh, LEVEL))
    assert caught >= fewest(repetitions, LEAST_POWER)


@pytest.mark.parametrize(("draws", "tells"), [(105, [np.inf]), (90, [])])
def test_an_end_without_a_surely_tested_share_tells_that_nothing_is_found(draws: int, tells: list[float]) -> None:
    results = tail_results("it", np.random.default_rng(3).uniform(size=(4, draws)), LEVEL)
    assert [result.finds for result in results if not np.isnan(result.finds)] == tells
    assert list(detectable(results).values()) == tells


def test_the_outermost_surely_tested_share_of_each_end_tells_what_it_finds() -> None:
    for draws, outermost in ((10_000, (1, 99)), (2_500, (5, 95)), (1_000, (5, 95))):
        results = tail_results("it", np.random.default_rng(1).uniform(size=(4, draws)), LEVEL)
        telling = [result.check for result in results if np.isfinite(result.finds)]
        assert telling == [f"P(below exact {q} % quantile)" for q in outermost]
        assert len(results) == len(QUANTILES)
    assert 0.0 < least_cut(0.01, 4.5, 20_000) < 0.01 < least_cut(0.05, 4.5, 2_000) < 0.05
    assert np.isinf(least_cut(0.01, 20.0, 10_000))


@pytest.mark.parametrize("staying", [0.0, 0.2])
def test_the_told_number_of_equal_draws_is_found_wherever_it_is_and_one_less_may_not_be(staying: float) -> None:
    rng = np.random.default_rng(4)
    stays = rng.uniform(size=(4, 999)) < staying
    told = round(detectable(stall_results(stays, LEVEL))["stay"])
    for chain in range(4):
        for start in (0, 300, 999 - told):
            stopped = stays.copy()
            stopped[chain, start : start + told - 1] = True
            first, second = stall_results(stopped, LEVEL)
            assert first.outcome is second.outcome is Outcome.FAILED
    assert told > 2


@pytest.mark.parametrize("staying", [0.5, 0.998])
def test_more_equal_draws_than_a_chain_has_are_not_found(staying: float) -> None:
    """Chains that hardly move would have to stop for longer than they are."""
    stays = np.random.default_rng(5).uniform(size=(4, 499)) < staying
    stopped = stays.copy()
    stopped[1] = True
    told = detectable(stall_results(stays, LEVEL))["stay"]
    caught = [result.outcome is Outcome.FAILED for result in stall_results(stopped, LEVEL)]
    assert np.isfinite(told) == all(caught)
    assert np.isfinite(told) == (staying < 0.99)
    assert bool(detectable_sentence([{"stay": told}])) == all(caught)


def test_what_is_not_found_in_every_fit_is_not_told() -> None:
    assert POWER == 0.99
    found = {"mean": 0.07, "proportion": 0.015, "stay": 6.0, "sum x logit mean": 0.243}
    assert detectable_sentence([found, {"mean": 0.05}]) == (
        "a mean 0.07 sd off, a tail of 1.5 % cut off, 6 equal draws in a row of a chain, "
        "rates of 24 % of the draws beside other draws' hyper-parameters"
    )
    never = {"sum x logit mean": 1.3, "proportion": np.inf, "stay": 6.0}
    for one in (never, plain(never)):  # JSON knows no infinity
        assert detectable_sentence([found, one]) == "a mean 0.07 sd off, 6 equal draws in a row of a chain"

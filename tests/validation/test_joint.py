"""The joint law: right draws pass, draws whose parts do not belong together fail, whatever their marginals are."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
from arviz_stats.base import array_stats
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, BetaProportion, Binomial
from pplcompare.models.model_choice import choose_models
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.checks.comparisons import product_result
from pplcompare.validation.checks.joint import (
    DRAWN_HERE,
    JointScores,
    joint_left_out,
    joint_results,
    joint_scores,
    planned_joint,
)
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior
from pplcompare.validation.checks.result import CheckResult, Outcome
from pplcompare.validation.checks.scores import normal_scores, rank_scores
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants.wrong_joint import JOINT
from scipy import signal, special, stats

LEVEL = 1e-8
SETTINGS = NUTSSettings(chains=4, draws=1000)


@cache
def posterior(data: str, model: str) -> ExactPosterior:
    return exact_posterior(choose_models([model], [])[0], load(data))


def exact_draws(exact: ExactPosterior, seed: int, chains: int = 4, draws: int = 1000) -> Draws:
    flat = exact.simulate(chains * draws, np.random.default_rng(seed))
    return {name: values.reshape(chains, draws, *values.shape[1:]) for name, values in flat.items()}


def marginal_scores(exact: ExactPosterior, draws: Draws) -> np.ndarray:
    rate = draws[exact.plate_variable]
    tables = [exact.marginal(exact.plate_variable, group).table() for group in range(rate.shape[2])]
    return np.stack([normal_scores(table.cdf(rate[:, :, group])) for group, table in enumerate(tables)])


def results(exact: ExactPosterior, draws: Draws, level: float = LEVEL) -> list[CheckResult]:
    return joint_results(exact, draws, list(marginal_scores(exact, draws)), {}, Levels.equal(level), "")


def failed(found: list[CheckResult]) -> list[str]:
    return [str(result) for result in found if result.outcome is Outcome.FAILED]


@pytest.mark.parametrize("model", ["independent", "hierarchical"])
@pytest.mark.parametrize("data", ["campaigns", "surgical"])
def test_exact_draws_pass_with_every_seed(data: str, model: str) -> None:
    exact = posterior(data, model)
    for seed in range(10):
        assert not failed(results(exact, exact_draws(exact, seed), 1e-6))


def test_conditional_scores_are_normal_and_independent_of_each_other_and_of_the_hyper_parameters() -> None:
    exact = TRIAL_MODELS["proportion"].exact
    draws = exact_draws(exact, 3, 1, 20_000)
    found = joint_scores(exact, draws, (), {})
    for series in (*found.scores, *found.normal.values()):
        assert stats.kstest(series.ravel(), "norm").pvalue > 1e-4
    everything = np.stack([*found.scores, *found.functions.values()])[:, 0]
    correlations = np.corrcoef(everything)[: len(found.scores)] - np.eye(len(found.scores), len(everything))
    assert np.abs(correlations).max() < 4.5 / np.sqrt(20_000)


@pytest.mark.parametrize("name", JOINT)
def test_every_mutant_of_the_joint_law_fails(name: str) -> None:
    case = TRIAL_MODELS[JOINT[name].on]
    settings = NUTSSettings(chains=4, draws=2500)
    fit = ExactBackend().compile(case.model.structure, case.inputs.sizes).sample(case.inputs, settings, 5)
    assert not failed(results(case.exact, fit.draws))
    assert failed(results(case.exact, JOINT[name].draws(case.model.structure, case.inputs, fit)))


@pytest.mark.parametrize("name", JOINT)
def test_the_mutants_of_the_joint_law_leave_every_marginal_as_it_is(name: str) -> None:
    case = TRIAL_MODELS[JOINT[name].on]
    fit = ExactBackend().compile(case.model.structure, case.inputs.sizes).sample(case.inputs, SETTINGS, 5)
    altered = JOINT[name].draws(case.model.structure, case.inputs, fit)
    assert any(not np.array_equal(altered[variable], values) for variable, values in fit.draws.items())
    for variable, values in fit.draws.items():
        flat, before = (x.reshape(SETTINGS.chains * SETTINGS.draws, -1) for x in (altered[variable], values))
        np.testing.assert_array_equal(np.sort(flat, axis=0), np.sort(before, axis=0))


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_draws_that_are_partly_apart_move_the_product_as_predicted(share: float) -> None:
    """By minus that share of the slope of draws that are all apart."""
    exact = posterior("surgical", "hierarchical")
    draws = exact_draws(exact, 1, 4, 5000)
    rng = np.random.default_rng(2)
    rate = draws[exact.plate_variable]
    apart, partly = rate[:, rng.permutation(5000)], rate.copy()
    chosen = rng.permutation(5000)[: round(share * 5000)]
    partly[:, chosen] = apart[:, chosen]

    def slope(changed: np.ndarray) -> float:
        joint = joint_scores(exact, {**draws, exact.plate_variable: changed}, (), {})
        return float((joint.normal["weighted sum"] * joint.functions["logit mean"]).mean())

    assert slope(partly) == pytest.approx(share * slope(apart), abs=4.0 / np.sqrt(20_000))


def test_groups_that_are_correlated_fail_without_hyper_parameters_too() -> None:
    exact = posterior("surgical", "independent")
    rng = np.random.default_rng(1)
    shared = rng.standard_normal((4, 2500))
    scores = np.sqrt(0.05) * shared + np.sqrt(0.95) * rng.standard_normal((12, 4, 2500))
    draws = {exact.plate_variable: np.zeros((4, 2500, 12))}
    found = joint_results(exact, draws, list(scores), {}, Levels.equal(LEVEL), "")
    assert any("variance of z" in name for name in failed(found))


@pytest.mark.parametrize("model", ["independent", "hierarchical"])
def test_as_many_comparisons_are_made_as_are_planned(model: str) -> None:
    exact = posterior("surgical", model)
    planned = planned_joint(exact.model.structure, exact.inputs)
    assert Counter(result.kind for result in results(exact, exact_draws(exact, 1))) == planned


@pytest.mark.parametrize("model", ["independent", "hierarchical"])
def test_what_cannot_be_tested_is_named_comparison_by_comparison(model: str) -> None:
    exact = posterior("surgical", model)
    named = Counter((result.check, result.subject) for result in joint_left_out(exact, "a reason"))
    assert named == Counter((result.check, result.subject) for result in results(exact, exact_draws(exact, 1)))


@pytest.mark.parametrize("model", ["independent", "hierarchical"])
def test_a_whole_check_of_coarse_draws_says_that_the_joint_law_is_not_tested(model: str) -> None:
    exact = posterior("campaigns", model)
    draws = {name: np.round(values, 2) for name, values in exact_draws(exact, 1).items()}
    levels = Levels.equal(LEVEL)
    found = check_posterior(exact, exact.model.structure, exact.inputs, draws, SETTINGS, levels).report
    untested = [result for result in found.of(Outcome.NOT_TESTED) if "conditional score" in result.subject]
    assert len(untested) == planned_joint(exact.model.structure, exact.inputs).total()
    assert all("too coarse" in result.detail for result in untested)


def test_a_whole_check_holds_the_joint_law_and_says_whose_rates_they_are() -> None:
    exact = posterior("campaigns", "hierarchical")
    draws = exact_draws(exact, 1)
    found = check_posterior(
        exact, exact.model.structure, exact.inputs, draws, SETTINGS, Levels.equal(LEVEL), note=DRAWN_HERE
    ).report.results
    noted = [result for result in found if DRAWN_HERE in result.detail]
    assert len(noted) == planned_joint(exact.model.structure, exact.inputs).total()
    assert all("conditional score" in result.subject for result in noted)


def test_what_no_draw_changes_is_not_tested() -> None:
    model = Model(
        "fixed concentration",
        Input("trials", plate="group"),
        Variable("mean", Beta(2, 5)),
        Variable("rate", BetaProportion("mean", 12.0), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )
    exact = exact_posterior(model, Counts(("a", "b"), (20, 30), (3, 9)))
    found = results(exact, exact_draws(exact, 1))
    assert Counter(result.outcome for result in found) == {Outcome.PASSED: len(found) - 2, Outcome.NOT_TESTED: 2}
    assert all("log concentration" in result.check for result in found if result.outcome is Outcome.NOT_TESTED)


def test_the_same_draws_give_the_same_scores() -> None:
    exact = posterior("campaigns", "hierarchical")
    draws = exact_draws(exact, 1)
    one, other = (joint_scores(exact, draws, (), {}).scores for _ in range(2))
    np.testing.assert_array_equal(one, other)


def autoregressive(rng: np.random.Generator, phi: float, shape: tuple[int, ...]) -> np.ndarray:
    noise = rng.standard_normal(shape)
    noise[..., 1:] *= np.sqrt(1.0 - phi**2)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], noise, axis=-1))


@pytest.mark.parametrize(
    ("phi", "psi", "draws"), [(0.0, 0.0, 200), (0.5, 0.9, 400), (-0.5, 0.9, 200), (0.9, 0.9, 2000)]
)
def test_false_alarms_of_products_stay_within_binomial_bounds(phi: float, psi: float, draws: int) -> None:
    """Heavy-tailed functions, 300 fits at 1e-2; the seed is fixed."""
    rng = np.random.default_rng(7)
    level, reps = 1e-2, 300
    alarms = 0
    for _ in range(reps):
        score = autoregressive(rng, phi, (4, draws))
        heavy = np.exp(4.0 * autoregressive(rng, psi, (4, draws)))
        result = product_result("scores", "a function", score, rank_scores(heavy), level)
        alarms += result.outcome is Outcome.FAILED
    assert alarms <= stats.binom(reps, level).isf(1e-4)


def test_the_statistic_of_a_product_is_what_its_limits_were_measured_with() -> None:
    rng = np.random.default_rng(3)
    score, h = rng.standard_normal((4, 500)), rank_scores(rng.standard_normal((4, 500)))
    slope = (score * h).sum() / (h * h).sum()
    ess = array_stats.ess((score - slope * h) * h, chain_axis=0, draw_axis=1, method="mean")
    expected = slope * np.sqrt((h * h).mean() * ess)
    assert product_result("scores", "a function", score, h, LEVEL).statistic == pytest.approx(expected, rel=1e-12)


def test_one_group_has_a_joint_law_too() -> None:
    exact = exact_posterior(TRIAL_MODELS["shapes"].model, Counts(("a",), (20,), (3,)))
    assert not failed(results(exact, exact_draws(exact, 1)))


def test_pooled_scores_of_one_group_are_its_own() -> None:
    score = np.random.default_rng(1).standard_normal((1, 4, 100))
    found = JointScores(("rate[a]",), score, np.ones(1), {}, ()).normal
    np.testing.assert_allclose(found["sum"], score[0])
    np.testing.assert_allclose(special.ndtr(found["squares"]), 2.0 * special.ndtr(np.abs(score[0])) - 1.0, atol=1e-12)

"""Gates and comparisons: draws that are right pass, draws that are wrong in any one way fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.protocol import LogDensity
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.validation.checks.critical_values import limit
from pplcompare.validation.checks.detectable import least_error
from pplcompare.validation.checks.gates import check_gates
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import (
    PosteriorCheck,
    check_posterior,
    planned_comparisons,
)
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, compared
from pplcompare.validation.checks.same_model import compare_densities, probe_points
from pplcompare.validation.exact import ExactPosterior, exact_posterior

from tests.reference.fixtures import beta_binomial

MODEL = hierarchical()
COUNTS = Counts(["b", "a", "ä"], [20, 5, 0], [4, 5, 0])
INPUTS = MODEL.bind(COUNTS)
SETTINGS = NUTSSettings(chains=4, draws=5000)
LEVELS = Levels.weighted(1e-4, planned_comparisons(MODEL.structure, INPUTS))

Values = NDArray[np.float64]


@pytest.fixture(scope="module")
def exact() -> ExactPosterior:
    return exact_posterior(MODEL, COUNTS)


@pytest.fixture(scope="module")
def draws(exact: ExactPosterior) -> Draws:
    flat = exact.simulate(SETTINGS.chains * SETTINGS.draws, np.random.default_rng(7))
    return {name: values.reshape(4, 5000, *values.shape[1:]) for name, values in flat.items()}


def check(exact: ExactPosterior, draws: Draws) -> PosteriorCheck:
    return check_posterior(exact, MODEL.structure, INPUTS, draws, SETTINGS, LEVELS)


def test_exact_draws_pass_every_comparison(exact: ExactPosterior, draws: Draws) -> None:
    found = check(exact, draws)
    assert found.report.outcome is Outcome.PASSED
    assert found.report.comparisons == planned_comparisons(MODEL.structure, INPUTS).total()
    assert set(found.sizes) == {"alpha", "beta", "rate[b]", "rate[a]", "rate[ä]"}


def narrowed(values: Values) -> Values:
    return np.asarray(values.mean() + 0.9 * (values - values.mean()))


@pytest.mark.parametrize(
    ("variable", "alter", "caught"),
    [
        ("alpha", lambda x: x + 0.1 * x.std(), "mean of z of alpha"),
        ("beta", narrowed, "variance of z of beta"),
        ("rate", lambda x: x[:, :, ::-1], "rate"),
        ("rate", lambda x: np.log(x / (1 - x)), "support of rate"),
        ("alpha", lambda x: np.where(np.arange(x.size).reshape(x.shape) % 20, x, np.quantile(x, 0.999)), "alpha"),
    ],
    ids=["shifted", "narrowed", "groups reversed", "logits called rates", "one in twenty in the tail"],
)
def test_draws_that_are_wrong_in_one_way_fail_by_name(
    exact: ExactPosterior, draws: Draws, variable: str, alter: Callable[[Values], Values], caught: str
) -> None:
    report = check(exact, {**draws, variable: np.ascontiguousarray(alter(draws[variable]))}).report
    assert report.outcome is Outcome.FAILED
    assert any(caught in str(result) for result in report.failures)


@pytest.mark.parametrize(
    ("alter", "caught"),
    [
        (lambda d: {k: v for k, v in d.items() if k != "beta"}, "names"),
        (lambda d: {**d, "gamma": d["beta"]}, "names"),
        (lambda d: {**d, "rate": d["rate"][:, :, :2]}, "shape of rate"),
        (lambda d: {**d, "rate": d["rate"][:3]}, "shape of rate"),
        (lambda d: {**d, "alpha": d["alpha"].T}, "shape of alpha"),
        (lambda d: {**d, "alpha": np.where(np.arange(5000) == 4999, np.inf, d["alpha"])}, "finite of alpha"),
        (lambda d: {**d, "alpha": np.full((4, 5000), np.nan)}, "finite of alpha"),
        (lambda d: {**d, "alpha": -d["alpha"]}, "support of alpha"),
        (lambda d: {**d, "alpha": np.broadcast_to(d["alpha"][:1], (4, 5000))}, "chains differ of alpha"),
        (lambda d: {**d, "beta": np.full((4, 5000), 5.0) + np.arange(4)[:, None]}, "chains move of beta"),
    ],
)
def test_gates_name_what_is_wrong(draws: Draws, alter: Callable[[Draws], Any], caught: str) -> None:
    results = check_gates(MODEL.structure, INPUTS, alter(draws), SETTINGS)
    assert results
    assert str(results[0]).startswith(caught)
    assert all(result.outcome is Outcome.FAILED for result in results)


def test_gates_are_silent_where_nothing_is_wrong(draws: Draws) -> None:
    assert check_gates(MODEL.structure, INPUTS, draws, SETTINGS) == []


def test_correlated_draws_of_the_right_law_pass_and_too_few_effective_ones_are_underpowered(
    exact: ExactPosterior,
) -> None:
    def repeated(times: int) -> Draws:
        flat = exact.simulate(4 * 5000 // times, np.random.default_rng(11))
        return {k: np.repeat(v.reshape(4, -1, *v.shape[1:]), times, axis=1) for k, v in flat.items()}

    assert check(exact, repeated(4)).report.outcome is Outcome.PASSED
    assert check(exact, repeated(200)).report.outcome is Outcome.UNDERPOWERED


def test_nothing_compared_is_not_passed() -> None:
    assert CheckReport().outcome is Outcome.NOT_TESTED


@pytest.mark.parametrize(("statistic", "limit"), [(np.nan, 1.0), (np.inf, 1.0), (1.5, 1.0), (-1.5, 1.0), (0.0, np.nan)])
def test_a_comparison_outside_its_limit_or_without_numbers_fails(statistic: float, limit: float) -> None:
    assert compared("check", "subject", statistic, limit).outcome is Outcome.FAILED


def test_the_detectable_variance_is_detected_with_the_stated_power() -> None:
    """By simulation of the statistic itself: mean of squares of `ess` normals, scaled."""
    ess, level = 4000, 1e-4
    effect = least_error(limit("variance", level, ess), np.sqrt(2.0 / ess), scale=True)
    rng = np.random.default_rng(3)
    squares = (1.0 + effect) * rng.chisquare(ess, 20_000) / ess
    caught = np.mean((squares - 1.0) * np.sqrt(ess / 2.0) > limit("variance", level, ess))
    # The limit is a little higher than that of the score of this plain statistic, which is skewed to the right.
    assert 0.99 < caught <= 1.0


@pytest.mark.parametrize("spoil", ["value", "gradient", "nan", "missing", "shape"])
def test_densities_that_differ_in_one_number_fail(spoil: str) -> None:
    points = probe_points(MODEL.structure, INPUTS)
    reference = reference_density(MODEL.structure, INPUTS, points, jacobian=True)
    value, gradient = reference.value.copy(), {k: v.copy() for k, v in reference.gradient.items()}
    assert all(r.outcome is Outcome.PASSED for r in compare_densities(LogDensity(value, gradient), reference, "it"))
    if spoil == "value":
        value[3] *= 1 + 1e-6
    elif spoil == "gradient":
        gradient["rate"][3, 1] *= 1 + 1e-6
    elif spoil == "nan":
        gradient["alpha"][0] = np.nan
    elif spoil == "missing":
        del gradient["beta"]
    else:
        value = value[:5]
    results = compare_densities(LogDensity(value, gradient), reference, "it")
    assert sum(r.outcome is Outcome.FAILED for r in results) == 1


@pytest.mark.parametrize("elements", [1000, 20_000])
def test_equal_terms_of_many_groups_may_be_added_one_by_one(elements: int) -> None:
    """As Stan and compiled loops add: every addition of the same term rounds the same way."""
    _, model, _ = beta_binomial()
    groups = Counts([f"g{i}" for i in range(elements)], [2] * elements, [1] * elements)
    structure, inputs = model.structure, model.bind(groups)
    points = probe_points(structure, inputs)
    reference = reference_density(structure, inputs, points, jacobian=True)
    shapes = [points[name][:, None] for name in ("a", "b")]
    one = structure.observed[0].distribution.log_density(np.array(1.0), [np.array(2.0), *shapes])
    added = np.cumsum(np.broadcast_to(one, (len(one), elements)), axis=1)[:, -1]
    value = reference.value + (added - elements * one[:, 0])
    for factor, outcome in ((1.0, Outcome.PASSED), (1.0 + 1e-9, Outcome.FAILED)):
        results = compare_densities(LogDensity(factor * value, reference.gradient), reference, "it")
        assert results[0].outcome is outcome


def test_probe_points_reach_the_corners_and_differ_between_groups() -> None:
    points = probe_points(MODEL.structure, INPUTS)
    rate = points["rate"]
    assert rate.shape == (20, 3)
    assert rate.min() < 1.1e-6
    assert rate.max() > 1 - 1.1e-6
    assert all(len(set(row)) == 3 for row in rate)


def test_a_report_whose_gates_alone_passed_has_tested_nothing() -> None:
    gate = CheckResult("effective draws", "alpha", 900.0, np.nan, Outcome.PASSED)
    unknown = CheckResult("mean of z", "alpha", np.nan, np.nan, Outcome.NOT_TESTED)
    assert CheckReport((gate, unknown)).outcome is Outcome.NOT_TESTED
    assert CheckReport((gate, unknown, compared("mean of z", "beta", 1.0, 5.0))).outcome is Outcome.PASSED

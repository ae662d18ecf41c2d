"""The measured table: it says how it was made, is safe between its entries, and a small run of its recipe agrees."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arviz_stats.base import array_stats
from pplcompare.models.errors import UsageError
from pplcompare.validation.checks.critical_values import (
    KINDS,
    LEAST_SIZE,
    critical_values,
    limit,
    normal_limit,
    size_to_enter,
    too_few,
)
from pplcompare.validation.checks.detectable import least_error
from scipy import stats


@dataclass(frozen=True, slots=True)
class Recipe:
    """The modules that the table's script is made of: no part of the package, and none that is imported by name."""

    chain: Any
    mean: Any
    variance: Any
    proportion: Any
    product: Any
    sticky: Any
    tail: Any


@pytest.fixture(scope="module")
def recipe() -> Iterator[Recipe]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        yield Recipe(*(importlib.import_module(f"tails.{field.name}") for field in fields(Recipe)))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("pplcompare.validation.checks").joinpath("critical_values.json").read_text()
    )
    return found


def test_the_table_carries_its_recipe_its_errors_and_its_verification(document: dict[str, Any]) -> None:
    assert document["recipe"].startswith("python benchmarks/critical_values.py")
    assert document["seed"] == 20_260_101
    assert {"numpy", "scipy", "arviz-stats", "python"} <= set(document["versions"])
    for part in ("limits", "relative_errors", "worst"):
        assert set(document[part]) == set(KINDS)
        assert all(
            np.shape(rows) == (len(document["sizes"]), len(document["levels"])) for rows in document[part].values()
        )
    assert {entry["kind"] for entry in document["verification"]} == set(KINDS)


def test_measured_false_alarms_of_the_table_do_not_exceed_their_levels(document: dict[str, Any]) -> None:
    """At true sizes on and between the rows, with estimated sizes; three standard errors allowed for."""
    entries = document["verification"]
    for kind in KINDS:
        assert {entry["size"] for entry in entries if entry["kind"] == kind} == {60, 100, 160, 320, 650, 2500, 8000}
    assert max(error for entry in entries for error in entry["standard_error"]) < 0.5
    exceeded = {
        (entry["kind"], entry["chain"], level)
        for entry in entries
        for level, found, error in zip(
            document["levels"], entry["probability_over_level"], entry["standard_error"], strict=True
        )
        if found - 3.0 * error > 1.0
    }
    # By a hundredth and a half of it, at a level that no comparison of a run has.
    assert exceeded == {("mean", "4 x 375, AR(1) -0.25", 1e-1)}


@pytest.mark.parametrize("kind", KINDS)
def test_limits_fall_with_size_and_level_and_are_never_below_the_normal_ones(kind: str) -> None:
    levels, sizes = np.geomspace(0.2, 1e-14, 60), np.geomspace(100.0, 1e7, 60)
    found = np.array([[limit(kind, float(level), float(size)) for size in sizes] for level in levels])
    assert np.all(np.diff(found, axis=1) <= 0.0)
    assert np.all(np.diff(found, axis=0) >= 0.0)
    assert np.all(found >= np.array([normal_limit(float(level)) for level in levels])[:, None] - 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_interpolation_is_safe_where_the_law_is_known(kind: str) -> None:
    """Leaving out every second level of the table never gives a smaller limit, up to the table's own noise."""
    table = critical_values()
    exponents, squares = -np.log10(table.levels), table.limits[kind] ** 2
    for row in squares:
        between = np.interp(exponents[1:-1], exponents[::2], row[::2])
        assert np.all(np.sqrt(between) >= np.sqrt(row[1:-1]) * 0.99)
    normal = np.array([normal_limit(float(level)) for level in table.levels]) ** 2
    for level in np.geomspace(1e-2, 1e-12, 30):
        assert np.interp(-np.log10(level), exponents, normal) >= normal_limit(float(level)) ** 2 - 1e-9


def test_normal_limits_have_the_stated_tails() -> None:
    assert normal_limit(0.05) == pytest.approx(1.959964, abs=1e-6)
    assert normal_limit(1e-4 / 1000) == pytest.approx(5.326724, abs=1e-6)


@pytest.mark.parametrize(("level", "size"), [(0.0, 400.0), (1.0, 400.0), (1e-3, 99.0), (1e-3, np.nan)])
def test_what_was_not_measured_has_no_limit(level: float, size: float) -> None:
    with pytest.raises(UsageError):
        limit("mean", level, size)


def test_detectable_effects_shrink_with_the_root_of_the_size() -> None:
    def mean(size: float) -> float:
        return least_error(limit("mean", 1e-8, size), size**-0.5)

    def variance(size: float) -> float:
        return least_error(limit("variance", 1e-8, size), np.sqrt(2.0 / size), scale=True)

    assert mean(4000.0) == pytest.approx(np.sqrt(65.0 / 4000), rel=0.05)
    assert mean(16_000.0) < 0.51 * mean(4000.0)
    assert variance(4000.0) == pytest.approx(np.sqrt(130.0 / 4000), rel=0.1)
    assert variance(16_000.0) < 0.51 * variance(4000.0)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, -0.5, 0.99])
def test_the_recipe_s_effective_sizes_are_arviz_s(recipe: Recipe, phi: float) -> None:
    rng = np.random.default_rng(1)
    for chains in (1, 4):
        for length in (16, 33, 101, 1000):
            x = recipe.mean.autoregressive(rng, (6, chains, length), phi, 1.0 - phi * phi)
            for values in (x, x * x):
                expected = [array_stats.ess(v, chain_axis=0, draw_axis=1, method="mean") for v in values]
                np.testing.assert_allclose(recipe.chain.ess_of_mean(values), expected, rtol=1e-10)
            expected = [array_stats.ess(v, chain_axis=0, draw_axis=1, method="quantile", prob=0.25) for v in x]
            np.testing.assert_allclose(recipe.chain.ess_of_quantile(x, 0.25), expected, rtol=1e-10)


CHAINS = [("mean", 0.9, 4, 400.0, 0.5), ("variance", 0.5, 4, 400.0, 0.5), ("proportion", 0.5, 4, 200.0, 0.25)]


def everywhere(limits: np.ndarray) -> dict[str, Any]:
    return dict.fromkeys(KINDS, lambda ess: limits[:, None])


@pytest.mark.parametrize(("kind", "correlation", "chains", "size", "q"), CHAINS)
def test_weighted_tails_agree_with_counting(
    recipe: Recipe, kind: str, correlation: float, chains: int, size: float, q: float
) -> None:
    """The same chains, untilted, counted: with the estimated size, and with the true one, whose law is exact."""
    chain = recipe.chain.Chain(kind, correlation, chains, size, q)
    at = np.array([1.645, 2.326])
    tail = recipe.tail.measured(chain, 4e6, 5, everywhere(at), at)[kind]
    rng = np.random.default_rng(6)
    reps = 4000
    if kind == "proportion":
        values = sticky_values(recipe, rng, chain, reps)
        share, ess = (values <= q).mean(axis=(1, 2)), recipe.chain.ess_of_quantile(values, q)
        score, known = (recipe.proportion.scores.proportion_score(share, q, size) for size in (ess, chain.ess))
    else:
        shape = (reps, chain.chains, chain.length)
        x = recipe.mean.autoregressive(rng, shape, correlation, 1.0 - correlation**2)
        if kind == "variance":
            variance, ess = (x * x).mean(axis=(1, 2)), recipe.chain.ess_of_mean(x * x)
            score, known = (recipe.proportion.scores.variance_score(variance, size) for size in (ess, chain.ess))
        else:
            score, known = (x.mean(axis=(1, 2)) * np.sqrt(size) for size in (recipe.chain.ess_of_mean(x), chain.ess))
    counted, exact = ((np.abs(found) > at[:, None]).mean(axis=1) for found in (score, known))
    error = np.sqrt(counted * (1.0 - counted) / reps)
    assert np.all(np.abs(tail.probability - counted) < 4.0 * np.hypot(tail.error, error))
    assert np.all(tail.error < 0.02 * tail.probability)
    assert np.all(np.abs(recipe.tail.KNOWN[kind](chain, at) - exact) < 4.0 * error)


PAIRS = [
    {"correlation": 0.9, "other": 0.9},
    {"correlation": -0.5, "other": 0.9},
    {"correlation": 0.5, "keeps": True},
]


@pytest.mark.parametrize("law", PAIRS)
def test_tails_of_products_agree_with_counting(recipe: Recipe, law: dict[str, Any]) -> None:
    """Given the second series they are integrated; here the statistic of a check is counted, with the same function."""
    chain = recipe.chain.Chain("product", chains=4, size=100.0, **law)
    at = np.array([1.645, 2.326])
    tail = recipe.tail.measured(chain, 1e6, 5, everywhere(at), at)["product"]
    reps = 2000
    pair = (recipe.product.kept_pair if chain.keeps else recipe.product.autoregressive_pair)(
        chain, reps, np.random.default_rng(6)
    )
    square = (pair.h**2).mean(axis=(1, 2))
    slope = (pair.s * pair.h).mean(axis=(1, 2)) / square
    ess = recipe.chain.ess_of_mean((pair.s - slope[:, None, None] * pair.h) * pair.h)
    counted = (np.abs(slope * np.sqrt(square * ess)) > at[:, None]).mean(axis=1)
    error = np.sqrt(counted * (1.0 - counted) / reps)
    assert np.all(np.abs(tail.probability - counted) < 4.0 * np.hypot(tail.error, error))
    exact = 2.0 * stats.norm.sf(
        np.abs(slope) * square * chain.draws / np.sqrt((pair.h * pair.smoothed).sum(axis=(1, 2)))
    )
    assert stats.kstest(exact, "uniform").pvalue > 1e-4


def sticky_values(recipe: Recipe, rng: np.random.Generator, chain: Any, reps: int) -> np.ndarray:
    law = recipe.sticky.Sticky(0.0, chain.probability, chain.probability, (chain.correlation, chain.correlation))
    runs = [recipe.sticky.sticky(rng, law, chain.chains, chain.length, chain.probability) for _ in range(reps)]
    return np.stack([np.repeat(run.values, run.lengths).reshape(chain.chains, chain.length) for run in runs])


def test_chains_keep_their_values_as_often_as_they_should(recipe: Recipe) -> None:
    chain = recipe.chain.Chain("proportion", 0.9, 4, 100.0, 0.25)
    values = sticky_values(recipe, np.random.default_rng(4), chain, 100)
    assert (values[:, :, 1:] == values[:, :, :-1]).mean() == pytest.approx(0.9, abs=0.002)
    assert (values < 0.25).mean() == pytest.approx(0.25, abs=0.01)


def test_with_the_true_size_the_law_of_independent_draws_is_chi_square_or_binomial(recipe: Recipe) -> None:
    at = np.array([1.645, 2.576, 5.0, 7.0])
    normal = 2.0 * stats.norm.sf(at)
    np.testing.assert_allclose(
        recipe.variance.square_tails(recipe.chain.Chain("variance", 0.0, 4, 400.0), at), normal, rtol=1e-9
    )
    chain = recipe.chain.Chain("proportion", 0.0, 1, 200.0, 0.25)
    k = np.arange(chain.draws + 1)
    score = recipe.proportion.scores.proportion_score(k / chain.draws, 0.25, chain.draws)
    expected = [stats.binom(chain.draws, 0.25).pmf(k)[np.abs(score) > limit].sum() for limit in at]
    np.testing.assert_allclose(recipe.proportion.share_tails(chain, at), expected, rtol=1e-6)


@pytest.mark.parametrize(("kind", "score"), [("variance", 5.0), ("variance", -5.0), ("proportion", 5.0)])
def test_tilted_chains_have_the_score_that_was_asked_for(recipe: Recipe, kind: str, score: float) -> None:
    chain = recipe.chain.Chain(kind, 0.9, 4, 400.0, 0.25)
    rng = np.random.default_rng(9)
    if kind == "variance":
        variance = recipe.variance.score_variance(chain, score)
        phi, innovation = recipe.variance.tilted(0.9, variance)
        assert innovation / (1.0 - phi**2) == pytest.approx(variance, rel=1e-12)
        x = recipe.mean.autoregressive(rng, (200, chain.chains, chain.length), phi, innovation)
        found = recipe.proportion.scores.variance_score((x * x).mean(axis=(1, 2)), chain.ess)
    else:
        law = recipe.sticky.sticky_law(0.9, 0.25, chain.ess, score)
        runs = [recipe.sticky.sticky(rng, law, chain.chains, chain.length, 0.25) for _ in range(200)]
        share = np.array([run.lengths[run.values < 0.25].sum() for run in runs]) / chain.draws
        found = recipe.proportion.scores.proportion_score(share, 0.25, chain.ess)
    assert found.mean() == pytest.approx(score, abs=0.4)


def test_control_variates_take_out_what_is_known(recipe: Recipe) -> None:
    rng = np.random.default_rng(2)
    control = rng.random((1, 1000))
    found = recipe.tail.controlled(0.3 + 2.0 * control, control, np.array([0.5]))
    assert found.probability[0] == pytest.approx(1.3, abs=1e-12)
    assert found.error[0] < 1e-12


def test_a_limit_that_ignored_estimated_sizes_would_be_caught(recipe: Recipe, document: dict[str, Any]) -> None:
    """With normal limits the verification finds too many false alarms far out."""
    level = 1e-6
    chain, at = recipe.chain.Chain("mean", 0.9, 4, 400.0), np.array([normal_limit(level)])
    tail = recipe.tail.measured(chain, 1e7, 7, everywhere(at), at)["mean"]
    assert tail.probability[0] - 3.0 * tail.error[0] > 1.2 * level


@pytest.mark.parametrize(
    ("kind", "size", "ess", "draws", "expected"),
    [
        ("mean", 400.0, 400.0, 400, False),
        ("mean", 399.0, 399.0, 4000, True),
        ("mean", 1200.0, 1200.0, 399, True),
        ("proportion", 100.0, 400.0, 4000, False),
        ("proportion", 99.0, 1980.0, 4000, True),
        ("proportion", 150.0, 300.0, 4000, True),
        ("variance", 300.0, 4000.0, 4000, True),
        ("mean", np.nan, np.nan, 4000, False),
    ],
)
def test_what_is_not_compared(kind: str, size: float, ess: float, draws: int, expected: bool) -> None:
    assert bool(too_few(kind, size, ess, draws)) is expected


def test_limits_of_antithetic_draws_are_those_of_fewer_independent_ones() -> None:
    assert size_to_enter(1000.0, 1000.0, 4000) == 1000.0
    assert size_to_enter(12_000.0, 12_000.0, 4000) == pytest.approx(4000 / 9)
    assert size_to_enter(600.0, 12_000.0, 4000) == LEAST_SIZE

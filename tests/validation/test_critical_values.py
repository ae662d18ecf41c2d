"""The measured table: it says how it was made, is safe between its entries, and a small run of its recipe agrees."""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from arviz_stats.base import array_stats
from pplcompare.models.errors import UsageError
from pplcompare.validation.checks.critical_values import KINDS, LEAST_SIZE, critical_values, limit, normal_limit
from pplcompare.validation.checks.detectable import detectable_mean, detectable_variance
from scipy import stats

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "critical_values.py"


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("critical_values_recipe", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


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
    """At sizes between the rows and with estimated sizes, three standard errors allowed for; true sizes from 100 on."""
    entries = [entry for entry in document["verification"] if entry["size"] >= LEAST_SIZE]
    assert {entry["size"] for entry in entries} == {100, 160, 320, 650, 2500}
    for entry in entries:
        found, error = (np.array(entry[name]) for name in ("probability_over_level", "standard_error"))
        assert np.all(found - 3.0 * error <= 1.0), entry


@pytest.mark.parametrize("kind", KINDS)
def test_limits_fall_with_size_and_level_and_are_never_below_the_normal_ones(kind: str) -> None:
    levels, sizes = np.geomspace(0.2, 1e-14, 60), np.geomspace(100.0, 1e7, 60)
    found = np.array([[limit(kind, float(level), float(size)) for size in sizes] for level in levels])
    assert np.all(np.diff(found, axis=1) <= 0.0)
    assert np.all(np.diff(found, axis=0) >= 0.0)
    assert np.all(found >= np.array([normal_limit(float(level)) for level in levels])[:, None] - 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_interpolation_is_safe_where_the_law_is_known(kind: str) -> None:
    """Leaving out every second level or size of the table never gives a smaller limit, up to the table's own noise."""
    table = critical_values()
    exponents, squares = -np.log10(table.levels), table.limits[kind] ** 2
    for row in squares:
        between = np.interp(exponents[1:-1], exponents[::2], row[::2])
        assert np.all(np.sqrt(between) >= np.sqrt(row[1:-1]) * 0.96)
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
    assert detectable_mean(1e-8, 4000.0) == pytest.approx(np.sqrt(70.8 / 4000), rel=0.15)
    assert detectable_mean(1e-8, 16_000.0) < 0.51 * detectable_mean(1e-8, 4000.0)
    assert detectable_variance(1e-8, 4000.0) == pytest.approx(np.sqrt(141.6 / 4000), rel=0.15)
    assert detectable_variance(1e-8, 16_000.0) < 0.51 * detectable_variance(1e-8, 4000.0)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, -0.5, 0.99])
def test_the_recipe_s_effective_sizes_are_arviz_s(recipe: ModuleType, phi: float) -> None:
    rng = np.random.default_rng(1)
    for chains in (1, 4):
        for length in (16, 33, 101, 1000):
            x = recipe.autoregressive(rng, (6, chains, length), phi, 1.0 - phi * phi)
            for values in (x, x * x):
                expected = [array_stats.ess(v, chain_axis=0, draw_axis=1, method="mean") for v in values]
                np.testing.assert_allclose(recipe.ess_of_mean(values), expected, rtol=1e-10)
            expected = [array_stats.ess(v, chain_axis=0, draw_axis=1, method="quantile", prob=0.25) for v in x]
            np.testing.assert_allclose(recipe.ess_of_quantile(x, 0.25), expected, rtol=1e-10)


CHAINS = [("mean", 0.9, 4, 400.0, 0.5), ("variance", 0.5, 4, 400.0, 0.5), ("proportion", 0.5, 4, 200.0, 0.25)]


@pytest.mark.parametrize(("kind", "correlation", "chains", "size", "q"), CHAINS)
def test_weighted_tails_agree_with_counting(
    recipe: ModuleType, kind: str, correlation: float, chains: int, size: float, q: float
) -> None:
    """The same chains, untilted, counted: at limits that two in a hundred exceed."""
    chain = recipe.Chain(kind, correlation, chains, size, q)
    at = np.array([[1.645], [2.326]])
    tail = recipe.measured(chain, 4e6, 5, dict.fromkeys(KINDS, lambda ess: at))[kind]
    rng = np.random.default_rng(6)
    reps = 4000
    if kind == "proportion":
        law = recipe.Sticky(q, (correlation, correlation), (q, q))
        values, _ = recipe.sticky(rng, [law] * reps, chain.chains, chain.length, q)
        score = recipe.scores.proportion_score((values <= q).mean(axis=(1, 2)), q, recipe.ess_of_quantile(values, q))
    else:
        shape = (reps, chain.chains, chain.length)
        x = recipe.autoregressive(rng, shape, correlation, 1.0 - correlation**2)
        if kind == "variance":
            score = recipe.scores.variance_score((x * x).mean(axis=(1, 2)), recipe.ess_of_mean(x * x))
        else:
            score = x.mean(axis=(1, 2)) * np.sqrt(recipe.ess_of_mean(x))
    counted = (np.abs(score) > at).mean(axis=1)
    error = np.sqrt(tail.error**2 + counted * (1.0 - counted) / reps)
    assert np.all(np.abs(tail.probability - counted) < 4.0 * error)
    assert np.all(tail.error < 0.25 * tail.probability)


def test_tilts_reach_the_known_tail_of_independent_draws(recipe: ModuleType) -> None:
    """Weights give the exact chi-square tail at 1e-8, where no counting would."""
    chain = recipe.Chain("variance", 0.0, 1, 400.0)
    rng = np.random.default_rng(9)
    law = recipe.tilted(0.0, 400.0, 5.6)
    x = recipe.autoregressive(rng, (4000, 1, chain.length), *law)
    sums = recipe.Sums.of(x)
    weights = recipe.balanced(sums.log_likelihood(0.0, 1.0), [sums.log_likelihood(*law)])
    found = weights * ((x * x).sum(axis=(1, 2)) > stats.chi2(400).isf(1e-8))
    assert found.mean() == pytest.approx(1e-8, abs=4.0 * found.std() / np.sqrt(4000))
    assert found.std() / np.sqrt(4000) < 1e-9
    # The tilt keeps an AR(1) process one, with the variance that was asked for.
    phi, innovation = recipe.tilted(0.9, 400.0, 5.6)
    assert innovation / (1.0 - phi**2) == pytest.approx(law[1], rel=1e-12)


def test_a_limit_that_ignored_estimated_sizes_would_be_caught(recipe: ModuleType, document: dict[str, Any]) -> None:
    """With normal limits the verification finds too many false alarms far out."""
    level = 1e-6
    chain = recipe.Chain("mean", 0.9, 4, 400.0)
    tail = recipe.measured(chain, 1e7, 7, dict.fromkeys(KINDS, lambda ess: np.array([[normal_limit(level)]])))["mean"]
    assert tail.probability[0] - 3.0 * tail.error[0] > 1.2 * level

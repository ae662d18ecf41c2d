"""Exact probabilities of truths and draws: right ones pass, wrong ones are found, and where they are wrong is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Beta
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.data_places import data_places
from pplcompare.validation.calibrate.exact_evidence import direct_evidence, truth_evidence
from pplcompare.validation.calibrate.exact_side import exact_side
from pplcompare.validation.calibrate.exact_transform import ExactTransform, exact_components
from pplcompare.validation.calibrate.uniform_bets import wave_values
from scipy import special

GROUPS, TRIALS = ("A", "B", "C"), np.array([12, 60, 150])
MODEL = independent(Beta(2, 5))
THRESHOLD = np.log(4e4)
"""A quarter of the level 1e-4, one model on one engine."""

type Draws = NDArray[np.float64]
type Fault = Callable[[Draws, NDArray[np.int64], Draws], Draws]
"""Takes draws (draw, group), counts and the sampler's mean; returns wrong draws."""

FAULTS: dict[str, Fault] = {
    "sd 0.9": lambda draws, k, mean: mean + 0.9 * (draws - mean),
    "0.1 sd too high": lambda draws, k, mean: draws + 0.1 * draws.std(axis=0),
    "another group": lambda draws, k, mean: draws[:, [1, 0, 2]],
    "where A has none": lambda draws, k, mean: draws + (k[0] == 0) * np.array([0.8, 0.0, 0.0]) * draws.std(axis=0),
}


def replications(
    number: int, seed: int, fault: Fault | None = None, more: int = 0
) -> tuple[Float, Float, NDArray[np.int64]]:
    """Return probabilities of truths, means of waves, and successes, of truths from the prior and exact draws."""
    rng, transform = np.random.default_rng(seed), ExactTransform.of(MODEL, int(TRIALS.sum()))
    truths, means, counts = [], [], []
    for _ in range(number):
        rate = rng.beta(2, 5, size=3)
        k = np.minimum(rng.binomial(TRIALS, rate) + more, TRIALS)
        draws = rng.beta(2 + k, 5 + TRIALS - k, size=(99, 3))
        if fault is not None:
            draws = np.clip(fault(draws, k, (2 + k) / (7 + TRIALS)), 1e-9, 1.0 - 1e-9)
        found = exact_side(transform, Counts(GROUPS, TRIALS, k), {"rate": np.concatenate([rate[None], draws])})
        assert found.by_table
        truths.append(found.truth)
        means.append(found.direct)
        counts.append(k)
    return np.array(truths), np.array(means), np.array(counts)


NAMES = exact_components(MODEL, GROUPS)


def test_right_draws_and_a_right_simulator_pass() -> None:
    truths, means, counts = replications(600, 30)
    for found in (truth_evidence(truths, NAMES, 3), direct_evidence(means, NAMES, 3)):
        assert found.decided(THRESHOLD) is None
        assert found.path.shape == (600,)
        assert found.left_out == 0
    assert data_places(means, counts, TRIALS, NAMES, GROUPS) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_wrong_draws_are_found_and_the_simulator_is_not_blamed(name: str) -> None:
    truths, means, _ = replications(600, 31, FAULTS[name])
    assert direct_evidence(means, NAMES, 3).decided(THRESHOLD) is not None
    assert truth_evidence(truths, NAMES, 3).decided(THRESHOLD) is None


def test_a_wrong_simulator_is_found_and_draws_are_not_blamed() -> None:
    truths, means, _ = replications(300, 32, more=1)
    assert truth_evidence(truths, NAMES, 3).decided(THRESHOLD) is not None
    assert direct_evidence(means, NAMES, 3).decided(THRESHOLD) is None


def test_where_draws_are_wrong_is_told() -> None:
    _, means, counts = replications(600, 33, FAULTS["where A has none"])
    found = data_places(means, counts, TRIALS, NAMES, GROUPS)
    assert [(place.where, place.component, place.what) for place in found] == [("no success in A", "rate A", "place")]
    assert abs(found[0].inside) > 8.0
    assert abs(found[0].outside) < 4.0
    assert found[0].replications == int((counts[:, 0] == 0).sum())


def test_a_sampler_that_is_wrong_everywhere_is_told_so() -> None:
    _, means, counts = replications(300, 34, FAULTS["sd 0.9"])
    found = data_places(means, counts, TRIALS, NAMES, GROUPS)
    assert {(place.where, place.what) for place in found} == {("all data sets", "spread")}
    assert {place.component for place in found} == set(NAMES)


def test_what_is_not_certified_bets_nothing_and_is_counted() -> None:
    _, means, counts = replications(100, 35, FAULTS["sd 0.9"])
    means[60:] = np.nan
    found = direct_evidence(means, NAMES, 3)
    assert found.left_out == 40
    assert found.path[-1] == found.path[59]
    assert np.isfinite(found.path).all()
    assert data_places(means, counts, TRIALS, NAMES, GROUPS)


@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_right_evidence_rarely_exceeds_its_level(lag: float) -> None:
    """Runs of 200 replications of 20 draws, correlated or not, looked at after each replication."""
    rng, runs, level = np.random.default_rng(36), 600, 0.05
    normal = np.empty((200, runs, 20))
    normal[:, :, 0] = rng.normal(size=(200, runs))
    for i in range(1, 20):
        normal[:, :, i] = lag * normal[:, :, i - 1] + np.sqrt(1.0 - lag * lag) * rng.normal(size=(200, runs))
    means = wave_values(special.ndtr(normal)).mean(axis=2)
    exceeded = sum(
        direct_evidence(means[:, i : i + 1], ("rate",), 1).decided(-np.log(level)) is not None for i in range(runs)
    )
    # At most the level: 30 runs on average, and 50 with a probability below 1e-3.
    assert exceeded <= 50

"""One batch of a calibration on every engine, in its worker: ranks alone come back, and the same again."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.ranks import KEPT

from tests.backends.conftest import Workshop

BACKENDS = ("numpyro", "nutpie", "pymc", "stan")


def plan_of(engine: str, source: str) -> CalibrationPlan:
    return CalibrationPlan(
        data="campaigns",
        counts=load("campaigns"),
        models=(hierarchical(),),
        engines=(engine,),
        source=source,
        multiple=1,
        warmup=200,
        seed=1,
        level=1e-4,
        mutant="",
        processor="",
        versions={},
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_has_the_same_ranks_again_whatever_came_before(backend: str, workshop: Workshop) -> None:
    engine = workshop(backend)
    plan, entry = plan_of(backend, "prior"), PlanEntry("hierarchical", backend, 2)
    first = engine.ranked(plan, entry, 0)
    other = engine.ranked(plan, entry, 3)
    again = engine.ranked(plan, entry, 0)
    assert first.ranks.shape == (BATCH, len(plan.quantities("hierarchical").names))
    assert first.ranks.max() <= KEPT
    assert np.array_equal(first.ranks, again.ranks)
    assert np.array_equal(first.lag, again.lag)
    assert not np.array_equal(first.ranks, other.ranks)
    # Ranks of a right sampler are far from both ends on average: 8 standard errors.
    assert abs(first.ranks.mean(axis=0) / KEPT - 0.5).max() < 8 * np.sqrt(1 / 12 / BATCH)
    assert first.lag.mean() < 0.9


@pytest.mark.parametrize("backend", BACKENDS)
def test_its_own_simulator_makes_truths_and_counts(backend: str, workshop: Workshop) -> None:
    engine = workshop(backend)
    plan, entry = plan_of(backend, "backend"), PlanEntry("hierarchical", backend, 2)
    own, ours = engine.ranked(plan, entry, 0), engine.ranked(plan_of(backend, "prior"), entry, 0)
    assert own.ranks.max() <= KEPT
    assert not np.array_equal(own.ranks, ours.ranks)
    assert abs(own.ranks.mean(axis=0) / KEPT - 0.5).max() < 8 * np.sqrt(1 / 12 / BATCH)

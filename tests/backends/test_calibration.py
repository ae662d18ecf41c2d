"""One batch of a calibration on every engine, in its worker: ranks alone come back, and the same again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Binomial, Gamma
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.ranks import KEPT
from pplcompare.validation.exact import exact_posterior

from tests.backends.conftest import Workshop
from tests.validation.conftest import CAMPAIGNS_PLAN

BACKENDS = ("numpyro", "nutpie", "pymc", "stan")


THREE_LEVELS = Model(
    "three levels",
    Input("trials", plate="group"),
    Variable("pace", Gamma(20, 4)),
    Variable("alpha", Gamma(8, "pace")),
    Variable("beta", Gamma(30, 6)),
    Variable("rate", Beta("alpha", "beta"), plate="group"),
    Observed("successes", Binomial("trials", "rate"), plate="group"),
)


def plan_of(engine: str, source: str, model: Model) -> CalibrationPlan:
    asked = replace(CAMPAIGNS_PLAN, models=(model,), engines=(engine,), source=source)
    return replace(asked, warmup=200, seed=1, entries=())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_has_the_same_ranks_again_whatever_came_before(backend: str, workshop: Workshop) -> None:
    engine = workshop(backend)
    plan, entry = plan_of(backend, "prior", hierarchical()), PlanEntry("hierarchical", backend, 2)
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
    plan, entry = plan_of(backend, "backend", hierarchical()), PlanEntry("hierarchical", backend, 2)
    own, ours = engine.ranked(plan, entry, 0), engine.ranked(plan_of(backend, "prior", hierarchical()), entry, 0)
    assert own.ranks.max() <= KEPT
    assert not np.array_equal(own.ranks, ours.ranks)
    assert abs(own.ranks.mean(axis=0) / KEPT - 0.5).max() < 8 * np.sqrt(1 / 12 / BATCH)


@pytest.mark.nightly(
    twin="tests/backends/test_calibration.py::test_a_batch_has_the_same_ranks_again_whatever_came_before"
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_without_an_exact_answer_is_calibrated_too(backend: str, workshop: Workshop) -> None:
    with pytest.raises(UnsupportedModel):
        exact_posterior(THREE_LEVELS, load("campaigns"))
    plan, entry = plan_of(backend, "prior", THREE_LEVELS), PlanEntry("three levels", backend, 5)
    found = workshop(backend).ranked(plan, entry, 0)
    assert {"pace", "log joint", "conditional scores"} <= set(plan.quantities("three levels").names)
    assert found.ranks.max() <= KEPT
    assert abs(found.ranks.mean(axis=0) / KEPT - 0.5).max() < 8 * np.sqrt(1 / 12 / BATCH)

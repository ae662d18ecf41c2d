"""Faults that a calibration must find, right samplers that it must pass, and draws that it can say nothing of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.datasets import DATASETS, load
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.calibration_verdict import judged_ranks
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path
from pplcompare.validation.calibrate.ranks import KEPT
from pplcompare.validation.calibrate.thinning import LARGEST_LAG, LARGEST_THIN, chosen_thin
from pplcompare.validation.selftest.calibration_faults import (
    CALIBRATION_FAULTS,
    GATED,
    RIGHT_TRIALS,
    CalibrationFault,
    found_after,
)
from pplcompare.validation.selftest.calibration_kills import QUICK
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS
from pplcompare.validation.study.verdict import Verdict

SLOW = {
    "shift-0.1": 2500,
    "wrong-where-none": 10_000,
    "another-prior": 5000,
    "sd-0.95": 5000,
    "shuffled": 2500,
    "rank-off-by-one": 10_000,
}


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_is_found(fault: str) -> None:
    assert found_after(CALIBRATION_FAULTS[fault], 1, QUICK[fault]).after is not None


@pytest.mark.nightly(twin="tests/validation/test_calibration_faults.py::test_a_fault_is_found")
@pytest.mark.parametrize("fault", SLOW)
def test_a_small_fault_is_found(fault: str) -> None:
    assert found_after(CALIBRATION_FAULTS[fault], 1, SLOW[fault]).after is not None


def test_every_fault_is_tried() -> None:
    assert {*QUICK, *SLOW} == set(CALIBRATION_FAULTS)


def test_a_right_sampler_passes() -> None:
    """The nightly grid has more of them, and more replications."""
    assert found_after(CalibrationFault("nothing", "rates"), 1, 500).after is None


@pytest.mark.nightly(twin="tests/validation/test_calibration_faults.py::test_a_right_sampler_passes")
@pytest.mark.parametrize("case", RIGHT_TRIALS)
def test_right_samplers_pass(case: str) -> None:
    assert found_after(CalibrationFault("nothing", case), 2, 1000).after is None


def test_draws_that_repeat_are_thinned_or_underpowered_and_never_evidence() -> None:
    trial = GATED["no-thinning"].trial(1)
    kept = trial.ranked(range(BATCH), NUTSSettings(chains=1, draws=KEPT), 1)
    assert (kept.lag.mean(axis=0) > LARGEST_LAG).all()
    lags = trial.piloted(range(BATCH), NUTSSettings(chains=1, draws=5 * KEPT), LARGEST_THIN)
    thin = chosen_thin(lags)
    assert 8 <= thin <= 10
    thinned = trial.ranked(range(BATCH), NUTSSettings(chains=1, draws=thin * KEPT), thin)
    assert (thinned.lag.mean(axis=0) + 1 / KEPT < LARGEST_LAG).all()


def test_correlated_draws_that_were_not_thinned_are_underpowered_where_they_would_fail_a_right_sampler() -> None:
    """That is why there is a gate: with a correlation of .9 ranks are far from uniform."""
    fault = GATED["no-thinning"]
    case = TRIAL_MODELS[fault.on]
    entry = PlanEntry(case.model.name, "exact", 1)
    plan = CalibrationPlan("", case.counts, (case.model,), ("exact",), "prior", 1, 500, 1, 1e-4, "", "", {}, (entry,))
    trial = replace(fault.trial(1), components=plan.components(entry.model))
    batch = trial.ranked(range(1000), NUTSSettings(chains=1, draws=KEPT), 1)
    gated = judged_ranks(plan, entry, batch, 1000)
    assert (gated.verdict, gated.decided) == (Verdict.UNDERPOWERED, None)
    assert min(row.lag for row in gated.quantities) > 0.85
    assert all(row.name in gated.reason for row in gated.quantities)

    ungated = judged_ranks(plan, entry, replace(batch, lag=np.zeros_like(batch.lag)), 1000)
    assert ungated.verdict is Verdict.FAILED
    assert ungated.decided is not None


def test_without_quantities_of_the_counts_a_sampler_that_returns_the_prior_would_pass() -> None:
    """That is why they are there."""
    fault = CALIBRATION_FAULTS["prior"]
    trial = fault.trial(1)
    names = trial.quantities.names
    path = log_evidence_path(trial.ranked(range(300), NUTSSettings(chains=1, draws=KEPT), 1).ranks)
    blind = [at for at, name in enumerate(names) if name.startswith("rate ") or name == "mean rate"]
    assert path[:, blind].max() < np.log(1e4)
    assert path[-1].max() > 10 * np.log(1e4)


def test_no_data_set_of_ours_shows_a_fault_where_the_last_group_has_no_success() -> None:
    assert all(load(name).successes[-1] for name in DATASETS)

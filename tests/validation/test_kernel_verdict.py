"""The verdict on ranks of kernels: right ones pass, others fail, and what was not tried says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pplcompare.validation.calibrate.batch_layout import empty_batch
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.kernel_verdict import KernelVerdict, judged_kernel
from pplcompare.validation.calibrate.level_shares import log_threshold
from pplcompare.validation.calibrate.ranks import NO_RANK, RankArray

from tests.validation.test_batch_store import ENTRIES, calibration_plan

PLAN, ENTRY = replace(calibration_plan(), kernel=True), ENTRIES[2]


def verdict(ranks: RankArray) -> KernelVerdict:
    found = judged_kernel(PLAN, ENTRY, replace(empty_batch(PLAN, ENTRY), kernel=ranks))
    assert found is not None
    return found


def uniform(replications: int) -> RankArray:
    quantities = len(PLAN.quantities(ENTRY.model).names)
    return np.random.default_rng(50).integers(0, 100, (replications, quantities)).astype(np.uint8)


def test_uniform_ranks_pass_and_others_fail() -> None:
    assert verdict(uniform(1000))
    wrong = uniform(1000)
    wrong[:, 1] = np.minimum(wrong[:, 1], wrong[::-1, 1])
    found = verdict(wrong)
    assert not found
    assert found.decided is not None
    assert found.worst == PLAN.quantities(ENTRY.model).names[1] == "beta"
    assert "posterior of beta" in found.reason


def test_a_state_that_is_no_number_fails() -> None:
    ranks = uniform(50)
    ranks[7, 2] = NO_RANK
    assert not verdict(ranks)
    assert verdict(ranks).reason == "transitions from 1 truths come to no number"


def test_what_is_not_asked_for_or_not_tried_fails_nothing_and_says_why() -> None:
    entry = replace(ENTRY, no_kernel="it cannot")
    assert judged_kernel(replace(PLAN, kernel=False), ENTRY, empty_batch(PLAN, ENTRY)) is None
    found = judged_kernel(PLAN, entry, empty_batch(PLAN, entry))
    assert found
    assert found.untried == "it cannot"
    assert empty_batch(PLAN, entry).kernel.shape == (0, 0)


@pytest.mark.parametrize("kernel", [False, True])
def test_judgements_share_the_level(kernel: bool) -> None:
    plan: CalibrationPlan = replace(PLAN, kernel=kernel)
    shares = {"ranks": 1, "exact": 2, **({"kernel": 1} if kernel else {})}
    spent = sum(number * np.exp(-log_threshold(plan, ENTRY.model, what)) for what, number in shares.items())
    assert spent * len(plan.engines) * len(plan.models) == pytest.approx(plan.level)


def test_a_plan_with_kernels_is_read_as_it_was_written() -> None:
    plan = PLAN.thinned([replace(ENTRY, no_kernel="it cannot")])
    again = CalibrationPlan.read(plan.text())
    assert again.text() == plan.text()
    assert (again.kernel, again.entries[0].no_kernel) == (True, "it cannot")

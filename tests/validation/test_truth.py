"""What has an outcome is true if it passed, and only then; asked to raise, it raises for everything else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pplcompare.backends.protocol import Status
from pplcompare.models.beta_binomial import independent
from pplcompare.models.datasets import load
from pplcompare.models.errors import CheckNotPassed, PplCompareError
from pplcompare.validation import check_draws, exact_posterior
from pplcompare.validation.bench.changes import Change, Changed, Comparison
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, fault
from pplcompare.validation.selftest.trial import HarnessKill, SelfTest
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import Verdict


def report(*outcomes: Outcome, limit: float = 1.0) -> CheckReport:
    return CheckReport(tuple(CheckResult("mean of z", "rate[A]", 0.5, limit, outcome, "why") for outcome in outcomes))


@pytest.mark.parametrize("outcome", Outcome)
def test_results_and_reports_are_true_if_they_passed(outcome: Outcome) -> None:
    passed = outcome is Outcome.PASSED
    assert bool(outcome) is passed
    whole = report(outcome)
    (single,) = whole.results
    assert whole.outcome is single.outcome is outcome
    assert (bool(single), single.passed, bool(whole), whole.passed) == (passed,) * 4


def test_a_report_without_a_comparison_is_not_true() -> None:
    assert not CheckReport()
    assert not report(Outcome.PASSED, limit=math.nan)
    assert not report(Outcome.PASSED, Outcome.FAILED)


@pytest.mark.parametrize("verdict", Verdict)
def test_rows_and_studies_are_true_if_they_passed(verdict: Verdict, plan: Plan) -> None:
    good, row = FitResult("m", "a", Verdict.PASSED), FitResult("m", "b", verdict)
    passed = verdict is Verdict.PASSED
    study = Study(plan, (good, row), {}, {})
    for it in (row, study):
        assert (bool(it), it.passed) == (passed, passed)
    assert bool(verdict) is passed
    assert not replace(study, rows=())


def test_a_backend_that_is_missing_a_speed_that_is_lost_and_a_mutant_that_survives_are_not_true() -> None:
    assert Status({})
    assert not Status({}, "no such library")
    assert Comparison(1.25, (Changed("c", "a", Change.NOT_SLOWER),), ())
    assert not Comparison(1.25, (Changed("c", "a", Change.LOST),), ())
    assert SelfTest(1, 1, 1, (), (), (HarnessKill("d", "w", "", "caught"),))
    assert not SelfTest(1, 1, 1, (), (), (HarnessKill("d", "w", "", ""),))


def draws(number: int, *, scale: float = 1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    data = load("campaigns")
    a, b = 2.0 + data.successes, 5.0 + data.trials - data.successes
    found = rng.beta(a, b, (4, number, 2))
    return {"rate": a / (a + b) + scale * (found - a / (a + b))}


def test_checked_draws_that_pass_raise_nothing() -> None:
    checked = check_draws(exact_posterior(independent(), load("campaigns")), draws(1000))
    assert checked
    assert checked.passed
    checked.raise_if_failed()


def test_draws_that_fail_raise_with_a_table_of_what_failed() -> None:
    checked = check_draws(exact_posterior(independent(), load("campaigns")), draws(1000, scale=0.8))
    assert not checked
    with pytest.raises(CheckNotPassed) as caught:
        checked.raise_if_failed()
    first, heading, *rows = str(caught.value).splitlines()
    assert first == "independent: failed"
    assert heading.split() == ["outcome", "check", "of", "statistic", "limit"]
    assert len(rows) == min(len(checked.failures), 20) + (len(checked.failures) > 20)
    assert rows[0].startswith(f"  failed   {checked.failures[0].check}")
    assert isinstance(caught.value, (PplCompareError, AssertionError))


def test_draws_that_are_too_few_raise_too_and_nobody_calls_them_failed() -> None:
    checked = check_draws(exact_posterior(independent(), load("campaigns")), draws(50))
    assert checked.outcome is Outcome.UNDERPOWERED
    assert not checked
    with pytest.raises(CheckNotPassed, match="independent: underpowered, which is not passed: ") as caught:
        checked.raise_if_failed()
    assert "failed" not in str(caught.value)
    assert "at least 400 are needed" in str(caught.value)


@pytest.mark.parametrize("outcome", [Outcome.NOT_CERTIFIED, Outcome.UNDERPOWERED, Outcome.NOT_TESTED, Outcome.OURS])
def test_every_other_outcome_raises_by_its_name(outcome: Outcome) -> None:
    with pytest.raises(CheckNotPassed, match=f"^rats: {outcome}, which is not passed: ") as caught:
        report(outcome).raise_if_failed("rats")
    assert "mean of z" in str(caught.value)


def test_a_table_is_cut_and_its_lines_stay_lines() -> None:
    many = CheckReport(tuple(fault("finite", f"rate[{i}]\nx", "\x1b[31m") for i in range(25)))
    with pytest.raises(CheckNotPassed) as caught:
        many.raise_if_failed()
    lines = str(caught.value).splitlines()
    assert len(lines) == 1 + 1 + 20 + 1
    assert lines[-1] == "  and 5 more"
    assert "\x1b" not in str(caught.value)

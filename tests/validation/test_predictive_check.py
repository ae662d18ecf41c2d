"""Counts to come: right ones pass, wrong ones fail by name, on exact draws and on a real library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pplcompare.backends.fit import Draws
from pplcompare.backends.protocol import Backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.predictive_check import check_prediction, planned_predictions, predicted, randomised
from pplcompare.validation.checks.result import CheckReport, Outcome
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.process.worker_process import WorkerProcess
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend, Mutation
from scipy import stats

MODEL = hierarchical()
COUNTS = Counts(["b", "a", "ä", "c"], [20, 5, 0, 90], [4, 5, 0, 11])
EXACT = exact_posterior(MODEL, COUNTS)
SETTINGS = NUTSSettings(chains=4, draws=3000)
LEVELS = Levels.weighted(1e-4, planned_predictions(COUNTS))
PREDICTIVE = ("posterior-mean-plugged-in", "predictive-from-prior", "neighbour-trials")


def check(backend: Backend, mutation: Mutation | None = None) -> CheckReport:
    backend = MutantBackend(backend, mutation) if mutation else backend
    program = backend.compile(MODEL.structure, EXACT.inputs.sizes)
    fit = program.sample(EXACT.inputs, SETTINGS, 4)
    return check_prediction(EXACT, predicted(program, EXACT, fit, 5), fit, 6, LEVELS)


def test_exact_counts_pass_every_comparison() -> None:
    report = check(ExactBackend())
    assert report.outcome is Outcome.PASSED
    # Three groups with trials, a new group's counts and its rate; mean and variance of each.
    assert report.comparisons == planned_predictions(COUNTS).total() == 10


@pytest.mark.parametrize("name", PREDICTIVE)
def test_wrong_predictions_fail(name: str) -> None:
    assert check(ExactBackend(), MUTANTS[name]).outcome is Outcome.FAILED


@pytest.mark.nightly(twin="tests/validation/test_predictive_check.py::test_wrong_predictions_fail")
def test_a_real_library_passes_and_its_mutants_fail() -> None:
    with WorkerProcess("numpyro", ours=True) as worker:
        remote = RemoteBackend(worker)
        assert check(remote).outcome is Outcome.PASSED
        for name in PREDICTIVE:
            assert check(remote, MUTANTS[name]).outcome is Outcome.FAILED, name


@pytest.mark.parametrize(
    ("alter", "caught"),
    [
        (lambda d: {k: v for k, v in d.items() if k != "rate_new"}, "names"),
        (lambda d: {**d, "successes": d["successes"][:, :, :2]}, "shape of successes"),
        (lambda d: {**d, "successes": np.where(d["successes"] == 4.0, 3.5, d["successes"])}, "whole of successes"),
        (lambda d: {**d, "successes": np.full_like(d["successes"], np.nan)}, "support of successes"),
        (lambda d: {**d, "successes_new": d["successes_new"] + 20.0}, "support of successes_new"),
        (lambda d: {**d, "rate_new": 1.0 - d["rate_new"]}, "mean of z of rate of a new group"),
    ],
)
def test_what_is_wrong_is_named(alter: Callable[[Draws], Any], caught: str) -> None:
    program = ExactBackend().compile(MODEL.structure, EXACT.inputs.sizes)
    fit = program.sample(EXACT.inputs, SETTINGS, 4)
    altered = alter(predicted(program, EXACT, fit, 5))
    failures = check_prediction(EXACT, altered, fit, 6, LEVELS).failures
    assert any(str(failure).startswith(caught) for failure in failures), failures


def test_repeated_draws_are_underpowered() -> None:
    program = ExactBackend().compile(MODEL.structure, EXACT.inputs.sizes)
    few = program.sample(EXACT.inputs, NUTSSettings(chains=2, draws=50), 4)
    report = check_prediction(EXACT, predicted(program, EXACT, few, 5), few, 6, LEVELS)
    assert report.outcome is Outcome.UNDERPOWERED


def test_randomised_transforms_of_the_right_counts_are_uniform() -> None:
    exact = exact_posterior(independent(), COUNTS)
    law = exact.predictive(0, 3)
    rng = np.random.default_rng(8)
    counts = stats.betabinom(3, 2.0 + 4, 5.0 + 16).rvs((4, 5000), random_state=rng).astype(float)
    assert stats.kstest(randomised(law, counts, rng).ravel(), "uniform").pvalue > 1e-6

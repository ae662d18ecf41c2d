"""The main job: what is right passes, what is wrong fails by name, what is missing is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma
from pplcompare.models.errors import WorkerFailure
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.result import Outcome, combined
from pplcompare.validation.study.study import OpenBackend, Plan, Study, carry_out
from pplcompare.validation.study.verdict import ExitCode, Verdict, exit_code
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend

from tests.validation.conftest import opener

# Mutant -> the check that must notice it, model by model; all others are put on trial by the self-test.
CAUGHT_BY = {
    "swap-alpha-beta": ("gradient by rate", "gradient by rate"),
    "roll-trials": ("log density", "log density"),
    "sd-0.95": ("variance of z", "variance of z"),
    "chains-alike": ("chains differ", "chains differ"),
    "nan": ("finite", "finite"),
    "posterior-mean-plugged-in": ("variance of z of next successes", "variance of z of next successes"),
    "predictive-from-prior": ("variance of z of next successes", "variance of z of next successes"),
    "neighbour-trials": ("support of successes", "support of successes"),
}


def ignore(_: str) -> None:
    pass


def verdicts(study: Study) -> list[tuple[str, str, Verdict]]:
    return [(row.model, row.backend, row.verdict) for row in study.rows]


def test_the_exact_sampler_passes_and_gets_a_speed(plan: Plan, exact_only: OpenBackend) -> None:
    study = carry_out(plan, exact_only, ignore)
    assert verdicts(study) == [
        ("independent", "exact", Verdict.PASSED),
        ("hierarchical", "exact", Verdict.PASSED),
    ]
    for row in study.rows:
        assert row.speed is not None
        assert row.speed.ess > 15_000
        assert row.posterior.comparisons > 0
        assert row.prediction.comparisons > 0


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_a_mutant_fails_without_a_speed_and_is_caught_by_name(name: str, plan: Plan) -> None:
    study = carry_out(plan, opener({"exact": MutantBackend(ExactBackend(), MUTANTS[name])}), ignore)
    for row, check in zip(study.rows, CAUGHT_BY[name], strict=True):
        assert row.verdict is Verdict.FAILED, row.reason
        assert row.speed is None
        failures = combined((row.same_model, row.posterior, row.prediction)).failures
        assert any(str(failure).startswith(check) for failure in failures), row.reason
    assert exit_code([(row.backend, row.verdict) for row in study.rows], ()) is ExitCode.FAILED


def test_too_few_draws_are_underpowered_not_passed(plan: Plan, exact_only: OpenBackend) -> None:
    study = carry_out(replace(plan, settings=NUTSSettings(draws=90)), exact_only, ignore)
    assert {row.verdict for row in study.rows} == {Verdict.UNDERPOWERED}
    assert "at least 400 are needed" in study.rows[0].reason
    assert exit_code([("exact", row.verdict) for row in study.rows], ()) is ExitCode.INCOMPLETE


def test_a_missing_backend_is_said_and_the_others_go_on(plan: Plan) -> None:
    class Missing(ExactBackend):
        name = "missing"

        def status(self) -> Status:
            return Status({}, "no such library", "pip install it")

    backends = opener({"missing": Missing(), "exact": ExactBackend()})
    study = carry_out(replace(plan, backends=["missing", "exact"]), backends, ignore)
    assert [v for _, _, v in verdicts(study)] == [Verdict.UNAVAILABLE, Verdict.PASSED] * 2
    assert study.rows[0].reason == "no such library; pip install it"


def test_an_absent_backend_is_never_among_those_that_an_interruption_leaves_out(plan: Plan) -> None:
    class Missing(ExactBackend):
        name = "missing"

        def status(self) -> Status:
            return Status({}, "no such library", "pip install it")

    kept: list[Study] = []
    backends = opener({"exact": ExactBackend(), "missing": Missing()})
    small = replace(plan, backends=["exact", "missing"], settings=NUTSSettings(draws=400))
    carry_out(small, backends, ignore, keep=kept.append)
    assert [part.missing for part in kept] == [("exact",)] * (len(kept) - 1) + [()]
    assert {row.verdict for part in kept for row in part.rows if row.backend == "missing"} == {Verdict.UNAVAILABLE}


def test_a_crash_is_incomplete_and_the_others_go_on(plan: Plan) -> None:
    class Crashing(ExactBackend):
        name = "crashing"

        def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
            raise WorkerFailure("crashed (SIGSEGV)", where="crashing", tail="last words")

    backends = opener({"crashing": Crashing(), "exact": ExactBackend()})
    study = carry_out(replace(plan, backends=["crashing", "exact"]), backends, ignore)
    assert [v for _, _, v in verdicts(study)] == [Verdict.INCOMPLETE, Verdict.PASSED] * 2
    assert "SIGSEGV" in study.rows[0].reason


def test_seeds_depend_on_root_model_and_backend_not_on_order(plan: Plan) -> None:
    other = replace(plan, backends=["stan", "exact"], models=list(reversed(plan.models)))
    assert plan.fit_seed("hierarchical", "exact") == other.fit_seed("hierarchical", "exact")
    seeds = {plan.fit_seed(m, b) for m in ("independent", "hierarchical") for b in ("stan", "exact")}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert replace(plan, seed=0).fit_seed("hierarchical", "exact") not in seeds


@pytest.mark.parametrize(
    ("found", "required", "code"),
    [
        ([("a", Verdict.PASSED)], (), ExitCode.PASSED),
        ([("a", Verdict.PASSED), ("b", Verdict.UNAVAILABLE)], (), ExitCode.PASSED),
        ([("a", Verdict.PASSED), ("b", Verdict.UNAVAILABLE)], ("b",), ExitCode.MISSING),
        ([("a", Verdict.PASSED), ("b", Verdict.UNSUPPORTED)], ("b",), ExitCode.MISSING),
        ([("a", Verdict.FAILED), ("b", Verdict.UNAVAILABLE)], ("b",), ExitCode.FAILED),
        ([("a", Verdict.FAILED), ("b", Verdict.INCOMPLETE)], (), ExitCode.FAILED),
        ([("a", Verdict.PASSED), ("b", Verdict.INCOMPLETE)], (), ExitCode.INCOMPLETE),
        ([("a", Verdict.UNDERPOWERED)], (), ExitCode.INCOMPLETE),
        ([("a", Verdict.INCOMPLETE), ("b", Verdict.UNAVAILABLE)], ("b",), ExitCode.MISSING),
        ([("a", Verdict.UNAVAILABLE)], (), ExitCode.BAD_INPUT),
        ([("a", Verdict.UNAVAILABLE)], ("a",), ExitCode.MISSING),
        ([], (), ExitCode.BAD_INPUT),
    ],
)
def test_exit_codes_have_an_order(found: list[tuple[str, Verdict]], required: tuple[str, ...], code: ExitCode) -> None:
    assert exit_code(found, required) is code


@pytest.mark.parametrize("free", ["mean", "concentration"])
def test_a_model_with_one_hyper_parameter_is_checked_whole(free: str) -> None:
    """One of the two functions of the hyper-parameters is then a constant, which has no spread."""
    prior: Distribution = Beta(2, 5) if free == "mean" else Gamma(3, 0.2)
    rate = BetaProportion("free", 12.0) if free == "mean" else BetaProportion(0.3, "free")
    model = Model(
        "one",
        Input("n", plate="group"),
        Variable("free", prior),
        Variable("rate", rate, plate="group"),
        Observed("k", Binomial("n", "rate"), plate="group"),
    )
    plan = Plan(Counts(["a", "b"], [20, 30], [3, 9]), [model], ["exact"], NUTSSettings(draws=2500), seed=1)
    (row,) = carry_out(plan, opener({"exact": ExactBackend()}), ignore).rows
    assert row.verdict is Verdict.PASSED, row.reason
    left_out = {result.subject for result in row.posterior.results if result.outcome is Outcome.NOT_TESTED}
    assert f"{'log concentration' if free == 'mean' else 'logit mean'} of the rates" in left_out

"""Levels: weights are declared, every kind has one, and right samplers fail as rarely as promised in both looks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.checks.comparisons import pooled_results
from pplcompare.validation.checks.critical_values import KINDS as LIMITS
from pplcompare.validation.checks.detectable import POWER, least_error
from pplcompare.validation.checks.levels import KINDS, SUMMED, WEIGHTS, Levels, Share, over_fits
from pplcompare.validation.checks.over_fits import (
    check_over_fits,
    measured_bias,
    planned_over_fits,
    score_bias,
    weights_of,
)
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.checks.predictive_check import check_prediction, planned_predictions, predicted
from pplcompare.validation.checks.result import BOUNDS, CheckReport, CheckResult, Outcome, combined, compared, is_fact
from pplcompare.validation.checks.scores import normal_scores
from pplcompare.validation.commands import check_job
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.selftest.binomial import fewest, most
from pplcompare.validation.selftest.two_looks import counted_looks
from pplcompare.validation.study.fit_result import FitResult, judged
from pplcompare.validation.study.plan import Plan, derived_seed, planned, sharing
from pplcompare.validation.study.second_look import (
    SCREEN,
    confirmation,
    false_alarm_bound,
    number_flagged,
    screen,
    second_decisions,
)
from pplcompare.validation.study.sums import with_sums
from pplcompare.validation.study.verdict import ABSENT, ExitCode, Verdict, exit_code
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend
from scipy import special

ROOT = Path(__file__).parents[2]
BACKENDS = ("exact", "nutpie", "numpyro", "pymc", "stan")
DEFAULT = NUTSSettings(chains=4, draws=2500)
MODELS = (independent(), hierarchical())


def plans(family_level: float = 1e-4) -> list[Plan]:
    """Return the plans of a check of everything with all five backends."""
    return sharing([Plan(load(name), MODELS, BACKENDS, DEFAULT, 0, data=name) for name in DATASETS], family_level)


def test_weights_sum_to_one_and_every_kind_has_a_share() -> None:
    assert sum(WEIGHTS.values()) == 1.0
    assert set(WEIGHTS) == set(Share)
    assert all(kind.share in WEIGHTS and kind.what for kind in KINDS.values())
    assert {KINDS[over_fits(name)].share for name in SUMMED} == {Share.SUMS}
    assert all(KINDS[name].summed in LIMITS and over_fits(name) in KINDS for name in SUMMED)
    # Limits of sums are those of their scores and the bias that was measured.
    assert {KINDS[name].summed for name in SUMMED} <= set(measured_bias()["bias_times_root_of_size"])


def test_the_levels_of_a_whole_check_sum_to_its_family_wise_level() -> None:
    every = plans()
    levels, number = every[0].levels, planned(every)
    assert levels.spent(number) == pytest.approx(1e-4, rel=1e-12)
    for share in Share:
        of_share = {kind: count for kind, count in number.items() if KINDS[kind].share is share}
        assert levels.spent(of_share) == pytest.approx(WEIGHTS[share] * 1e-4, rel=1e-12)
    looked = screen(every[0])
    assert looked.levels.spent(number) == pytest.approx(SCREEN, rel=1e-12)
    assert set(number) == set(KINDS)


@pytest.mark.parametrize("models", [MODELS, MODELS[:1]], ids=["two fits", "one fit"])
def test_a_run_alone_has_its_whole_level_and_sums_only_if_there_are_several_fits(models: tuple[Model, ...]) -> None:
    plan = Plan(load("campaigns"), models, ["a", "b"], DEFAULT, 0)
    number = planned([plan])
    assert plan.levels.spent(number) == pytest.approx(1e-4, rel=1e-12)
    assert plan.comparisons == number.total()
    # Products with functions of the hyper-parameters are in one of the two fits.
    several = {kind for kind in SUMMED if len(models) > 1 and " x " not in kind}
    assert {kind: number[over_fits(kind)] for kind in SUMMED} == {kind: 2 * (kind in several) for kind in SUMMED}


def test_an_unknown_or_unplanned_kind_has_no_level() -> None:
    with pytest.raises(UsageError, match="no such kind"):
        Levels.weighted(1e-4, {"mean": 1, "median": 1})
    with pytest.raises(UsageError, match="not planned"):
        Levels.weighted(1e-4, {"mean": 1, "variance": 0}).of("variance")
    # Nothing in a share leaves the whole level to the others.
    assert Levels.weighted(1e-4, {"mean": 4, "pooled mean": 0}).of("mean") == pytest.approx(0.25e-4)


def test_every_comparison_of_a_fit_has_a_kind_and_none_more_than_were_planned() -> None:
    reports = []
    for model in MODELS:
        exact = exact_posterior(model, load("campaigns"))
        program = ExactBackend().compile(model.structure, exact.inputs.sizes)
        number = planned_comparisons(model.structure, exact.inputs) + planned_predictions(exact.counts)
        levels = Levels.weighted(1e-4, number)
        fit = program.sample(exact.inputs, DEFAULT, 1)
        report = combined(
            [
                check_posterior(exact, model.structure, exact.inputs, fit.draws, DEFAULT, levels).report,
                check_prediction(exact, predicted(program, exact, fit, 2), fit, 3, levels),
            ]
        )
        made = Counter(result.kind for result in report.results if np.isfinite(result.limit))
        assert set(made) <= set(KINDS)
        assert made.total() == report.comparisons
        assert all(made[kind] <= number[kind] for kind in made)
        assert all(made[kind] == number[kind] == 1 for kind in SUMMED if exact.scalars or kind in number)
        reports.append(report)
    sums = check_over_fits(reports, [2, 2], Levels.equal(1e-4))
    expected = planned_over_fits([Counter(result.kind for result in report.results) for report in reports])
    assert Counter(result.kind for result in sums.results) == expected


def test_the_docs_say_of_every_kind_which_share_it_is_in_and_why() -> None:
    lines = (ROOT / "docs" / "levels.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    shares = {row[0]: row[1] for row in rows if len(row) == 3 and row[2]}
    for name, kind in KINDS.items():
        assert shares.get(name) == kind.share, name


def fit_of(*scores: float, size: float = 4000.0) -> CheckReport:
    kinds = ("pooled mean", "pooled variance")
    results = (
        compared("score", "all groups", score, 5.0, kind=kind, size=size, error=0.01)
        for kind, score in zip(kinds, scores, strict=True)
    )
    return CheckReport(tuple(results), 2)


def test_the_measured_bias_is_below_its_bound_and_sums_of_right_scores_keep_to_their_levels() -> None:
    """At sizes that the bound was not measured at, too; three standard errors allowed for."""
    table = measured_bias()
    assert table["recipe"].startswith("python benchmarks/over_fits.py")
    for entry in table["measurements"]:
        assert abs(entry["bias"]) <= score_bias(entry["kind"], entry["size"]) + 3.0 * entry["error"], entry
    assert {entry["kind"] for entry in table["measurements"]} == set(table["bias_times_root_of_size"])
    for count in table["verification"]:
        for level, beyond in zip((1e-2, 1e-3, 1e-4), count["beyond"], strict=True):
            assert beyond <= most(count["sums"], level), count


def test_sums_find_what_is_a_little_wrong_everywhere() -> None:
    levels = Levels.equal(1e-4)
    mean, variance = check_over_fits([fit_of(2.0, 0.1)] * 8, [3] * 8, levels).results
    assert mean.outcome is Outcome.FAILED
    assert mean.statistic == pytest.approx(2.0 * np.sqrt(8.0))
    assert mean.error == pytest.approx(0.01 / np.sqrt(8.0))
    assert variance.outcome is Outcome.PASSED
    assert check_over_fits([fit_of(9.0, 9.0)], [3], levels).results == ()
    assert check_over_fits([fit_of(np.nan, 0.0)] * 2, [1, 9], levels).results[0].outcome is Outcome.FAILED


def test_a_fit_of_more_groups_has_more_weight_and_the_squares_of_the_weights_sum_to_one() -> None:
    weights = weights_of([2, 71, 18, 12])
    assert sum(weight**2 for weight in weights) == pytest.approx(1.0, rel=1e-15)
    assert weights[1] / weights[0] == pytest.approx(np.sqrt(71 / 2))
    for scores in ((0.0, 2.0), (2.0, 0.0)):
        fits = [fit_of(score, 0.0) for score in scores]
        (mean, _) = check_over_fits(fits, [1, 8], Levels.equal(1e-4)).results
        assert mean.statistic == pytest.approx(np.dot(weights_of([1, 8]), scores))
        assert mean.error == pytest.approx(0.01 / sum(weights_of([1, 8])))


def test_weights_do_not_raise_the_limit_of_a_sum_beyond_that_of_equal_ones() -> None:
    """The bias of a sum is at most that of its scores times the sum of the weights, largest where they are equal."""
    levels, fits = Levels.equal(1e-4), [fit_of(0.0, 0.0, size=400.0)] * 4
    unequal, equal = (check_over_fits(fits, groups, levels).results[1] for groups in ([2, 71, 18, 12], [7] * 4))
    bias = score_bias("pooled variance", 400.0)
    assert equal.limit - unequal.limit == pytest.approx(bias * (2.0 - sum(weights_of([2, 71, 18, 12]))))
    assert unequal.limit < equal.limit


def test_the_limit_of_a_sum_grows_by_the_bias_of_its_scores() -> None:
    levels = Levels.equal(1e-4)
    few, many, single = (
        check_over_fits([fit_of(0.0, 0.0, size=size)] * fits, [5] * fits, levels).results[1]
        for fits, size in ((40, 400.0), (40, 40_000.0), (2, 400.0))
    )
    assert few.limit > many.limit
    assert few.limit > single.limit


# One comparison of a stand-in fit, and how it comes out in fresh draws.
def row(*results: CheckResult, name: str = "model") -> FitResult:
    report = CheckReport(results, len(results))
    return judged(
        FitResult(name, "backend", Verdict.INCOMPLETE, posterior=report, fit=Fit({}, {}, Timing(), 0)), report
    )


def score(subject: str, statistic: float, kind: str = "mean", limit: float = 4.0) -> CheckResult:
    return compared("mean of z", subject, statistic, limit, kind=kind, size=4000.0, error=0.01)


SECOND: list[tuple[str, list[CheckResult], Verdict]] = [
    ("confirmed", [score("a", 6.0), score("b", 0.0)], Verdict.FAILED),
    ("bad luck", [score("a", 1.0), score("b", 0.0)], Verdict.PASSED),
    ("another one fails", [score("a", 1.0), score("b", 9.0)], Verdict.PASSED),
    ("a fact", [CheckResult("finite", "a", np.nan, np.nan, Outcome.FAILED)], Verdict.FAILED),
    ("too few", [CheckResult("effective draws", "a", 9.0, np.nan, Outcome.UNDERPOWERED)], Verdict.UNDERPOWERED),
    ("not tested", [CheckResult("mean of z", "a", np.nan, np.nan, Outcome.NOT_TESTED)], Verdict.INCOMPLETE),
    ("gone", [score("b", 0.0)], Verdict.INCOMPLETE),
]


@pytest.mark.parametrize(("fresh", "verdict"), [case[1:] for case in SECOND], ids=[case[0] for case in SECOND])
def test_only_what_was_flagged_is_decided_by_fresh_draws(fresh: list[CheckResult], verdict: Verdict) -> None:
    first = [row(score("a", 5.0), score("b", 0.0))]
    assert number_flagged(first) == 1
    (found,) = second_decisions(first, lambda _: row(*fresh), Levels.equal(1e-6))
    assert found.verdict is verdict, found.reason
    assert found.first_look is not None
    assert found.first_look.verdict is Verdict.FAILED


@pytest.mark.parametrize(("again", "verdict"), [(2.0, Verdict.FAILED), (0.0, Verdict.PASSED)])
def test_a_flagged_sum_samples_all_fits_again_and_decides_on_the_whole_backend(again: float, verdict: Verdict) -> None:
    levels = Levels.equal(1e-4)
    first = with_sums([row(score("all", 2.0, "pooled mean"), name=f"model {n}") for n in range(8)], levels)
    assert {one.verdict for one in first} == {Verdict.FAILED}
    assert number_flagged(first) == 1
    sampled = list[int]()

    def sample(at: int) -> FitResult:
        sampled.append(at)
        return row(score("all", 2.0 * again, "pooled mean", limit=1e9))

    found = second_decisions(first, sample, levels)
    assert sampled == list(range(8))
    assert {one.verdict for one in found} == {verdict}
    assert all(("all fits" in one.reason) is (verdict is Verdict.FAILED) for one in found)


def test_what_is_wrong_in_one_place_is_told_of_that_place_only() -> None:
    """A fit that fails by itself is in no sum, whatever it would add to it."""
    rows = with_sums([row(score("all", 90.0, "pooled mean")), row(score("all", 0.1, "pooled mean"))], Levels.equal(0.1))
    assert [one.verdict for one in rows] == [Verdict.FAILED, Verdict.PASSED]
    assert all(one.over_fits.results == () for one in rows)


def test_both_looks_together_keep_their_promise() -> None:
    assert confirmation(1e-4) == pytest.approx(2e-6)
    assert false_alarm_bound(1e-4) == pytest.approx(1e-7)
    found = counted_looks(3000, 5, SCREEN, 0.2)
    # The limits of sums are a little on the safe side.
    assert fewest(3000, 0.8 * SCREEN) <= found.flagged <= most(3000, SCREEN)
    assert found.failed <= most(3000, SCREEN * 0.2)
    assert found.failed >= fewest(3000, 0.6 * SCREEN * 0.2) >= 1


def pooled(name: str, model: Model, mutant: str, seed: int) -> CheckReport:
    """Return the pooled comparisons of one fit, at their levels in the screen of a whole check."""
    counts = load(name)
    exact = exact_posterior(model, counts)
    backend = MutantBackend(ExactBackend(), MUTANTS[mutant])
    seed = derived_seed(seed, name, model.name)
    draws: Draws = backend.compile(model.structure, exact.inputs.sizes).sample(exact.inputs, DEFAULT, seed).draws
    rates = np.moveaxis(draws[exact.plate_variable], 2, 0)
    z = np.stack(
        [
            normal_scores(exact.marginal(exact.plate_variable, group).table().cdf(values))
            for group, values in enumerate(rates)
        ]
    )
    results = pooled_results("rate, all groups", z, LOOK.of("pooled mean"))
    return CheckReport(tuple(results), len(results))


LOOK = screen(plans()[0]).levels


@pytest.mark.parametrize(
    ("mutant", "kind", "size", "scale"),
    [("shift-0.03", "pooled mean", 0.03, False), ("sd-1.05", "pooled variance", 1.05**2 - 1.0, True)],
)
def test_a_check_of_everything_finds_a_small_error_that_is_everywhere(
    mutant: str, kind: str, size: float, scale: bool
) -> None:
    """With 99 % power by the sums over fits, several times over, where fits of few groups may miss it."""
    reports = [pooled(name, model, mutant, 3) for name in DATASETS for model in MODELS]
    groups = [len(load(name).groups) for name in DATASETS for _ in MODELS]
    (found,) = (result for result in check_over_fits(reports, groups, LOOK).results if result.kind == over_fits(kind))
    assert found.outcome is Outcome.FAILED
    assert least_error(found.limit, found.error, scale=scale) < 0.5 * size
    # What is said to be found is what the statistic is beyond its limit by.
    beyond = size / found.error - found.limit
    assert found.statistic - found.limit == pytest.approx(beyond, rel=0.25)
    assert beyond > special.ndtri(POWER)


def test_a_shift_that_no_fit_of_few_groups_finds_is_found_by_the_sum() -> None:
    """Eight fits of two groups, with .03 sd in every one of them."""
    reports = [pooled("campaigns", model, "shift-0.03", seed) for model in MODELS for seed in range(4)]
    alone = [result for report in reports for result in report.results if result.kind == "pooled mean"]
    assert all(least_error(result.limit, result.error) > 0.03 for result in alone)
    every = check_over_fits(reports, [2] * len(reports), LOOK).results
    (found,) = (result for result in every if result.kind == "pooled mean over fits")
    assert found.outcome is Outcome.FAILED
    assert least_error(found.limit, found.error) < 0.03


def test_what_does_not_come_back_in_the_second_look_is_no_pass() -> None:
    (first,) = [row(score("all", 9.0, "pooled mean"))]
    lost = replace(row(score("all", 0.1, "pooled mean")), verdict=Verdict.INCOMPLETE, reason="crashed")
    (found,) = second_decisions([first], lambda _: lost, Levels.equal(1e-6))
    assert (found.verdict, found.reason) == (Verdict.INCOMPLETE, "crashed")


@pytest.mark.parametrize("verdict", sorted(ABSENT))
@pytest.mark.parametrize("fit", [None, Fit({}, {}, Timing(), 0)])
def test_a_flagged_backend_that_is_absent_in_the_second_look_is_no_pass(verdict: Verdict, fit: Fit | None) -> None:
    first = row(score("it", 4.5), score("other", 0.0))
    gone = replace(row(score("it", 0.0)), fit=fit, verdict=verdict, reason="no more")
    (found,) = second_decisions([first], lambda _: gone, Levels.equal(1e-6))
    assert (found.verdict, found.reason, found.speed) == (Verdict.INCOMPLETE, "no more", None)
    assert found.first_look is not None
    assert found.first_look.verdict is Verdict.FAILED
    assert exit_code([("it", found.verdict), ("other", Verdict.PASSED)], []) is ExitCode.INCOMPLETE


def test_predictions_that_the_first_look_lost_are_decided_by_the_second() -> None:
    (first,) = [row(score("all", 9.0, "pooled mean"))]
    wrong = CheckReport((score("next", 50.0, "mean"),), 1)
    fresh = replace(row(score("all", 0.1, "pooled mean")), prediction=wrong)
    (found,) = second_decisions([first], lambda _: fresh, Levels.equal(1e-6))
    assert found.verdict is Verdict.FAILED
    assert "next" in found.reason


def test_copies_of_chains_are_a_fact_that_more_draws_may_hide() -> None:
    for kind in BOUNDS:
        assert is_fact(compared("copies", "all chains", 50.0, 12.0, kind=kind))
    assert not is_fact(compared("mean of z", "rate", 50.0, 12.0, kind="mean"))


def test_what_draws_say_of_each_other_alone_is_no_pass() -> None:
    gate = CheckResult("effective draws", "rate", 9000.0, np.nan, Outcome.PASSED)
    stay = compared("longest stay of a chain", "all chains", 1.0, 5.0, kind="stay")
    assert CheckReport((gate, stay), 1).outcome is Outcome.NOT_TESTED
    assert CheckReport((gate, stay, compared("mean of z", "rate", 1.0, 5.0, kind="mean")), 2).outcome is Outcome.PASSED


def test_equal_counts_have_seeds_of_their_own_so_that_their_fits_are_independent() -> None:
    counts, other = load("campaigns"), load("rats")
    seeds = check_job._seeds(0, [counts, other, counts, counts])
    assert len(set(seeds)) == 4
    assert seeds[:2] == check_job._seeds(0, [counts, other])

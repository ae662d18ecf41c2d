"""Rounded draws: their grid is found, they are tested within their cells, and coarse ones are not certified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, HalfCauchy, Uniform
from pplcompare.models.errors import AccuracyError
from pplcompare.models.interval import POSITIVE, UNIT, Interval
from pplcompare.validation import check_draws
from pplcompare.validation.checks.comparisons import moment_results, quantile_result
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.checks.result import CheckReport, Outcome
from pplcompare.validation.checks.rounding import FLOAT64, Grid, grid_of, spacing_of, within
from pplcompare.validation.checks.transform import tolerance, transformed
from pplcompare.validation.cli import main
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.report import report_html
from pplcompare.validation.output.run.run_terminal import show_comparison
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.study import Plan, carry_out
from pplcompare.validation.study.verdict import ExitCode, Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import RIGHT, MutantBackend
from rich.console import Console
from scipy import stats

from tests.validation.conftest import opener

Values = NDArray[np.float64]
type Rounding = Callable[[Values], Values]


def significant(digits: int) -> Rounding:
    return lambda x: np.array([float(f"{v:.{digits}g}") for v in x.ravel()]).reshape(x.shape)


def single(x: Values) -> Values:
    return x.astype(np.float32).astype(np.float64)


def coarse(x: Values) -> Values:
    step = 0.01 * x.std()
    return np.asarray(np.round(x / step) * step)


FINE: dict[str, tuple[Rounding, str]] = {
    "float32": (single, "draws have the precision of float32"),
    "8 digits": (significant(8), "draws have 8 significant digits"),
    "6 digits": (significant(6), "draws have 6 significant digits"),
}


@cache
def exact(name: str) -> ExactPosterior:
    return exact_posterior({"independent": independent(), "hierarchical": hierarchical()}[name], load("campaigns"))


def drawn(posterior: ExactPosterior, length: int, seed: int = 7) -> Draws:
    flat = posterior.simulate(4 * length, np.random.default_rng(seed))
    return {name: values.reshape(4, length, *values.shape[1:]) for name, values in flat.items()}


def checked(posterior: ExactPosterior, draws: Draws) -> CheckReport:
    structure, inputs = posterior.model.structure, posterior.inputs
    length = next(iter(draws.values())).shape[1]
    levels = Levels.weighted(1e-4, planned_comparisons(structure, inputs))
    settings = NUTSSettings(chains=4, draws=length)
    return check_posterior(posterior, structure, inputs, draws, settings, levels).report


@pytest.mark.parametrize("length", [1000, 25_000])
@pytest.mark.parametrize("model", ["independent", "hierarchical"])
@pytest.mark.parametrize("name", FINE)
def test_right_draws_that_were_rounded_pass_with_a_note(name: str, model: str, length: int) -> None:
    rounded, note = FINE[name]
    posterior = exact(model)
    found = checked(posterior, {key: rounded(values) for key, values in drawn(posterior, length).items()})
    assert found.outcome is Outcome.PASSED, [str(result) for result in found.denied]
    assert [text.partition(":")[0] for text in found.notes] == [note]
    assert found.comparisons == checked(posterior, drawn(posterior, length)).comparisons


def test_draws_of_full_precision_have_no_note() -> None:
    assert checked(exact("hierarchical"), drawn(exact("hierarchical"), 1000)).notes == ()


@pytest.mark.parametrize("model", ["independent", "hierarchical"])
@pytest.mark.parametrize("rounded", [coarse, significant(2), lambda x: np.round(x, 3), lambda x: x.astype(np.float16)])
def test_coarse_draws_are_not_certified(model: str, rounded: Rounding) -> None:
    draws = {key: np.asarray(rounded(values), np.float64) for key, values in drawn(exact(model), 2500).items()}
    found = checked(exact(model), draws)
    assert found.outcome is Outcome.NOT_CERTIFIED, [str(result) for result in found.denied]
    assert "write more digits" in str(found.denied[0])
    assert found.comparisons > 10  # what can be compared still is


def of_many(values: Values) -> CheckReport:
    """Check rates, whose exact distribution has a mean of .3 and a standard deviation of 4.6e-4."""
    posterior = exact_posterior(independent(), Counts(["a"], [1_000_000], [300_000]))
    return checked(posterior, {"rate": values[:, :, None]})


def test_right_draws_that_were_all_rounded_to_one_value_are_not_certified() -> None:
    rates = np.round(np.random.default_rng(5).beta(300_000.0, 700_000.0, (4, 1000)), 2)
    assert set(rates.ravel()) == {0.3}
    found = of_many(rates)
    assert found.outcome is Outcome.NOT_CERTIFIED
    assert [(result.check, result.subject) for result in found.denied] == [("resolution", "rate[a]")]
    assert "write more digits" in str(found.denied[0])


def test_equal_or_constant_chains_fail_where_rounding_does_not_explain_them() -> None:
    """Values that the exact law does not round to, chains that are too long to be equal, and a chain that stands."""
    rng = np.random.default_rng(5)
    rates = rng.beta(300_000.0, 700_000.0, (4, 1000))
    three = np.round(rates, 3)
    assert np.unique(three).size > 2
    for values, check in (
        (np.full((4, 1000), 0.5), "chains differ"),
        (np.full((4, 1000), 0.31), "chains differ"),
        (np.repeat(three[:1], 4, axis=0), "chains differ"),
        (np.concatenate([three[:3], np.full((1, 1000), 0.3)]), "chains move"),
        (np.concatenate([rates[:3], np.full((1, 1000), 0.3)]), "chains move"),
        (np.where(rng.uniform(size=1000) < 0.1, 0.31, 0.3) * np.ones((4, 1)), "chains differ"),
    ):
        assert [result.check for result in of_many(values).failures] == [check]


@pytest.mark.parametrize("rounded", [single, significant(6), coarse])
def test_wrong_draws_fail_however_they_were_rounded(rounded: Rounding) -> None:
    draws = drawn(exact("hierarchical"), 2500)
    shifted = draws["alpha"] + 0.2 * draws["alpha"].std()
    found = checked(
        exact("hierarchical"), {key: rounded(values) for key, values in {**draws, "alpha": shifted}.items()}
    )
    assert found.outcome is Outcome.FAILED
    assert "alpha" in str(found.failures[0])


def test_one_rounded_chain_among_exact_ones_passes_and_is_named() -> None:
    draws = drawn(exact("hierarchical"), 2500)
    draws = {
        **draws,
        "rate": np.concatenate([draws["rate"][:2], significant(6)(draws["rate"][2:3]), draws["rate"][3:]]),
    }
    found = checked(exact("hierarchical"), draws)
    assert found.outcome is Outcome.PASSED
    (note,) = found.notes
    assert note.startswith("draws of rate[A], rate[B] in chain 3 have 6 significant digits")


def test_one_coarse_chain_among_exact_ones_is_not_certified() -> None:
    rates = drawn(exact("independent"), 2500)["rate"]
    found = checked(exact("independent"), {"rate": np.concatenate([rates[:3], np.round(rates[3:], 2)])})
    assert found.outcome is Outcome.NOT_CERTIFIED


GRIDS: dict[str, tuple[Rounding, str | None]] = {
    "full": (lambda x: x, None),
    "15 digits": (significant(15), None),
    "13 digits": (significant(13), "13 significant digits"),
    "float32": (single, "the precision of float32"),
    "float16": (lambda x: x.astype(np.float16), "the precision of float16"),
    "6 digits": (significant(6), "6 significant digits"),
    "5 places": (lambda x: np.round(x, 5), "5 decimal places"),
    "whole": (lambda x: np.round(1e4 * x), "a spacing of 1"),
    "tens": (lambda x: np.round(1e4 * x, -1), "a spacing of 10"),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_is_known_by_its_values(name: str) -> None:
    rounded, expected = GRIDS[name]
    found = grid_of(np.asarray(rounded(np.random.default_rng(3).beta(3.0, 20.0, 2500)), np.float64))
    assert (found and found.name) == expected


@pytest.mark.parametrize("scale", [1e-290, 1e-30, 1e30, 1e200])
def test_grids_are_found_at_any_size_of_numbers(scale: float) -> None:
    x = scale * np.abs(np.random.default_rng(3).standard_cauchy(500))
    assert grid_of(x) is None
    rounded = grid_of(significant(6)(x))
    assert rounded is not None
    assert rounded.name == "6 significant digits"
    few = np.where(np.arange(500) % 7, 0.0, x)
    assert grid_of(few) is None
    tiniest = grid_of(np.where(np.arange(500) % 7, 0.0, 5e-324 * np.arange(500)))
    assert tiniest is None or tiniest.least <= 1e-300


def test_a_spacing_of_any_size_and_origin_is_found_and_none_where_there_is_none() -> None:
    x = np.random.default_rng(3).normal(size=2500)
    found = spacing_of(0.123 + 0.037 * np.round(x / 0.037))
    assert found is not None
    assert found.least == pytest.approx(0.037)
    assert spacing_of(x) is None
    assert spacing_of(np.concatenate([[5e-324, 0.0], x])) is None
    assert spacing_of(np.exp(np.round(x, 2))) is None


@pytest.mark.parametrize(
    ("grid", "rounded"),
    [
        (Grid("", 5e-324, 10, 3), significant(3)),
        (Grid("", 1e-3), lambda x: np.round(x, 3)),
        (Grid("", 2.0**-149, 2, 24), single),
        (Grid("", 2.0**-24, 2, 11), lambda x: x.astype(np.float16).astype(np.float64)),
    ],
)
def test_a_cell_holds_what_is_rounded_to_its_value(grid: Grid, rounded: Rounding) -> None:
    """Also at powers of the base, where neighbours below are closer, and below the smallest normal number."""
    rng = np.random.default_rng(5)
    tens, twos = 10.0 ** np.arange(-8, 4), 2.0 ** np.arange(-30, 8)
    x = np.concatenate([rng.normal(0.0, 1.0, 500), tens, -tens, twos, rng.uniform(0.0, 1e-6, 50)])
    x = rounded(x)
    below, above = grid.cells(x)
    np.testing.assert_array_equal(rounded(x - 0.98 * below), x)
    np.testing.assert_array_equal(rounded(x + 0.98 * above), x)
    assert np.all(rounded(x - 1.02 * below) != x)
    assert np.all(rounded(x + 1.02 * above) != x)


def test_coordinates_beside_a_number_keep_what_float64_loses() -> None:
    """The logit of 1 - 2^-60, of 2^-60, and the log of 2^-1000, from numbers at the ends."""
    small = np.array([2.0**-60])
    assert UNIT.unconstrain_beside(np.ones(1), -small) == pytest.approx([60 * np.log(2.0)])
    assert UNIT.unconstrain_beside(np.zeros(1), small) == pytest.approx([-60 * np.log(2.0)])
    assert POSITIVE.unconstrain_beside(np.zeros(1), np.array([2.0**-1000])) == pytest.approx([-1000 * np.log(2.0)])
    assert UNIT.unconstrain_beside(np.zeros(1), -small) == [-np.inf]


@pytest.mark.parametrize("rounded", [lambda x: x, single, significant(6)], ids=["float64", "float32", "6 digits"])
def test_draws_that_rounding_puts_on_the_border_have_the_law_of_their_cell(rounded: Rounding) -> None:
    """Beta(20, .01): seven draws of ten are one, as float64 numbers."""
    values = rounded(np.random.default_rng(1).beta(20.0, 0.01, (4, 5000)))
    assert np.mean(values == 1.0) > 0.6
    found = transformed("rate", values, BetaMarginal(20.0, 0.01), tuple(grid_of(chain) for chain in values))
    assert stats.kstest(found.probability.ravel(), "uniform").pvalue > 1e-3
    assert abs(found.score.mean()) * np.sqrt(values.size) < 4.0


@pytest.mark.parametrize(
    ("counts", "alpha", "beta", "rounded", "edge"),
    [
        (Counts(["a", "b"], [20, 20], [0, 0]), Uniform(0.6, 0.8), Uniform(5.0, 15.0), lambda x: np.round(x, 6), 0.0),
        (Counts(["a", "b"], [20, 20], [20, 20]), Uniform(5.0, 15.0), Uniform(0.5, 0.6), single, 1.0),
    ],
    ids=["6 places at 0", "float32 at 1"],
)
def test_the_joint_law_of_right_draws_that_rounding_puts_on_an_edge_passes(
    counts: Counts, alpha: Uniform, beta: Uniform, rounded: Rounding, edge: float
) -> None:
    """A few draws in ten thousand: too few to make them coarse, and enough to spoil the variance of scores."""
    posterior = exact_posterior(hierarchical(alpha, beta), counts)
    draws = drawn(posterior, 2500)
    on_edge = {**draws, "rate": rounded(draws["rate"])}
    assert 2 <= np.count_nonzero(on_edge["rate"] == edge) <= 30
    found = checked(posterior, on_edge)
    assert found.outcome is Outcome.PASSED, [str(result) for result in found.denied]
    assert any("conditional scores" in result.subject and result.check == "variance of z" for result in found.results)
    apart = {**on_edge, "rate": on_edge["rate"] ** 1.1 if edge == 0.0 else 1.0 - (1.0 - on_edge["rate"]) ** 1.1}
    assert checked(posterior, apart).outcome is Outcome.FAILED


def test_a_float32_rate_of_one_is_no_fault_where_its_cell_has_mass_and_one_where_it_has_none() -> None:
    posterior = exact_posterior(independent(Beta(2.0, 0.2)), Counts(["a"], [50], [50]))
    draws = {"rate": single(drawn(posterior, 5000)["rate"])}
    assert np.any(draws["rate"] == 1.0)
    assert checked(posterior, draws).outcome in (Outcome.PASSED, Outcome.NOT_CERTIFIED)
    rates = single(drawn(exact("independent"), 5000)["rate"])
    rates[0, 3, 0] = 1.0
    assert "values on the border of rate[A]" in [
        f"{result.check} of {result.subject}" for result in checked(exact("independent"), {"rate": rates}).failures
    ]


def test_the_joint_law_is_tested_with_hyper_parameters_that_rounding_puts_on_the_border() -> None:
    posterior = exact_posterior(hierarchical(HalfCauchy(1), HalfCauchy(10)), Counts(["a", "b"], [20, 20], [0, 0]))
    draws = drawn(posterior, 2500)
    rounded = {**draws, "alpha": np.round(draws["alpha"], 4)}
    assert np.any(rounded["alpha"] == 0.0)
    found = checked(posterior, rounded)
    assert found.outcome is Outcome.PASSED, [str(result) for result in found.denied]
    assert {result.outcome for result in found.results if "conditional score" in result.subject} == {Outcome.PASSED}
    apart = {**rounded, "rate": np.roll(rounded["rate"], 1, axis=1)}
    assert any("conditional scores" in str(result) for result in checked(posterior, apart).failures)


def test_draws_outside_a_support_are_put_within_by_their_cells_and_stay_where_there_is_no_number_between() -> None:
    x, places = np.array([[0.0, 0.3, 1.0]]), [Grid("", 0.1)]
    np.testing.assert_allclose(within(UNIT, x, places), [[0.025, 0.3, 0.975]])
    np.testing.assert_array_equal(within(UNIT, x, ()), x)
    np.testing.assert_allclose(within(Interval(0.0, 0.98), x, places)[0, 2], 0.965)


def test_rounding_beyond_an_edge_of_the_support_is_no_fault_and_more_is_one() -> None:
    posterior = exact_posterior(hierarchical(Uniform(0.5, 0.85009)), load("campaigns"))
    draws = drawn(posterior, 10_000)
    rounded = {**draws, "alpha": np.round(draws["alpha"], 4)}
    assert rounded["alpha"].max() == 0.8501
    found = checked(posterior, rounded)
    assert found.outcome is Outcome.PASSED
    joint = [result for result in found.results if "conditional score" in result.subject]
    assert {result.outcome for result in joint} == {Outcome.PASSED}
    apart = {**rounded, "rate": np.roll(rounded["rate"], 1, axis=1)}
    assert any("conditional scores" in str(result) for result in checked(posterior, apart).failures)
    beyond = {**rounded, "alpha": np.where(rounded["alpha"] == 0.8501, 0.8502, rounded["alpha"])}
    assert str(checked(posterior, beyond).failures[0]).startswith("support of alpha")


@pytest.mark.parametrize("rounded", [significant(6), single, significant(2), coarse])
def test_rounded_right_draws_are_rejected_as_rarely_as_promised(rounded: Rounding) -> None:
    """Every comparison of one quantity, 100 times, within the upper binomial bounds; the seed is fixed."""
    marginal, rng = exact("hierarchical").marginal("rate", 0), np.random.default_rng(29)
    levels, repetitions = (1e-2, 1e-3), 100
    failed = dict.fromkeys(levels, 0)
    values = exact("hierarchical").simulate(4000 * repetitions, rng)["rate"][:, 0].reshape(repetitions, 4, 1000)
    comparisons = 0
    for chains in values:
        x = rounded(chains)
        grids = tuple(grid_of(chain) or spacing_of(chain) for chain in x)
        assert all(grids)
        found = transformed("rate", x, marginal, grids)
        for level in levels:
            results = moment_results("z", found.score, level)
            results += [quantile_result("z", found.probability, q, level) for q in (0.05, 0.25, 0.5, 0.95)]
            failed[level] += sum(result.outcome is Outcome.FAILED for result in results)
            comparisons += sum(result.outcome is not Outcome.NOT_TESTED for result in results) * (level == levels[0])
    assert comparisons == 6 * repetitions
    for level in levels:
        assert failed[level] <= stats.binom(comparisons, level).isf(1e-4), failed


def test_the_same_draws_have_the_same_scores() -> None:
    marginal, x = exact("independent").marginal("rate", 0), single(drawn(exact("independent"), 100)["rate"][:, :, 0])
    grids = tuple(grid_of(chain) for chain in x)
    one, two = (transformed("rate", x, marginal, grids) for _ in range(2))
    np.testing.assert_array_equal(one.score, two.score)
    assert np.any(transformed("other", x, marginal, grids).score != one.score)


def test_all_groups_without_success_under_heavy_tails_are_checked() -> None:
    """The error of their tables, 3e-7, is far below what any such number of draws shows."""
    model = hierarchical(HalfCauchy(25), HalfCauchy(25))
    posterior = exact_posterior(model, Counts(list("ab"), [20, 20], [0, 0]))
    with pytest.raises(AccuracyError):
        posterior.marginal("rate", 0).table()
    draws = drawn(posterior, 2500)
    found = checked(posterior, draws)
    assert found.outcome is Outcome.PASSED, [str(result) for result in found.denied]
    tested = {result.subject for result in found.results if result.check == "mean of z"}
    conditional = {f"conditional scores, {which} over groups" for which in ("sum", "squares")}
    assert tested == {"alpha", "beta", "rate[a]", "rate[b]", "rate, all groups"} | conditional
    spread = draws["rate"] ** 1.02
    assert checked(posterior, {**draws, "rate": spread}).outcome is Outcome.FAILED


def test_what_is_not_known_well_enough_is_left_out_by_name_and_the_rest_is_checked() -> None:
    posterior = exact_posterior(hierarchical(), load("campaigns"))
    draws = drawn(posterior, 2500)
    known = posterior.marginal("rate", 1)
    table = known.table()
    alone, together = tolerance(10_000), tolerance(10_000 * 2 * 100)
    for error, left_out in (
        (0.5 * together, set()),
        (2.0 * together, {"share in all groups"}),
        (2.0 * alone, {"exact distribution"}),
    ):
        known.__dict__["_table"] = replace(table, error=error)
        found = checked(posterior, draws)
        assert found.outcome is Outcome.PASSED
        assert {result.check for result in found.of(Outcome.NOT_TESTED) if result.subject == "rate[B]"} == left_out
        assert any(result.subject == "rate[B]" and result.check == "mean of z" for result in found.results) is (
            error < alone
        )


def test_a_note_is_shown_everywhere(tmp_path: Path) -> None:
    posterior = exact("independent")
    rates = significant(6)(drawn(posterior, 2500)["rate"])
    checked = check_draws(posterior, {"rate": rates})
    assert checked.outcome is Outcome.PASSED
    assert any("6 significant digits" in note for note in checked.notes)
    assert "6 significant digits" in repr(checked)
    assert "6 significant digits" in checked._repr_html_()
    file, junit = tmp_path / "draws.json", tmp_path / "check.xml"
    file.write_text(json.dumps({"rate": rates.tolist()}))
    arguments = ["check", "campaigns", "--model", "independent", "--draws", str(file), "--junit", str(junit)]
    shown = CliRunner().invoke(main, arguments)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.count("6 significant digits") == 1
    assert "6 significant digits" in "".join(ET.parse(junit).getroot().itertext())
    document = json.loads(CliRunner().invoke(main, [*arguments[:6], "--json"]).stdout)
    assert document["fits"][0]["posterior"]["notes"][0].startswith("draws have 6 significant digits")


def test_a_run_shows_the_note_in_its_tables_and_its_report(plan: Plan) -> None:
    opened = opener({"exact": MutantBackend(ExactBackend(), RIGHT["float32"])})
    study = carry_out(replace(plan, settings=NUTSSettings(draws=1000)), opened, lambda _: None, exact_summary)
    assert {row.verdict for row in study.rows} == {Verdict.PASSED}
    assert all(row.speed is not None for row in study.rows)
    document = summary(study, ExitCode.PASSED, machine())
    to = Console(record=True, file=StringIO(), width=200)
    show_comparison(document, to)
    assert to.export_text().count("have the precision of float32") == len(study.rows)
    assert report_html(document).count("have the precision of float32") == len(study.rows)


def test_coarse_draws_leave_the_exit_code_of_what_is_undecided(tmp_path: Path) -> None:
    file = tmp_path / "draws.json"
    file.write_text(json.dumps({"rate": np.round(drawn(exact("independent"), 2500)["rate"], 2).tolist()}))
    shown = CliRunner().invoke(main, ["check", "campaigns", "--model", "independent", "--draws", str(file)])
    assert shown.exit_code == 6, shown.output
    assert "not certified" in shown.stdout


def test_float64_is_a_grid_like_others() -> None:
    below, above = FLOAT64.cells(np.array([1.0, 3.0]))
    assert below.tolist() == [2.0**-54, 2.0**-52]
    assert above.tolist() == [2.0**-53, 2.0**-52]

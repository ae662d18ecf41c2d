"""Diagnostics of chains: ArviZ's numbers, what is absent, what is beyond a limit, and that no verdict hangs on them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from arviz_stats.base import array_stats
from pplcompare.backends.fit import Fit
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.diagnostic_limits import LIMITS, beyond_limits
from pplcompare.validation.checks.diagnostics import (
    ChainSizes,
    Diagnostics,
    Extreme,
    chain_sizes,
    diagnose,
    energy_fraction,
    rank_rhat,
)
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.diagnostic_words import (
    DIAGNOSTIC_COLUMNS,
    diagnostic_cells,
    diagnostic_sentence,
    diagnostics_document,
    helps,
)
from pplcompare.validation.output.report import report_html
from pplcompare.validation.output.summary import fit_document, summary
from pplcompare.validation.output.words import notes_of
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.study import carry_out
from pplcompare.validation.study.verdict import ExitCode, Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram

from tests.validation.conftest import opener
from tests.validation.test_effective import KINDS, Array

COUNTS = Counts(["A", "B"], [200, 10], [19, 3])
SETTINGS = NUTSSettings(draws=500)


@pytest.mark.parametrize("kind", KINDS)
def test_r_hat_is_arviz_s(kind: str) -> None:
    rng = np.random.default_rng(30)
    for shape in ((2, 4), (2, 5), (4, 33), (4, 250), (20, 101)):
        chains = KINDS[kind](rng, shape)
        # ArviZ divides by zero where nothing moves.
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = float(array_stats.rhat(chains, chain_axis=0, draw_axis=1))
        np.testing.assert_allclose(rank_rhat(chains), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(1, 100), (4, 3)])
def test_one_chain_and_short_chains_have_no_r_hat(shape: tuple[int, int]) -> None:
    assert math.isnan(rank_rhat(np.random.default_rng(31).normal(size=shape)))


def test_chains_apart_and_chains_of_another_spread_have_a_large_r_hat() -> None:
    chains = np.random.default_rng(32).normal(size=(4, 500))
    assert rank_rhat(chains) < 1.01
    assert rank_rhat(chains + np.array([[0.0], [0.0], [0.0], [1.0]])) > 1.05
    assert rank_rhat(chains * np.array([[1.0], [1.0], [1.0], [3.0]])) > 1.05


def test_e_bfmi_is_arviz_s() -> None:
    energy = np.cumsum(np.random.default_rng(33).normal(size=(4, 300)), axis=1)
    np.testing.assert_allclose(energy_fraction(energy), array_stats.bfmi(energy, chain_axis=0, draw_axis=1), rtol=1e-12)
    assert np.all(energy_fraction(energy) < 0.3)


def test_sizes_of_a_chain_are_those_of_arviz_for_it_alone() -> None:
    rng = np.random.default_rng(34)
    quantities = [(name, KINDS[name](rng, (3, 400))) for name in ("independent", "correlated", "sticky")]

    def arviz(chain: Array, method: str, **options: object) -> float:
        return float(array_stats.ess(chain[None], chain_axis=0, draw_axis=1, method=method, **options))

    for number, sizes in enumerate(chain_sizes(quantities)):
        bulk = {name: arviz(chains[number], "bulk") for name, chains in quantities}
        tail = {name: arviz(chains[number], "tail", prob=(0.05, 0.95)) for name, chains in quantities}
        assert sizes.bulk.quantity == min(bulk, key=lambda name: bulk[name])
        assert sizes.bulk.value == pytest.approx(min(bulk.values()), rel=1e-10)
        assert sizes.tail.quantity == min(tail, key=lambda name: tail[name])
        assert sizes.tail.value == pytest.approx(min(tail.values()), rel=1e-10)


def diagnosed(statistics: dict[str, Array], *, sound: bool = True) -> Diagnostics:
    model = independent()
    draws = {"rate": np.random.default_rng(35).beta(20.0, 180.0, (4, 500, 2))}
    return diagnose(model.structure, model.bind(COUNTS), draws if sound else None, SETTINGS, statistics)


def test_what_a_backend_does_not_report_is_absent() -> None:
    found = diagnosed({})
    assert (found.divergences, found.at_greatest_depth, found.ebfmi) == (None, None, None)
    assert found.rhat is not None
    assert len(found.sizes) == 4
    unsound = diagnosed({}, sound=False)
    assert (unsound.rhat, unsound.sizes) == (None, ())


def test_sizes_of_very_many_chains_are_left_out() -> None:
    model = independent()
    draws = {"rate": np.random.default_rng(35).beta(20.0, 180.0, (6000, 5, 2))}
    settings = replace(SETTINGS, chains=6000, draws=5)
    found = diagnose(model.structure, model.bind(COUNTS), draws, settings)
    assert found.rhat is not None
    assert found.sizes == ()


def test_statistics_are_counted() -> None:
    rng = np.random.default_rng(36)
    diverging, depth = np.zeros((4, 500)), np.full((4, 500), 3.0)
    diverging[1, :7] = 1.0
    depth[2, :5] = SETTINGS.max_tree_depth
    energy = rng.normal(size=(4, 500))
    energy[3] = np.cumsum(energy[3])
    statistics = {"diverging": diverging, "tree_depth": depth, "energy": energy}
    found = diagnosed(statistics)
    assert (found.divergences, found.at_greatest_depth) == (7, 5)
    clauses = beyond_limits(found)
    assert list(clauses) == ["divergences", "ebfmi", "at_greatest_depth"]
    assert clauses["divergences"] == "7 divergences"
    assert clauses["at_greatest_depth"] == "5 transitions at the greatest tree depth"
    assert clauses["ebfmi"].endswith("(chain 4)")


def sizes(value: float) -> ChainSizes:
    return ChainSizes(Extreme(5000.0, "rate[A]"), Extreme(value, "rate[B]"))


CLEAN = Diagnostics(2, 5000, 0, 0, (0.9, 1.0), Extreme(1.002, "alpha"), (sizes(4000.0), sizes(4000.0)), with_rates=True)
UNCLEAN = {
    "divergences": replace(CLEAN, divergences=1),
    "rhat": replace(CLEAN, rhat=Extreme(1.02, "alpha")),
    "ebfmi": replace(CLEAN, ebfmi=(0.9, 0.2)),
    "at_greatest_depth": replace(CLEAN, at_greatest_depth=1),
    "ess": replace(CLEAN, sizes=(sizes(4000.0), sizes(99.0))),
}


def test_each_limit_has_a_source_and_is_found_by_itself() -> None:
    assert UNCLEAN.keys() == LIMITS.keys()
    assert beyond_limits(CLEAN) == {}
    for name, found in UNCLEAN.items():
        assert list(beyond_limits(found)) == [name]
        assert LIMITS[name].source
    assert beyond_limits(UNCLEAN["ess"])["ess"] == "least ESS of a chain 99 (tail, rate[B], chain 2)"
    assert beyond_limits(UNCLEAN["rhat"])["rhat"] == "largest R-hat 1.020 (alpha)"


def test_what_is_no_number_is_not_clean() -> None:
    assert list(beyond_limits(replace(CLEAN, ebfmi=(math.nan, 1.0)))) == ["ebfmi"]
    assert list(beyond_limits(replace(CLEAN, sizes=(sizes(math.nan),)))) == ["ess"]


def test_what_few_draws_cannot_decide_is_said_with_what_helps() -> None:
    found = UNCLEAN["divergences"]
    told = helps(found, {"mean": 0.53}, hindered=True)
    assert told == [
        "This fit would only show a mean 0.53 sd off.",
        "150,000 draws a chain would show a mean 0.10 sd off.",
        "run --marginal samples this model without its rates.",
    ]
    assert len(helps(replace(found, with_rates=False), {"mean": 0.53}, hindered=True)) == 2
    assert len(helps(found, {"mean": 0.53}, hindered=False)) == 2
    assert helps(found, {"mean": 0.08}, hindered=False) == ["This fit would only show a mean 0.08 sd off."]
    assert helps(found, {}, hindered=False) == []


def test_the_error_that_is_reckoned_follows_the_square_root_law() -> None:
    """28.09 times the draws divide an error of .53 by 5.3; rounded up to two digits they are at most a tenth more."""
    draws = int(helps(CLEAN, {"mean": 0.53}, hindered=False)[1].split()[0].replace(",", ""))
    assert 0.1 / math.sqrt(1.1) <= 0.53 * math.sqrt(CLEAN.draws / draws) <= 0.1


def test_a_row_of_the_table_has_a_dash_for_what_is_absent() -> None:
    cells = diagnostic_cells(diagnostics_document(Diagnostics(2, 5000), {}))
    assert cells == ["10,000", *["–"] * (len(DIAGNOSTIC_COLUMNS) - 1)]
    cells = diagnostic_cells(diagnostics_document(UNCLEAN["ess"], {}))
    assert cells == ["10,000", "0", "0", "0.9", "1.002 (alpha)", "5000 (rate[A])", "99 (rate[B])"]
    words = diagnostics_document(replace(CLEAN, ebfmi=(0.9, math.nan)), {})
    words["ebfmi"] = [0.9, "undefined"]
    assert diagnostic_cells(words)[3] == "undefined"


class Restless(ExactBackend):
    """Draws that are right, from a sampler that says that it diverged."""

    def compile(self, structure: Structure, sizes: object) -> ExactProgram:
        return _Restless(structure)


class _Restless(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        fit = super().sample(inputs, settings, seed)
        diverging = np.zeros((settings.chains, settings.draws), dtype=np.bool_)
        diverging[0, :3] = True
        return replace(fit, statistics={"diverging": diverging})


def test_a_fit_with_divergences_passes_and_is_told_everywhere() -> None:
    plan = Plan(COUNTS, [independent(), hierarchical()], ["exact"], NUTSSettings(draws=2000), seed=1)
    study = carry_out(plan, opener({"exact": Restless()}), lambda _: None, lambda exact: {})
    assert [row.verdict for row in study.rows] == [Verdict.PASSED, Verdict.PASSED]
    for row in study.rows:
        document = fit_document(row)
        assert document["diagnostics"] is not None
        assert document["diagnostics"]["divergences"] == document["divergences"] == 3
        told = diagnostic_sentence(document)
        assert told is not None
        assert told.startswith("3 divergences. This fit would only show a mean 0.")
        assert told in notes_of(document)
        # Independent rates have no hyper-parameters: nothing would be left to sample.
        assert ("--marginal" in told) == (row.model == "hierarchical")


def test_independent_draws_are_clean_and_have_no_statistics_of_a_sampler() -> None:
    plan = Plan(COUNTS, [hierarchical()], ["exact"], NUTSSettings(draws=2000), seed=1)
    (row,) = carry_out(plan, opener({"exact": ExactBackend()}), lambda _: None).rows
    document = fit_document(row)
    assert document["diagnostics"] is not None
    assert document["diagnostics"]["beyond"] == document["diagnostics"]["helps"] == []
    assert [document["diagnostics"][name] for name in ("divergences", "at_greatest_depth", "ebfmi")] == [None] * 3
    assert diagnostic_sentence(document) is None
    assert notes_of(document) == []


def test_the_report_has_the_table() -> None:
    plan = Plan(COUNTS, [independent()], ["exact"], NUTSSettings(draws=1000), seed=1)
    study = carry_out(plan, opener({"exact": Restless()}), lambda _: None, exact_summary)
    page = report_html(summary(study, ExitCode.PASSED, machine()))
    assert all(f">{heading}</th>" in page for heading in DIAGNOSTIC_COLUMNS)
    assert "Note: 3 divergences. This fit would only show" in page

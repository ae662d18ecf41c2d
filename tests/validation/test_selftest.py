"""The self-test: passes as it is, and fails where a mutant survives or a rate is out of bounds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from pplcompare.validation.calibrate.rank_evidence import bets
from pplcompare.validation.cli import main
from pplcompare.validation.selftest import calibration_kills, kills, trial
from pplcompare.validation.selftest import evidence_rates as rates_of_evidence
from pplcompare.validation.selftest.binomial import fewest, most
from pplcompare.validation.selftest.calibration_faults import CalibrationFault
from pplcompare.validation.selftest.calibration_kills import QUICK
from pplcompare.validation.selftest.evidence_rates import evidence_rates
from pplcompare.validation.selftest.harness import HARNESS, Defect
from pplcompare.validation.selftest.kills import LADDER, Kill, Noticed, kill_table
from pplcompare.validation.selftest.null_rates import EVIDENCE, LEVELS, Rate, null_rates
from pplcompare.validation.selftest.trial import SelfTest, self_test
from pplcompare.validation.wrapped.mutants import MUTANTS, RIGHT, Mutation
from scipy import special


def ignore(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def found() -> SelfTest:
    return self_test(100, 1, 1, ignore)


@pytest.mark.slow
def test_right_samplers_pass_and_every_mutant_is_caught(found: SelfTest) -> None:
    assert found.wrong == []
    assert {kill.mutant for kill in found.kills if not kill.unseen} == set(MUTANTS)
    assert {it.defect for it in found.harness} == set(HARNESS)
    assert {kill.mutant for kill in found.kills if kill.must_note} == set(RIGHT)
    assert {it.fault for it in found.calibrations if not it.must_pass} == set(QUICK)
    assert sum(it.must_pass for it in found.calibrations) == 1
    assert sum(rate.kind.startswith(EVIDENCE) for rate in found.rates) == 2


@pytest.mark.slow
def test_the_document_is_json_with_every_row(found: SelfTest) -> None:
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert len(document["null_rates"]) == len(found.rates)
    assert all(
        entry["levels"]["0.01"]["most"] >= entry["levels"]["0.01"]["rejected"] for entry in document["null_rates"]
    )
    assert {entry["mutant"] for entry in document["kills"]} >= set(MUTANTS)


@pytest.mark.parametrize(
    ("sampler", "rejected", "right"),
    [
        ("exact", (100, 10, 1), True),
        ("exact", (80, 1, 0), True),
        ("exact", (50, 1, 0), False),
        ("exact", (150, 10, 1), False),
        ("exact", (100, 10, 8), False),
        ("AR(1) .9", (0, 0, 0), True),
        ("AR(1) .9", (100, 30, 1), False),
        ("antithetic", (0, 0, 0), True),
        ("antithetic", (150, 10, 1), False),
    ],
)
def test_rates_have_bounds_and_only_dependent_draws_may_be_rejected_less(
    sampler: str, rejected: tuple[int, ...], right: bool
) -> None:
    assert Rate("mean", sampler, 10_000, 10_000, dict(zip(LEVELS, rejected, strict=True))).right is right


def test_a_level_is_promised_for_all_draws_not_for_those_that_pass_the_gate() -> None:
    few = Rate("mean", "AR(1) .9", 10_000, 3_700, dict(zip(LEVELS, (74, 9, 0), strict=True)))
    assert few.right
    assert not replace(few, rejected={**few.rejected, LEVELS[0]: 140}).right
    # Of independent draws as many are rejected as are promised of those that are tested.
    assert not replace(few, sampler="exact", tested=10_000, rejected={**few.rejected, LEVELS[0]: 60}).right


def test_bounds_hold_what_chance_allows() -> None:
    assert (fewest(10_000, 0.01), most(10_000, 0.01)) == (65, 139)
    assert most(100, 0.0001) == 1


@pytest.mark.parametrize(
    ("density", "draws", "unseen", "right"),
    [
        (Noticed("log density", 1, 1), Noticed("mean of z", 100, 100), "", True),
        (Noticed("log density", 1, 1), None, "", True),
        (Noticed("", 0, 1), Noticed("mean of z", 100, 100), "", False),
        (Noticed("log density", 1, 1), Noticed("mean of z", 98, 100), "", False),
        (None, None, "", False),
        (Noticed("", 0, 1), Noticed("", 0, 100), "a reason", True),
        (Noticed("", 0, 1), Noticed("mean of z", 50, 100), "a reason", False),
        (Noticed("log density", 1, 1), None, "a reason", False),
    ],
)
def test_a_row_is_right_where_it_is_caught_or_rightly_called_equivalent(
    density: Noticed | None, draws: Noticed | None, unseen: str, right: bool
) -> None:
    assert Kill("mutant", "rates", "", density, draws, unseen).right is right


@pytest.mark.parametrize(("caught", "noted", "right"), [(0, 100, True), (0, 99, False), (50, 100, False)])
def test_what_is_right_must_pass_with_its_note(caught: int, noted: int, right: bool) -> None:
    assert Kill("float32", "shapes", "", None, Noticed("", caught, 100, 4000, noted), "right", True).right is right


def test_a_mutant_that_nothing_notices_climbs_the_ladder_and_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless = Mutation("harmless", draws=lambda structure, inputs, fit: dict(fit.draws))
    monkeypatch.setattr(kills, "MUTANTS", {"harmless": harmless})
    monkeypatch.setattr(kills, "EQUIVALENT", ())
    monkeypatch.setattr(kills, "RIGHT", {})
    monkeypatch.setattr(kills, "SOUND", ())
    (row,) = kill_table(1, 1, ignore)
    assert not row.right
    assert row.draws is not None
    assert row.draws.draws == 4 * LADDER[-1].draws


def test_wrong_rates_surviving_mutants_and_sound_functions_that_fail_are_named(found: SelfTest) -> None:
    rate = replace(found.rates[0], rejected=dict.fromkeys(LEVELS, found.rates[0].tested))
    survivor = replace(found.kills[-1], unseen="")
    broken = replace(found.harness[0], sound="a case")
    wrong = replace(
        found, rates=(rate,), kills=(survivor,), harness=(broken, replace(broken, sound="", defective=""))
    ).wrong
    assert len(wrong) == 4
    assert "survives" in wrong[-1]


def test_evidence_may_reject_less_than_its_level_and_not_more() -> None:
    def rate(*rejected: int) -> Rate:
        return Rate(f"{EVIDENCE}, 20 looks", "exact", 10_000, 10_000, dict(zip(LEVELS, rejected, strict=True)))

    assert rate(0, 0, 0).right
    assert not rate(150, 10, 1).right
    assert all(found.right for found in evidence_rates(200, 1))


def test_evidence_whose_bets_have_no_weights_is_out_of_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    gains, _ = bets()
    monkeypatch.setattr(rates_of_evidence, "log_evidence", lambda counts: special.logsumexp(counts @ gains, axis=-1))
    runs, histories = evidence_rates(50, 1)
    assert not runs.right
    assert histories.right


def test_faults_that_no_calibration_finds_and_right_ones_that_it_fails_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration_kills, "QUICK", {"another-truth": 25})
    monkeypatch.setattr(calibration_kills, "CALIBRATION_FAULTS", {"another-truth": CalibrationFault("harmless")})
    missed, right = calibration_kills.calibration_kills(1, 1, ignore)
    assert (missed.right, missed.after, right.right) == (False, None, True)
    wrong = SelfTest(1, 1, 1, (), (), (), (missed, right, replace(right, found=1))).wrong
    assert wrong == [
        "calibration, another-truth on rates: found in 0 of 1",
        "calibration, none on rates: found in 1 of 1",
    ]


@pytest.mark.parametrize("name", HARNESS)
def test_the_sound_function_gets_every_case_right_and_the_defective_one_does_not(name: str) -> None:
    defect: Defect = HARNESS[name]
    assert defect.trial(defect.sound) == ""
    assert defect.trial(defect.defective)


def test_the_same_seed_gives_the_same_counts_in_one_process_and_in_two() -> None:
    assert null_rates(2, 5, ignore) == null_rates(2, 5, ignore, 2)


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_prints_and_its_exit_code_says_whether_all_is_right(
    monkeypatch: pytest.MonkeyPatch, found: SelfTest, as_json: bool
) -> None:
    monkeypatch.setenv("PPLCOMPARE_REQUIRE", "stan")  # no backend is needed, whatever others require
    for result, code in ((found, 0), (replace(found, harness=(replace(found.harness[0], sound="a case"),)), 1)):
        monkeypatch.setattr(trial, "self_test", lambda *_, result=result: result)
        run = CliRunner().invoke(main, ["selftest", "--quiet", *(["--json"] if as_json else [])])
        assert run.exit_code == code, run.output
        if as_json:
            assert bool(json.loads(run.stdout)["wrong"]) is bool(code)
        else:
            assert "sd-0.95" in run.stdout
            assert "rate[g" in run.stdout


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--repetitions", "0"], ["--ful"]])
def test_bad_input_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["selftest", *arguments]).exit_code == 2

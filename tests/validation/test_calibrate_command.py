"""``pplcompare calibrate`` with backends of tests: the same ranks whoever makes them, mutants, bad input."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pplcompare
import pytest
from pplcompare.models.errors import StorageError, UsageError
from pplcompare.validation.calibrate.batch_store import PLAN, BatchStore
from pplcompare.validation.cli import main
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batches_job import Hands, do_batches
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.study.tally import ignore

from tests.validation.conftest import know_calibrated

SMALL = ("calibrate", "campaigns", "--model", "independent", "--thin", "1", "--quiet", "--jobs", "1", "--seed", "3")


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know_calibrated(monkeypatch, "exact", "honest", "crash", "flaky", "absent")


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert end.value.code is None or isinstance(end.value.code, int)
    return end.value.code or 0


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    code = ended(*arguments, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == code
    assert msgspec.convert(found, CalibrationDocument, strict=True) == found
    return found


def ranks(folder: Path) -> dict[str, bytes]:
    """Return the ranks of each batch of a store, by the name of its file."""
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            found[path.name] = b"".join(arrays[name].tobytes() for name in arrays if name != "seconds")
    return found


def test_right_draws_pass_and_a_fault_on_purpose_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    passed = document(capsys, *SMALL, "--backends", "exact,honest", "--replications", "200")
    assert [one["verdict"] for one in passed["calibrated"]] == ["passed", "passed"]
    assert passed["exit_code"] == 0
    first, second = passed["calibrated"]
    assert all(sum(row["counts"]) == 200 for row in first["quantities"])
    # Truths are the same for all engines, draws are not.
    assert first["quantities"] != second["quantities"]
    junit = tmp_path / "calibrate.xml"
    wrong = (*SMALL, "--backends", "honest", "--replications", "200", "--mutant", "k+1", "--junit", str(junit))
    failed = document(capsys, *wrong)
    assert failed["exit_code"] == 1
    (one,) = failed["calibrated"]
    assert one["verdict"] == "failed"
    assert one["decided"] <= 200
    assert "too high" in one["reason"]
    root = ET.parse(junit).getroot()
    told = {each.get("name"): each.get("value") for each in root.iter("property")}
    expected = {"level": "0.0001", "seed": "3", "mutant": "k+1", "replications": "200", "source": "prior"}
    assert expected.items() <= told.items()
    assert str(told["power"]).startswith("Found with 99.9 % power in one quantity of any backend: a bias of ")
    assert "pplcompare-fakes 1.0" in str(told["versions.honest"]).split(", ")
    assert root.attrib == {
        "name": "pplcompare calibrate",
        "tests": "1",
        "failures": "1",
        "errors": "0",
    }


def test_the_exact_answer_finds_what_is_wrong_on_some_data_only_and_says_where(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = (*SMALL, "--backends", "honest")
    (right,) = document(capsys, *asked)["calibrated"]
    assert (right["verdict"], right["exact"]["places"]) == ("passed", [])
    assert right["exact"]["truths"]["decided"] is right["exact"]["draws"]["decided"] is None
    (wrong,) = document(capsys, *asked, "--mutant", "wrong-where-none")["calibrated"]
    assert wrong["verdict"] == "failed"
    assert wrong["exact"]["truths"] == right["exact"]["truths"]
    assert wrong["exact"]["draws"]["decided"] == wrong["decided"]
    assert {place["where"] for place in wrong["exact"]["places"]} == {"no success in B"}
    assert "most clearly where: no success in B" in wrong["reason"]
    assert ended(*asked, "--mutant", "wrong-where-none") == 1
    assert "Wrong place of rate B: no success in B," in capsys.readouterr().out


def test_a_kernel_that_cannot_be_tried_says_why_and_fails_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*SMALL, "--backends", "honest", "--replications", "50")
    (plain,) = document(capsys, *asked)["calibrated"]
    (one,) = document(capsys, *asked, "--kernel")["calibrated"]
    assert plain["kernel"] is None
    assert (one["verdict"], one["kernel"]["decided"]) == ("passed", None)
    assert "no transitions that can be started anywhere" in one["kernel"]["untried"]
    assert one["limit"] > plain["limit"]
    assert [row["counts"] for row in one["quantities"]] == [row["counts"] for row in plain["quantities"]]


def test_a_posterior_source_passes_right_draws_and_fails_others(capsys: pytest.CaptureFixture[str]) -> None:
    posterior = (*SMALL, "--backends", "honest", "--replications", "200", "--source", "posterior", "--times", "2")
    assert document(capsys, *posterior)["exit_code"] == 0
    assert document(capsys, *posterior, "--mutant", "likelihood-twice")["exit_code"] == 1


def test_a_simulator_of_the_backend_is_on_trial_too(capsys: pytest.CaptureFixture[str]) -> None:
    own = (*SMALL, "--backends", "exact", "--replications", "100", "--own-simulator")
    found = document(capsys, *own)
    assert (found["exit_code"], found["source"]) == (0, "backend")


def test_ranks_are_the_same_whoever_makes_them_and_in_whatever_order(tmp_path: Path) -> None:
    asked = (*SMALL, "--backends", "honest", "--replications", "150")
    whole = tmp_path / "whole"
    assert ended(*asked, "--out", str(whole)) == 0
    assert len(ranks(whole)) == 6

    side_by_side = tmp_path / "side by side"
    assert ended(*asked, "--out", str(side_by_side), "--jobs", "2") == 0
    assert ranks(side_by_side) == ranks(whole)

    parts, executed = tmp_path / "parts", tmp_path / "executed"
    for folder in (parts, executed):
        assert ended(*asked, "--out", str(folder), "--plan") == 0
        assert (folder / PLAN).read_bytes() == (whole / PLAN).read_bytes()
    for part in ("2/2", "1/2", "1/2"):
        assert ended("calibrate", "work", str(parts), "--part", part, "--quiet") == 0
    assert ranks(parts) == ranks(whole)

    store = BatchStore.open(executed)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        assert do_batches(store, store.missing(), Hands(Workers(), executor=executor), ignore) == {}
    assert ranks(executed) == ranks(whole)


def test_a_calibration_from_python_is_that_of_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        found = pplcompare.calibrate(
            pplcompare.load("campaigns"),
            pplcompare.independent(),
            ["honest"],
            replications=50,
            seed=3,
            store=folder,
            executor=executor,
        )
    command = document(capsys, *SMALL, "--backends", "honest", "--replications", "50")
    assert found["exit_code"] == 0
    assert [one["quantities"] for one in found["calibrated"]] == [one["quantities"] for one in command["calibrated"]]
    assert len(ranks(folder)) == 2
    with pytest.raises(UsageError, match="different names"):
        pplcompare.calibrate(pplcompare.load("campaigns"), [], ["honest"])


def test_a_store_is_resumed_where_it_ends_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, folder = (*SMALL, "--backends", "honest"), tmp_path / "store"
    few = document(capsys, *asked, "--replications", "75", "--out", str(folder))
    before = ranks(folder)
    (folder / "0-honest-000001.npz").unlink()
    assert ended(*asked, "--replications", "75", "--out", str(folder), "--quiet") == 4
    again = document(capsys, *asked, "--replications", "75", "--out", str(folder), "--resume")
    assert ranks(folder) == before
    seconds = [found["calibrated"][0].pop("seconds") for found in (few, again)]
    assert all(seconds)
    assert again["calibrated"] == few["calibrated"]
    more = document(capsys, *asked, "--replications", "75", "--out", str(folder), "--resume", "--more", "50")
    assert more["replications"] == more["calibrated"][0]["replications"] == 125
    assert before.items() <= ranks(folder).items()


def test_another_plan_and_other_versions_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, folder = (*SMALL, "--backends", "honest", "--replications", "25"), tmp_path / "store"
    assert ended(*asked, "--out", str(folder)) == 0
    assert ended(*asked, "--seed", "4", "--out", str(folder), "--resume") == 2
    assert "another calibration (seed)" in capsys.readouterr().err
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    plan["plan"]["versions"]["honest"]["numpy"] = "0.1"
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    next(folder.glob("*.npz")).unlink()
    store = BatchStore.open(folder)
    with pytest.raises(UsageError, match="other versions"):
        do_batches(store, store.missing(), Hands(Workers()), ignore)


def test_a_store_that_is_not_shared_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert ended(*SMALL, "--backends", "honest", "--replications", "25", "--out", str(folder)) == 0
    next(folder.glob("*.npz")).unlink()

    class Elsewhere(ThreadPoolExecutor):
        """Its workers write to a disk of their own: here nothing is to be seen."""

        def submit(self, job: Any, /, *_arguments: Any, **_options: Any) -> Any:
            return super().submit(lambda: "a hash")

    store = BatchStore.open(folder)
    with Elsewhere(1) as executor, pytest.raises(StorageError, match="let all workers see this folder"):
        do_batches(store, store.missing(), Hands(Workers(), executor=executor), ignore)


def test_an_engine_that_crashes_is_incomplete_and_takes_nothing_from_others(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, *SMALL, "--backends", "honest,crash", "--replications", "50")
    assert found["exit_code"] == 6
    honest, crash = found["calibrated"]
    assert honest["verdict"] == "passed"
    assert crash["verdict"] == "incomplete"
    assert "crashed" in crash["reason"]


def test_a_worker_that_is_lost_is_replaced_and_wrong_shapes_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The third process answers, though with one draw where 99 were asked for."""
    monkeypatch.setenv("PPLCOMPARE_FAKE_CRASHES", str(tmp_path))
    for token in ("first", "second"):
        (tmp_path / token).touch()
    found = document(capsys, *SMALL, "--backends", "flaky", "--replications", "25")
    assert not list(tmp_path.iterdir())
    assert found["exit_code"] == 6
    assert "one chain of 99 draws is needed" in found["calibrated"][0]["reason"]


def test_an_engine_that_is_absent_is_named_and_an_error_if_it_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, *SMALL, "--backends", "absent", "--replications", "25")
    assert found["exit_code"] == 3
    assert found["calibrated"][0]["verdict"] == "unavailable"
    assert "pip install it" in found["calibrated"][0]["reason"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--replications", "0"), 2, "--replications"),
        (("--thin", "0"), 2, "--thin"),
        (("--times", "0"), 2, "--times"),
        (("--thin", "10001"), 2, "at most 10000"),
        (("--times", "9999999999"), 2, "at most 1000000"),
        (("--replications", "9999999999"), 2, "at most 100000000"),
        (("--more", "5"), 2, "--resume"),
        (("--more", "-5"), 2, "--more"),
        (("--resume",), 2, "--out"),
        (("--plan",), 2, "--out"),
        (("--resume", "--out", "nowhere"), 4, "no calibration is there"),
        (("--source", "posterior", "--own-simulator"), 2, "--own-simulator"),
        (("--source", "mine.py:right", "--own-simulator"), 2, "--own-simulator"),
        (("--source", "backend"), 2, "--source: no source of truths, got 'backend'; write --own-simulator"),
        (("--source", "nonsense"), 2, "prior, posterior, or write FILE.py:FUNCTION"),
        (("--mutant", "nonsense"), 2, "no such mutant"),
        (("--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(1.5)"), 2, "concentration"),
    ],
)
def test_bad_input_is_told_before_anything_is_started(
    arguments: tuple[str, ...],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Workers, "opened", None)
    model = () if "--model" in arguments else ("--model", "independent")
    assert ended("calibrate", "campaigns", *model, *arguments, "--quiet") == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("part", ["0/4", "5/4", "1", "a/b", "1/0", "-1/2", "1/99999999999999999999"])
def test_a_part_that_cannot_be_is_told(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("calibrate", "work", str(tmp_path), "--part", part) == 2
    assert "--part" in capsys.readouterr().err

"""``pplcompare calibrate --history``: the file, what is refused, and a fault that begins some night."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pplcompare.models.errors import StorageError
from pplcompare.validation.calibrate.night_history import append_night, specification_hash
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.storage.line_file import append_line

from tests.validation.conftest import CAMPAIGNS_PLAN, know_calibrated
from tests.validation.test_calibrate_command import document, ended

NIGHT = (
    *("calibrate", "campaigns", "--model", "independent", "--thin", "1", "--quiet", "--jobs", "1"),
    *("--backends", "honest", "--replications", "50", "--history"),
)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know_calibrated(monkeypatch, "honest", "crash")


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_right_nights_pass_together_and_a_fault_that_begins_with_the_third_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, broken, junit = tmp_path / "new" / "nights.jsonl", tmp_path / "broken.jsonl", tmp_path / "nights.xml"
    for seed in ("1", "2"):
        right = document(capsys, *NIGHT, str(file), "--seed", seed)
    assert right["exit_code"] == 0
    (one,) = right["history"]["verdicts"]
    assert (one["verdict"], one["runs"], one["replications"], one["decided"]) == ("passed", 2, 100, None)
    first, second = lines(file)
    (ranks,) = second["ranks"]
    assert (first["seed"], second["seed"]) == (1, 2)
    assert ranks["counts"] == {row["name"]: row["counts"] for row in right["calibrated"][0]["quantities"]}
    assert ranks["versions"] == right["calibrated"][0]["versions"]

    # A night of draws that are wrong on purpose: another calibration, unless its line says that it is the same.
    assert ended(*NIGHT, str(file), "--seed", "3", "--mutant", "k+1") == 2
    assert ended(*NIGHT, str(broken), "--seed", "3", "--mutant", "k+1", "--replications", "200") == 1
    (wrong,) = lines(broken)
    append_night(file, wrong | {"specification": first["specification"]})
    capsys.readouterr()
    last = document(capsys, *NIGHT, str(file), "--seed", "4", "--junit", str(junit))
    (one,) = last["history"]["verdicts"]
    assert (last["exit_code"], last["calibrated"][0]["verdict"]) == (1, "passed")
    assert (one["verdict"], one["decided"], one["begins"], one["runs"]) == ("failed", 3, 3, 4)
    assert one["since"] == wrong["created"]
    root = ET.parse(junit).getroot()
    assert root.attrib["failures"] == "1"
    assert {"name": "level.over_time", "value": "0.0001"} in [each.attrib for each in root.iter("property")]
    assert ended(*NIGHT, str(file), "--seed", "5") == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "honest, independent: failed over time: evidence of all runs reached 10^" in told
    assert "after run 3; most of it came since run 3" in told
    assert "The verdict on this run keeps its own level" in told
    assert len(lines(file)) == 5


def test_a_backend_without_ranks_has_no_part_in_a_history(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "nights.jsonl"
    found = document(capsys, *NIGHT, str(file), "--seed", "1", "--backends", "honest,crash")
    assert found["exit_code"] == 6
    assert [one["backend"] for one in found["history"]["verdicts"]] == ["honest"]
    assert found["history"]["limit"] == pytest.approx(4.301, abs=1e-3)  # two backends at 1e-4
    assert [each["engine"] for each in lines(file)[0]["ranks"]] == ["honest"]


def test_seeds_foreign_lines_and_other_calibrations_are_refused_before_anything_is_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "nights.jsonl"
    assert ended(*NIGHT, str(file), "--seed", "1") == 0
    (night,) = lines(file)
    before = file.read_bytes()
    monkeypatch.setattr(Workers, "opened", None)
    refused: dict[tuple[str, ...], str] = {
        ("--seed", "1"): "line 1 of",
        ("--seed", "2", "--warmup", "400"): "another calibration",
        ("--seed", "2", "--prior", "rate=Beta(2, 2)"): "another calibration",
        ("--seed", "2", "--out", str(tmp_path / "store"), "--plan"): "--history",
    }
    assert ended(*NIGHT, str(file / "within a file"), "--seed", "2") == 4
    assert "--history" in capsys.readouterr().err
    for options, words in refused.items():
        assert ended(*NIGHT, str(file), *options) == 2
        assert words in capsys.readouterr().err
    assert file.read_bytes() == before
    (ranks,) = night["ranks"]
    short = {name: counts[:-1] for name, counts in ranks["counts"].items()}
    wrong = (
        "x",
        "{}",
        json.dumps(night | {"version": 2}),
        json.dumps(night | {"seed": "2"}),
        json.dumps(night | {"ranks": [ranks | {"counts": short}]}),
        json.dumps(night | {"ranks": [ranks | {"counts": {}}]}),
        json.dumps(night | {"ranks": [ranks | {"model": "another"}]}),
        json.dumps(night | {"ranks": [ranks | {"model": []}]}),
        json.dumps(night | {"created": None}),
    )
    for line in wrong:
        file.write_text(f"{json.dumps(night)}\n{line}\n", encoding="utf-8")
        assert ended(*NIGHT, str(file), "--seed", "2") == 2
        assert "line 2" in capsys.readouterr().err
    file.write_text(f"{json.dumps(night)}\n" * 2, encoding="utf-8")
    assert ended(*NIGHT, str(file), "--seed", "2") == 2
    assert "two runs have the same seed" in capsys.readouterr().err


def test_a_simulator_makes_another_calibration_and_none_leaves_the_hash_as_it_was_written() -> None:
    plan = CAMPAIGNS_PLAN
    # As in files that were written when a plan had no simulator.
    assert specification_hash(plan) == "798b77603a814f90ecb8f477"
    ours = [replace(plan, source="/a/mine.py:f", simulator=digest) for digest in ("1", "2")]
    hashes = {specification_hash(one) for one in (plan, *ours)}
    assert len(hashes) == 3
    assert specification_hash(replace(ours[0], source="/b/mine.py:f")) in hashes  # wherever its file lies


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        append_night(tmp_path, {})  # type: ignore[typeddict-item]


def test_a_line_for_which_there_is_too_little_room_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lines.jsonl"
    append_line(file, {"first": 1})
    before, write = file.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:5]))
    with pytest.raises(StorageError, match="cannot be written"):
        append_line(file, {"second": 2})
    assert file.read_bytes() == before

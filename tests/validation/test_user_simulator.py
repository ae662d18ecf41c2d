"""Simulators of users: found by every worker, on trial by the exact answer, and told what they do wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pplcompare
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.datasets import load
from pplcompare.models.errors import UsageError
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, numbers_of
from pplcompare.validation.calibrate.calibration_verdict import Calibrated, judged_ranks
from pplcompare.validation.calibrate.planned_source import planned_source, source_of
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.calibrate.user_simulator import UserSimulator, UserSource
from pplcompare.validation.commands import backends, calibration_call
from pplcompare.validation.commands.calibrate_job import CalibrateRequest
from pplcompare.validation.process.replications import Replications
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend

from tests.validation.conftest import CAMPAIGNS_PLAN, know_calibrated
from tests.validation.test_calibrate_command import SMALL, document, ended

type Found = tuple[Mapping[str, Any], Any]
"""A truth and successes."""

NUMBER = 1000
SIMULATORS = """
from decimal import Decimal

import helpers


def right(trials, rng):
    rate = rng.beta(2, 5, len(trials))
    return {"rate": rate}, rng.binomial(trials, rate)


def other_prior(trials, rng):
    rate = rng.beta(helpers.SHAPE, 5, len(trials))
    return {"rate": rate}, rng.binomial(trials, rate)


def other_counts(trials, rng):
    rate = rng.beta(2, 5, len(trials))
    return {"rate": rate}, rng.binomial(trials, rate * 0.8)


NUMBER = 3
"""


def plan_of(name: str) -> CalibrationPlan:
    found, digest = source_of(name)
    return replace(CAMPAIGNS_PLAN, source=found, simulator=digest)


def judged(plan: CalibrationPlan, number: int = NUMBER) -> Calibrated:
    backend = ExactBackend()
    numbers = [at for batch in range(number // 25) for at in numbers_of(batch)]
    answer: dict[str, Any] = Replications(backend, "exact", backend.compile).ranked(
        plan.text(), "independent", numbers, 1, kernel=False
    )
    return judged_ranks(plan, plan.entries[0], RankedBatch(**answer), number)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helpers.py").write_text("SHAPE = 3\n", encoding="utf-8")
    (tmp_path / "mine.py").write_text(SIMULATORS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know_calibrated(monkeypatch, "exact", "honest")


def test_a_right_simulator_passes_and_another_prior_is_told_as_that_of_truths(folder: Path) -> None:
    right = judged(plan_of(f"{folder}/mine.py:right"))
    assert right.verdict is Verdict.PASSED
    assert right.exact is not None
    assert right.exact.tables.compared == 0  # without hyper-parameters there are none

    wrong = judged(plan_of(f"{folder}/mine.py:other_prior"))
    assert wrong.verdict is Verdict.FAILED
    assert wrong.exact is not None
    assert wrong.exact.blames_truths
    assert wrong.reason.startswith("truths of ")
    assert wrong.reason.endswith("it or the simulator is wrong")


def test_nothing_is_simulated_for_tables_that_a_model_does_not_have(folder: Path) -> None:
    counting = "CALLS = []\n" + SIMULATORS.replace("    rate", "    CALLS.append(1)\n    rate")
    (folder / "mine.py").write_text(counting, encoding="utf-8")
    plan = plan_of(f"{folder}/mine.py:right")
    assert judged(plan, 25).exact is not None
    function: Any = UserSimulator.named(plan.source).function
    assert len(function.__globals__["CALLS"]) == 25


def test_counts_of_another_law_are_told_as_truths_too(folder: Path) -> None:
    """A truth is a draw of the posterior only if counts are of its rates."""
    wrong = judged(plan_of(f"{folder}/mine.py:other_counts"))
    assert wrong.verdict is Verdict.FAILED
    assert wrong.exact is not None
    assert wrong.exact.blames_truths


@pytest.mark.usefixtures("fakes")
def test_workers_find_it_by_the_name_that_the_plan_has(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    asked = (*SMALL, "--backends", "honest", "--replications", "50", "--out", "store")
    found = document(capsys, *asked, "--source", "mine.py:right")
    name = f"{folder}/mine.py:right"
    assert (found["exit_code"], found["source"]) == (0, name)

    (folder / "mine.py").write_text(SIMULATORS + "\n", encoding="utf-8")
    assert ended(*asked, "--source", "mine.py:right", "--resume", "--more", "25") == 2
    assert "another calibration (simulator)" in capsys.readouterr().err


@pytest.mark.usefixtures("fakes")
def test_a_function_from_python_is_that_of_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[CalibrateRequest] = []
    monkeypatch.setattr(calibration_call, "calibrate_job", asked.append)
    named = UserSimulator.named(f"{folder}/mine.py:right")
    for source in (named.function, named.name):
        pplcompare.calibrate(load("campaigns"), independent(), ["honest"], source=source)
    assert [(one.plan.source, one.plan.simulator) for one in asked] == [(named.name, named.digest)] * 2


def test_a_function_is_known_by_its_file(folder: Path) -> None:
    named = UserSimulator.named(f"{folder}/mine.py:right")
    assert UserSimulator.of(named.function).name == named.name
    assert UserSimulator.named(named.name).function is named.function
    # A plan that was made with another file is refused by whoever does a batch.
    plan = replace(plan_of(named.name), simulator="0" * 64)
    with pytest.raises(UsageError, match="has changed since the calibration began"):
        planned_source(plan, independent())


def test_what_runs_is_the_content_that_was_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes what it has compiled of a file of the same size and time, whatever has become of it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "mine.py"
    found: list[Any] = []
    for answer in (1, 2):
        path.write_text(f"def right(trials, rng) -> int:\n    return {answer}\n", encoding="utf-8")
        os.utime(path, (1e9, 1e9))
        found.append(UserSimulator.named(f"{path}:right"))
    assert found[0].digest != found[1].digest
    assert [one.function(RATES, np.random.default_rng(1)) for one in found] == [1, 2]
    # It is compiled as any other file is, not as a part of ours, where annotations are texts.
    assert found[0].function.__annotations__ == {"return": int}


@pytest.mark.usefixtures("fakes")
def test_what_a_simulator_prints_is_no_part_of_a_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prints = SIMULATORS.replace("    rate", "    print('called')\n    rate") + "print('loaded')\n"
    (folder / "mine.py").write_text(prints, encoding="utf-8")
    asked = (*SMALL, "--backends", "honest", "--replications", "25", "--source", f"{folder}/mine.py:right")
    assert ended(*asked, "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["exit_code"] == 0
    assert {"loaded", "called"} <= set(told.err.split())


SCRIPT = """
import pplcompare as pc
from pplcompare.validation.calibrate.planned_source import source_of

def simulate(trials, rng):
    rate = rng.beta(2, 5, len(trials))
    return {"rate": rate}, rng.binomial(trials, rate)

%s
"""
GUARDED = "if __name__ == '__main__':\n    print(source_of(simulate)[0])"
BARE = "pc.calibrate(pc.load('rats'), pc.independent(), ['exact'], source=simulate)"


@pytest.mark.parametrize(
    ("code", "words", "right"),
    [(GUARDED, "/script.py:simulate\n", True), (BARE, "call calibrate below `if __name__", False)],
    ids=["guarded", "bare"],
)
def test_a_script_may_be_its_own_simulator_and_never_starts_itself(
    tmp_path: Path, code: str, words: str, right: bool
) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT % code, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=300)
    assert words in done.stdout + done.stderr
    assert (done.returncode == 0) == right


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nonsense", "no source of truths"),
        ("mine:right", "no source of truths"),
        ("mine.py:", "no source of truths"),
        ("none.py:right", "cannot be read"),
        ("mine.py:rigth", "no such function.*right"),
        ("mine.py:NUMBER", "no such function"),
        ("broken.py:right", "cannot be loaded: SyntaxError"),
        ("raises.py:right", "cannot be loaded: ZeroDivisionError"),
        ("exits.py:right", "cannot be loaded: SystemExit"),
    ],
)
def test_a_name_that_cannot_be_is_told(name: str, words: str, folder: Path) -> None:
    (folder / "broken.py").write_text("def right(:\n", encoding="utf-8")
    (folder / "raises.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "exits.py").write_text("raise SystemExit\n", encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        source_of(name if name in {"nonsense", "mine:right"} else f"{folder}/{name}")
    # Half a module is left to nobody.
    files = {getattr(module, "__file__", None) for module in tuple(sys.modules.values())}
    assert not files & {f"{folder}/{each}.py" for each in ("broken", "raises", "exits")}


def test_a_function_that_workers_cannot_find_is_told() -> None:
    def within(trials: NDArray[np.int64], rng: np.random.Generator) -> Found:
        return {}, trials

    prompt: dict[str, Any] = {}
    exec("def typed(trials, rng): ...", prompt)
    functions: tuple[Any, ...] = (within, lambda trials, rng: ({}, trials), prompt["typed"], print, 3)
    for function in functions:
        with pytest.raises(UsageError, match="define it with def at the top of a file"):
            source_of(function)


RATES = np.array([0.1, 0.2])


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, r"not a truth and counts, got None; return a dictionary"),
        (({"rate": RATES},), "not a truth and counts"),
        ((RATES, [1, 2]), "not a truth and counts"),
        (({}, [1, 2]), "no value of rate"),
        (({"rate": RATES, "rat": 1}, [1, 2]), "no such variable"),
        (({"rate": 0.1}, [1, 2]), r"rate: cannot be used.*2 numbers are needed"),
        (({"rate": "much"}, [1, 2]), "rate: cannot be used"),
        (({"rate": [0.1, 1.5]}, [1, 2]), r"rate: outside the support.*1\.5"),
        (({"rate": [0.1, np.nan]}, [1, 2]), "rate: outside the support"),
        (({"rate": RATES}, [1]), "differ in length"),
        (({"rate": RATES}, [1, 11]), r"more successes than trials \(10\)"),
        (({"rate": RATES}, [1, 0.5]), "whole number"),
        (({"rate": RATES}, [1, -1]), "B"),
        (({"rate": RATES}, 3), "successes cannot be used"),
        (({"rate": RATES}, None), "successes cannot be used"),
    ],
)
def test_what_a_simulator_returns_is_checked(returned: Any, words: str) -> None:
    simulator = UserSimulator("/a/mine.py:right", lambda _trials, _rng: returned, "")
    source = UserSource(independent(), load("campaigns"), simulator)
    with pytest.raises(UsageError, match=words) as told:
        source.replication(1, 17, "run")
    assert str(told.value).startswith("simulator /a/mine.py:right, replication 17")


@pytest.mark.parametrize("alpha", [np.inf, -np.inf, np.nan, -1.0])
def test_a_hyper_parameter_outside_its_support_is_told(alpha: float) -> None:
    truth = {"rate": RATES, "alpha": alpha, "beta": 1.0}
    simulator = UserSimulator("mine.py:right", lambda _trials, _rng: (truth, [1, 2]), "")
    with pytest.raises(UsageError, match=r"replication 0, alpha: outside the support.*must lie within \(0, inf\)"):
        UserSource(hierarchical(), load("campaigns"), simulator).replication(1, 0, "run")


@pytest.mark.parametrize("error", [ZeroDivisionError("rate"), SystemExit(0)], ids=repr)
def test_a_simulator_that_raises_is_told(error: BaseException) -> None:
    def raises(trials: NDArray[np.int64], _rng: np.random.Generator) -> Found:
        trials += 1  # its own copy
        raise error

    counts = load("campaigns")
    with pytest.raises(UsageError, match=f"replication 3: raised {type(error).__name__}: {error}"):
        UserSource(independent(), counts, UserSimulator("mine.py:raises", raises, "")).replication(1, 3, "run")
    assert counts.trials.tolist() == load("campaigns").trials.tolist()


def test_values_on_the_border_are_moved_inside_and_hyper_parameters_are_numbers() -> None:
    def simulate(_trials: NDArray[np.int64], _rng: np.random.Generator) -> Found:
        return {"rate": [0, 1.0], "alpha": np.float32(2), "beta": 3}, np.array([1, 2], np.int32)

    source = UserSource(hierarchical(), load("campaigns"), UserSimulator("mine.py:simulate", simulate, ""))
    found = source.replication(1, 0, "run")
    assert 0.0 < found.truth["rate"][0] < found.truth["rate"][1] < 1.0
    assert (float(found.truth["alpha"]), found.truth["alpha"].dtype.name) == (2.0, "float64")
    assert found.counts.successes.tolist() == [1, 2]


@pytest.mark.usefixtures("fakes")
def test_a_simulator_of_another_model_is_told_before_anything_is_started(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(backends.Workers, "opened", None)
    asked = ("calibrate", "campaigns", "--backends", "honest", "--model", "hierarchical", "--quiet")
    assert ended(*asked, "--source", "mine.py:right") == 2
    assert "no value of alpha, beta" in capsys.readouterr().err

"""``pplcompare doctor --contract``: the suite in a worker process, as a table and as an exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pplcompare.models.counts import Counts
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.commands.contract_job import contract_document
from pplcompare.validation.output.documents import ContractDocument
from pplcompare.validation.testing.contract import PROMISES, check_backend
from pplcompare.validation.testing.contract_report import ContractReport
from pplcompare.validation.testing.promise import PromiseResult

from tests.validation.conftest import FAKES, know_fakes
from tests.validation.test_cli import assert_refused, in_process

pytestmark = [pytest.mark.slow, pytest.mark.seconds(25)]


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know_fakes(monkeypatch)


def examined(name: str, *arguments: str) -> tuple[int, Mapping[str, Any]]:
    """Return the exit code and what was found, promise by promise."""
    done = in_process("doctor", "--contract", name, "--json", "--quiet", *arguments)
    document = msgspec.json.decode(done.stdout, type=ContractDocument)
    assert done.returncode == document["exit_code"]
    return done.returncode, document


def outcomes(document: Mapping[str, Any]) -> dict[str, str]:
    return {row["name"]: row["outcome"] for row in document["results"]}


def test_a_backend_that_keeps_its_promises_has_a_line_for_each_at_80_columns_and_exit_0() -> None:
    done = in_process("doctor", "--contract", "honest", COLUMNS="80")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert [re.split(r"  +", line)[1] for line in lines[: len(PROMISES)]] == list(PROMISES)
    assert all(len(line) <= 80 for line in lines[: len(PROMISES)])
    assert lines[-2:] == [
        "Ours: this part of the backend is our own code, which says nothing of the backend.",
        f"honest: passed ({len(PROMISES) - 11} passed, 11 ours)",
    ]
    assert [line.partition("honest: ")[2] for line in done.stderr.splitlines()] == [
        promise.sentence for promise in PROMISES.values()
    ]


def test_a_crash_breaks_the_promise_in_which_it_came_and_the_rest_is_not_tested() -> None:
    code, document = examined("crash")
    assert code == 1
    found = {row["name"]: row for row in document["results"]}
    assert found["sample"]["outcome"] == "failed"
    assert "crashed (SIGSEGV)" in found["sample"]["detail"]
    assert found["density"]["outcome"] == "ours"
    assert found["right draws"]["detail"] == "its process was lost before"


@pytest.mark.nightly(
    twin="tests/validation/test_doctor_contract.py::"
    "test_a_crash_breaks_the_promise_in_which_it_came_and_the_rest_is_not_tested"
)
def test_a_step_that_takes_too_long_breaks_its_promise() -> None:
    code, document = examined("hang", "--time-limit", "6")
    assert code == 1
    assert [name for name, outcome in outcomes(document).items() if outcome == "failed"] == ["source", "sample"]
    assert "timeout" in document["results"][list(PROMISES).index("sample")]["detail"]


def test_a_backend_that_is_missing_is_exit_3() -> None:
    code, document = examined("broken")
    assert code == 3
    assert document["verdict"] == "unavailable"
    assert "its module cannot be imported" in document["missing"]
    assert document["results"] == []


@pytest.mark.nightly(twin="tests/validation/test_doctor_contract.py::test_a_backend_that_is_missing_is_exit_3")
def test_a_backend_whose_library_is_missing_is_exit_3() -> None:
    code, document = examined("absent")
    assert code == 3
    assert document["missing"] == "no such library; pip install it"
    assert "failed" not in outcomes(document).values()


def test_what_was_found_is_an_exit_code() -> None:
    right = ("name", "Its name is text that prints.", Outcome.PASSED)
    for outcome, code in ((Outcome.PASSED, 0), (Outcome.FAILED, 1), (Outcome.UNDERPOWERED, 6), (Outcome.NOT_TESTED, 6)):
        report = ContractReport("mine", (PromiseResult(*right), PromiseResult("draws", "", outcome)))
        assert contract_document(report)["exit_code"] == code
    optional = PromiseResult("order", "", Outcome.NOT_TESTED, optional=True)
    assert contract_document(ContractReport("mine", (PromiseResult(*right), optional)))["exit_code"] == 0
    assert contract_document(ContractReport("mine", (), "no library"))["exit_code"] == 3


def test_bad_input_is_refused() -> None:
    assert_refused(in_process("doctor", "--contract", "honesty"), ["unknown backend", "'honesty'"])
    assert_refused(in_process("doctor", "--draws", "100"), ["--draws", "add --contract NAME"])


def test_a_backend_of_a_name_and_a_function_is_checked_as_any_other() -> None:
    arguments = ["--backends", "mine", "--model", "hierarchical", "--draws", "1000", "--seed", "1", "--quiet", "--json"]
    done = in_process("check", "campaigns", *arguments)
    assert done.returncode == 0, done.stderr
    (fit,) = json.loads(done.stdout)["fits"]
    assert (fit["backend"], fit["verdict"], fit["same_model"]["outcome"]) == ("mine", "passed", "ours")


def test_a_backend_of_a_name_and_a_function_keeps_the_contract() -> None:
    mine = import_module("pplcompare_mine").Mine()
    report = check_backend(mine, counts=Counts(["A", "B"], [20, 9], [7, 1]), draws=700)
    report.raise_if_failed()


@pytest.mark.nightly(
    twin="tests/validation/test_doctor_contract.py::test_a_backend_of_a_name_and_a_function_keeps_the_contract"
)
def test_a_backend_of_a_name_and_a_function_keeps_the_contract_in_its_own_process() -> None:
    code, document = examined("mine")
    assert code == 0, document


def test_a_whole_backend_has_at_most_30_lines_and_the_page_shows_it() -> None:
    text = (Path(FAKES) / "pplcompare_mine.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    page = Path(__file__).parents[2] / "docs" / "backend_of_your_own.md"
    assert f"```python\n{text}```" in page.read_text(encoding="utf-8")

"""A density that is the reference itself has nothing to be compared with, and is called ours everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pplcompare.backends.protocol import LogDensity, Points
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.models.inputs import Inputs
from pplcompare.validation.checks.result import CheckReport, Outcome
from pplcompare.validation.checks.same_model import check_same_model
from pplcompare.validation.output.check.terminal_check import show_check
from pplcompare.validation.output.terminal import console
from pplcompare.validation.wrapped.exact_backend import ExactProgram

from tests.validation.conftest import know_fakes
from tests.validation.test_cli import in_process
from tests.validation.test_junit import GOOD, cases, document, row

MODEL = hierarchical()
SHOWN = {"comparisons": 1, "not_tested": 0, "seed": 0, "looks": {"number": 1, "false_alarm_bound": 1e-4}}


class Altered(ExactProgram):
    def __init__(self, alter: Callable[[LogDensity], LogDensity]) -> None:
        super().__init__(MODEL.structure)
        self._alter = alter

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        return self._alter(super().log_density(inputs, points, jacobian=jacobian))


def one_bit_of_a_value(found: LogDensity) -> LogDensity:
    return replace(found, value=np.append(np.nextafter(found.value[:1], np.inf), found.value[1:]))


def one_bit_of_a_gradient(found: LogDensity) -> LogDensity:
    return replace(found, gradient={**found.gradient, "alpha": np.nextafter(found.gradient["alpha"], np.inf)})


@pytest.mark.parametrize(
    ("alter", "outcome"),
    [
        (lambda found: found, Outcome.OURS),
        (one_bit_of_a_value, Outcome.PASSED),
        (one_bit_of_a_gradient, Outcome.PASSED),
        (lambda found: replace(found, value=found.value + 1e-6), Outcome.FAILED),
        (lambda found: replace(found, gradient={}), Outcome.FAILED),
    ],
)
def test_ours_is_what_is_the_reference_to_the_last_bit(
    alter: Callable[[LogDensity], LogDensity], outcome: Outcome
) -> None:
    inputs = MODEL.bind(load("rats"))
    assert check_same_model(Altered(alter), MODEL.structure, inputs).outcome is outcome


def test_backends_with_our_density_are_called_so_wherever_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_fakes(monkeypatch)
    folder = tmp_path / "results"
    arguments = ["--model", "independent", "--backends", "exact,honest", "--draws", "400", "--seed", "0", "--quiet"]
    result = in_process("run", "campaigns", *arguments, "--out", str(folder))
    assert result.returncode == 0, result.stderr
    for name in ("exact", "honest"):
        (line,) = (line for line in result.stdout.splitlines() if line.startswith(f"│ {name} "))
        assert [cell.strip() for cell in line.split("│")[2:6]] == ["passed", "ours", "passed", "ours"]
    assert "Same model, ours: " in result.stdout
    stored = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for part in ("same_model", "prediction"):
        assert [fit[part]["outcome"] for fit in stored["fits"]] == ["ours", "ours"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<td>ours</td>") == 4
    assert "Same model, ours: " in page


OURS = CheckReport(tuple(replace(result, outcome=Outcome.OURS) for result in GOOD.results), 1)


def test_what_was_not_compared_is_no_deviation(capsys: pytest.CaptureFixture[str]) -> None:
    for same_model, shown in ((OURS, "│ –"), (GOOD, "│ 0.20  mean of z, rate[A]")):
        show_check(document(row(same_model=same_model)) | SHOWN, console())
        assert shown in capsys.readouterr().out


def test_what_was_not_compared_is_no_case() -> None:
    assert cases(row(same_model=OURS, posterior=GOOD, prediction=GOOD)) == [("posterior", ""), ("prediction", "")]
    assert cases(row(same_model=OURS, posterior=GOOD, prediction=OURS)) == [("posterior", "")]

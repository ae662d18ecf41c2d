"""A Stan that breaks is a broken tool, not another model."""

from __future__ import annotations

from pathlib import Path

import pytest
from pplcompare.backends.fit import Timing
from pplcompare.backends.stan_backend import StanBackend, StanProgram
from pplcompare.backends.stan_toolchain.locate import Toolchain
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, EvaluationError, UnsupportedModel
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.same_model import check_same_model

MODEL = independent()
INPUTS = MODEL.bind(Counts(["A", "B"], [200, 10], [19, 3]))
NO_TBB = "error while loading shared libraries: libtbb.so.2: cannot open shared object file"


def program(folder: Path, script: str) -> StanProgram:
    """Return a program whose executable does what the shell says."""
    path = folder / "model"
    path.write_text(f'#!/bin/sh\n[ "$1" = info ] && exit 0\n{script}\n')
    path.chmod(0o700)
    return StanProgram(MODEL.structure, Toolchain(folder, "2.39.0", "embedded", "g++", "key"), path, Timing())


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (f"echo '{NO_TBB}' >&2; exit 127", "ended with code 127: .*libtbb"),
        ("kill -SEGV $$", r"crashed \(SIGSEGV\)"),
        ("exit 1", "ended with code 1"),
        ("exit 0", "No such file"),
        ('for a; do case $a in file=*output.csv) echo lp__,g > "${a#file=}";; esac; done', "0 rows were written"),
    ],
)
def test_a_tool_that_breaks_is_not_another_model(script: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=f"stan: could not evaluate the log density: .*{words}") as caught:
        check_same_model(program(tmp_path, script), MODEL.structure, INPUTS)
    assert not isinstance(caught.value, EvaluationError)


def test_a_model_that_refuses_points_of_its_support_is_another_model(tmp_path: Path) -> None:
    refused = (
        "Exception: beta_lpdf: First shape parameter is -1 (in '\\''model.stan'\\'', line 12, column 2 to column 36)"
    )
    report = check_same_model(program(tmp_path, f"echo '{refused}' >&2; exit 1"), MODEL.structure, INPUTS)
    assert report.outcome is Outcome.FAILED
    assert "First shape parameter" in report.failures[0].detail


@pytest.mark.parametrize("version", ["2.27.0", "2.31.0"])
def test_a_cmdstan_that_is_too_old_is_unsupported_with_the_mend(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "stanc").touch()
    (tmp_path / "makefile").write_text(f"CMDSTAN_VERSION := {version}\n")
    monkeypatch.setenv("CMDSTAN", str(tmp_path))
    with pytest.raises(UnsupportedModel, match=rf"2\.32 or later, got '{version}'; run install_cmdstan"):
        StanBackend().compile(MODEL.structure, INPUTS.sizes)

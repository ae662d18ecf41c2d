"""Tables as people have them, from the command line: what is noted, what is doubted, standard input, `--by`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pplcompare.validation.cli import main

from tests.validation.test_cli import in_process

TRIALS = "variant;country;converted\nA;de;1\nA;fr;0\nB;de;1\nB;de;0\nA;fr;1\n"
NOTE = (
    "pplcompare: note: trials.csv: one row for each trial; successes are those of 'converted', counted for each {}: "
    "2 groups, 5 trials\n"
)


def rates(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the rates of a printed answer."""
    assert result.returncode == 0, result.stderr
    return [name for name in json.loads(result.stdout)["independent"]["quantities"] if name.startswith("rate[")]


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trials.csv").write_text(TRIALS)
    return "trials.csv"


def test_one_row_for_each_trial_is_noted_on_standard_error(trials: str) -> None:
    result = in_process("exact", trials, "--model", "independent", "--json")
    assert result.stderr == NOTE.format("'variant'")
    assert rates(result) == ["rate[A]", "rate[B]"]


def test_groups_are_summed_by_the_column_that_is_named(trials: str) -> None:
    result = in_process("exact", trials, "--by", "country", "--model", "independent", "--json")
    assert result.stderr == NOTE.format("'country'")
    assert rates(result) == ["rate[de]", "rate[fr]"]
    both = in_process("exact", trials, "--by", "variant, country", "--model", "independent", "--json")
    assert rates(both) == ["rate[A, de]", "rate[A, fr]", "rate[B, de]"]


@pytest.mark.parametrize("command", [["show", "independent"], ["exact"]])
def test_a_dash_is_standard_input(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "-", "--by", "country"], input=TRIALS)
    assert result.exit_code == 0
    assert result.stderr == NOTE.format("'country'").replace("trials.csv", "standard input")


def test_every_command_that_reads_tables_has_the_same_options() -> None:
    for command in ("exact", "run", "check", "bench", "show"):
        found = main.get_command(click.Context(main), command)
        assert found is not None
        options = {option for each in found.params for option in each.opts}
        assert {"--columns", "--by"} <= options, command

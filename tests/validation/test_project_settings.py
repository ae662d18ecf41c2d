"""The table ``[tool.pplcompare]`` of a project: it stands in for options that are not given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.validation.test_cli import assert_refused, in_process

VISITS: Final = "variant,visitors,conversions\nA,200,19\nB,150,24\n"
TABLE: Final = """
[tool.pplcompare]
data = ["visits.csv", "campaigns"]
models = ["independent"]
require = ["exact"]
level = 1e-3
seed = 7
"""
CHECK: Final = ("check", "--backends", "exact", "--json", "--quiet")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PPLCOMPARE_REQUIRE", raising=False)
    (tmp_path / "visits.csv").write_text(VISITS)
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_settings_stand_in_for_options_that_are_not_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = in_process(*CHECK)
    document = json.loads(found.stdout)
    assert found.returncode == 2  # the reference alone is no check
    assert [*document["data"]] == ["visits.csv", "campaigns"]
    assert [*document["models"]] == ["independent"]
    assert document["required"] == ["exact"]
    assert (document["family_level"], document["seed"]) == (1e-3, 7)
    assert "settings of pyproject.toml: data, models, require, level, seed" in found.stderr

    monkeypatch.chdir(project / "inside")
    inside = json.loads(in_process(*CHECK).stdout)
    assert [*inside["data"]] == ["../visits.csv", "campaigns"]


def test_options_win(project: Path) -> None:
    found = in_process(*CHECK, "campaigns", "--model", "hierarchical", "--level", "0.01", "--seed", "3")
    document = json.loads(found.stdout)
    assert [*document["data"]] == ["campaigns"]
    assert [*document["models"]] == ["hierarchical"]
    assert (document["family_level"], document["seed"]) == (0.01, 3)
    assert document["required"] == ["exact"]


def test_a_table_of_a_folder_above_counts_where_the_nearest_file_has_none(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "inside" / "pyproject.toml").write_text('[project]\nname = "other"\n')
    monkeypatch.chdir(project / "inside")
    assert json.loads(in_process(*CHECK).stdout)["seed"] == 7
    (project / "inside" / "pyproject.toml").write_text("[tool.pplcompare]\nseed = 8\n")
    nearer = json.loads(in_process(*CHECK, "campaigns").stdout)
    assert (nearer["seed"], nearer["family_level"]) == (8, 1e-4)


def test_draws_made_elsewhere_are_checked_where_a_seed_is_set(project: Path) -> None:
    (project / "draws.json").write_text(json.dumps({"rate": [[[0.1, 0.2], [0.2, 0.1], [0.11, 0.2], [0.12, 0.3]]]}))
    found = in_process("check", "campaigns", "--draws", "draws.json", "--json", "--quiet")
    assert json.loads(found.stdout)["family_level"] == 1e-3
    refused = in_process("check", "campaigns", "--draws", "draws.json", "--seed", "3", "--quiet")
    assert refused.returncode == 2
    assert "--seed: means nothing for draws made elsewhere" in refused.stderr


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("levle = 0.1", ["tool.pplcompare", "no such setting", "'levle'", "did you mean level?"]),
        ("level = true", ["tool.pplcompare, level", "a number is needed", "True"]),
        ('seed = "7"', ["tool.pplcompare, seed", "a whole number is needed"]),
        ("seed = 7.5", ["a whole number is needed"]),
        ('data = "rats"', ["tool.pplcompare, data", "a list of texts is needed", 'write data = ["']),
        ("models = [1]", ["tool.pplcompare, models", "a list of texts is needed"]),
        ("level = 2.0", ["level"]),
        ('require = ["stann"]', ["unknown backend", "stann"]),
        ("data = [", ["pyproject.toml", "cannot be read"]),
    ],
)
def test_what_cannot_be_meant_is_refused(table: str, words: list[str], project: Path) -> None:
    (project / "pyproject.toml").write_text(f"[tool.pplcompare]\n{table}\n")
    found = in_process("check", "--quiet")
    assert found.returncode == 2
    (line,) = [line for line in found.stderr.splitlines() if line.startswith("pplcompare: ")]
    assert all(word in line for word in words), line


def test_a_table_that_is_none_is_refused_and_other_commands_do_not_look(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool]\npplcompare = 1\n")
    assert_refused(in_process("check"), ["must be a table"])
    assert in_process("exact", "campaigns", "--json").returncode == 0

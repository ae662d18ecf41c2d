"""Specification files and ``show``, as people and CI jobs meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.models.test_specification_file import HIERARCHICAL
from tests.validation.test_cli import in_process, pplcompare


def test_a_prior_typed_or_in_a_file_gives_one_hash_and_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b;$(touch x).toml").write_text(HIERARCHICAL.replace("16, 9", "8, rate=4.5"), encoding="utf-8")
    found = []
    for arguments in (
        ["--model", "a b;$(touch x).toml"],
        ["--model", "hierarchical", "--prior", "alpha=Gamma(shape=8, rate=4.5)"],
    ):
        result = in_process("exact", "--json", *arguments)
        assert result.returncode == 0, result.stderr
        found.append(json.loads(result.stdout)["hierarchical"])
    assert found[0] == found[1]
    assert len(found[0]["hash"]) == 64
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b;$(touch x).toml"]


def test_show_prints_text_alone_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = {
        "math": "alpha             ~ Gamma(2, 3)",
        "mermaid": "flowchart TD",
        "svg": "group: 71</text>",
        "pymc": "pm.Gamma('alpha', alpha=np.float64(2.0), beta=np.float64(3.0))",
        "numpyro": "dist.Gamma(concentration=2.0, rate=3.0)",
        "stan": "real alpha_shape = 2.0;",
    }
    for language, word in words.items():
        arguments = ["hierarchical", "rats", "--as", language, "--prior", "alpha=Gamma(2, 3)"]
        result = in_process("show", *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        assert word in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_show_needs_no_library(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    for library in ("pymc", "pytensor", "nutpie", "numpyro", "jax", "cmdstanpy"):
        (tmp_path / "broken" / f"{library}.py").write_text("raise RuntimeError('imported')")
    for language in ("pymc", "numpyro", "stan"):
        arguments = ["show", "hierarchical", "--as", language]
        result = pplcompare(*arguments, cwd=tmp_path, PYTHONPATH=str(tmp_path / "broken"))
        assert (result.returncode, result.stderr) == (0, "")

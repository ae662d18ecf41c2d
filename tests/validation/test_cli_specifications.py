"""Specification files and ``show``, as people and CI jobs meet them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from pplcompare.validation.cli import main

from tests.models.test_specification_file import HIERARCHICAL
from tests.validation.test_cli import assert_refused, pplcompare, run_exact


def in_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command here, where a process would only cost time."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def text(content: str | bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**9)


BAD_SPECIFICATIONS: dict[str, tuple[str, Callable[[Path], None], list[str]]] = {
    "absent": ("m.toml", lambda path: None, ["m.toml: cannot be read: No such file or directory"]),
    "folder": ("m.toml", Path.mkdir, ["m.toml: not a file"]),
    "FIFO": ("m.toml", os.mkfifo, ["m.toml: not a file"]),
    "device": ("m.toml", lambda path: path.symlink_to("/dev/zero"), ["m.toml: not a file"]),
    "link to itself": ("m.toml", lambda path: path.symlink_to(path), ["m.toml: ", "symbolic links"]),
    "1 GB": ("m.toml", huge, ["m.toml: larger than 1 MB"]),
    "1 GB of JSON": ("m.json", huge, ["m.json: larger than 1 MB"]),
    "UTF-16": ("m.toml", text(HIERARCHICAL.encode("utf-16")), ["m.toml: not UTF-8"]),
    "UTF-16 without mark": ("m.toml", text(HIERARCHICAL.encode("utf-16-le")), ["m.toml: not TOML"]),
    "binary": ("m.toml", text(bytes(range(256))), ["m.toml: not UTF-8"]),
    "empty": ("m.toml", text(""), ["m.toml: name: "]),
    "empty JSON": ("m.json", text(""), ["m.json: not JSON"]),
    "nested 100,000 deep": ("m.toml", text("a = " + "[" * 100_000), ["m.toml: nested too deep"]),
    "keys 100,000 deep": ("m.toml", text(".".join("a" * 100_000) + " = 1"), ["m.toml: nested too deep"]),
    "JSON nested 100,000 deep": ("m.json", text('{"items":' * 100_000), ["m.json: nested too deep"]),
    "duplicate key": ("m.toml", text(HIERARCHICAL.replace("beta =", "alpha =")), ["m.toml: not TOML", "overwrite"]),
    "duplicate key in JSON": ("m.json", text('{"name": "a", "name": "b"}'), ["duplicate key, got 'name'"]),
    "unknown key": ("m.toml", text(HIERARCHICAL.replace("[inputs]", "[input]")), ["'input'; did you mean inputs?"]),
    "unknown variable": (
        "m.toml",
        text(HIERARCHICAL.replace("Beta(alpha", "Beta(alhpa")),
        ["rate: Beta alpha: unknown name, got 'alhpa'; did you mean alpha?"],
    ),
    "boolean": ("m.toml", text(HIERARCHICAL.replace('"Gamma(16, 9)"', "true")), ["variables.alpha", "got True"]),
    "zero": ("m.toml", text(HIERARCHICAL.replace("16", "0")), ["m.toml: Gamma shape", "got 0"]),
    "scale": ("m.toml", text(HIERARCHICAL.replace("16, 9", "16, scale=2")), ["variables.alpha", "rate = 1 / scale"]),
    "code": (
        "m.toml",
        text(HIERARCHICAL.replace("Gamma(16, 9)", "__import__('os').remove('precious.txt')")),
        ["variables.alpha: not a distribution"],
    ),
    "name that does not print": (
        "m.toml",
        text(HIERARCHICAL.replace('"hierarchical"', '"a\\u001b[31m\\u202eb"')),
        ["name: a printable text", r"a\x1b[31m\u202eb"],
    ),
    "nothing observed": (
        "m.toml",
        text('name = "m"\n[variables]\na = "Gamma(2, 3)"'),
        ["m: needs exactly one observation, got 0"],
    ),
    "another suffix": ("m.yaml", text(HIERARCHICAL), ["--model: unknown model", ".toml or .json"]),
}


@pytest.mark.parametrize("name", BAD_SPECIFICATIONS)
def test_a_bad_specification_is_one_line_exit_2_and_nothing_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, make, words = BAD_SPECIFICATIONS[name]
    (tmp_path / "precious.txt").write_text("x")
    make(tmp_path / file)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert_refused(in_process("run", "--quiet", "--seed", "1", "--model", file), words)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "precious.txt").read_text() == "x"


BAD_OPTIONS = {
    "name of a variable in --prior": (["exact", "--prior", "alpha=Gamma(beta, 9)"], ["arguments must be numbers"]),
    "escape in --prior": (["exact", "--prior", r"alpha=Gamma('\d', 9)"], ["arguments must be numbers"]),
    "a model twice": (["exact", "--model", "independent", "--model", "independent"], ["two models of one name"]),
    "show an unknown model": (["show", "hierarchica"], ["did you mean hierarchical?"]),
    "show in an unknown language": (["show", "hierarchical", "--as", "stam"], ["--as", "did you mean stan?"]),
    "show with unknown data": (["show", "hierarchical", "rat"], ["known data sets", "surgical"]),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_a_bad_option_is_one_line_exit_2(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, words = BAD_OPTIONS[name]
    assert_refused(in_process(*arguments), words)
    assert list(tmp_path.iterdir()) == []


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


def test_a_name_is_shown_as_it_is_and_names_no_file(tmp_path: Path) -> None:
    for file, name in (("a.toml", "../../<script>alert(1)</script>"), ("b.toml", "-rf"), ("c.toml", "mine")):
        changed = HIERARCHICAL.replace('"hierarchical"', f'"{name}"').replace("16", str(16 + ord(file[0])))
        (tmp_path / file).write_text(changed, encoding="utf-8")
    arguments = [word for file in ("a.toml", "b.toml", "c.toml") for word in ("--model", file)]
    result = run_exact(tmp_path, *arguments, "--out", "results")
    assert result.returncode == 0, result.stderr
    document = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
    assert list(document["models"]) == ["../../<script>alert(1)</script>", "-rf", "mine"]
    hashes = [model["hash"] for model in document["models"].values()]
    assert len(set(hashes)) == 3
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert hashes[0][:16] in page
    files = {path.name for path in (tmp_path / "results" / "draws").iterdir()}
    assert files == {f"model-{hashes[0][:16]}-exact.nc", f"model-{hashes[1][:16]}-exact.nc", "mine-exact.nc"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml", "b.toml", "c.toml", "results"]


def test_show_prints_text_alone_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = {
        "math": "alpha             ~ Gamma(2, 3)",
        "mermaid": "flowchart TD",
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


def test_counts_beyond_a_library_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("group,n,k\na,2147483648,1\n")
    for language, library in (("stan", "Stan"), ("pymc", "PyMC")):
        result = in_process("show", "hierarchical", str(tmp_path / "large.csv"), "--as", language)
        assert_refused(result, [library, "2147483647", "2147483648"])

"""`pplcompare list`, help pages and what a shell offers after a tab: what there is, without importing any of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click
import pytest
from pplcompare.backends.registry import GROUP, backend_names
from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.model_choice import choose_models
from pplcompare.validation.cli import main
from pplcompare.validation.commands import completion
from pplcompare.validation.commands.grouped import GROUP_OF, GROUPS
from pplcompare.validation.commands.list_job import LISTS
from pplcompare.validation.commands.mutant_names import MUTANT_NAMES
from pplcompare.validation.commands.options import EXIT_MEANINGS, MODELS
from pplcompare.validation.commands.program_text import LANGUAGES
from pplcompare.validation.study.verdict import ExitCode
from pplcompare.validation.wrapped.mutants import CLOCK, MUTANTS

from tests.test_packaging import HEAVY, loaded_by
from tests.validation.shown_documents import WIDTHS
from tests.validation.test_cli import assert_refused, in_process
from tests.validation.test_results_schema import conforms

LONG_COMMANDS: Final = ("run", "check", "bench")


def listed(*arguments: str) -> Any:
    result = in_process("list", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_every_list_is_the_published_document_with_a_row_for_each_row_of_its_table() -> None:
    found = listed(*LISTS)
    assert conforms("list", found)
    assert [row["name"] for row in found["data"]] == list(DATASETS)
    assert {row["name"]: row["groups"] for row in found["data"]} == {name: len(load(name).groups) for name in DATASETS}
    assert [row["name"] for row in found["models"]] == list(FAMILIES)
    assert [row["name"] for row in found["backends"]] == list(backend_names())
    assert {row["name"] for row in found["mutants"]} == {*MUTANTS, *CLOCK}
    assert [row["code"] for row in found["exit_codes"]] == list(EXIT_MEANINGS)


def test_a_listed_distribution_can_be_written_and_others_cannot() -> None:
    found = {row["name"]: row for row in listed("distributions")["distributions"]}
    assert {name: row["arguments"] for name, row in found.items()} == {
        name: list(kind.domains)
        for name, kind in DISTRIBUTIONS.items()
        if not kind.__module__.startswith("pplcompare.models.marginal")
    }
    assert {name for name, row in found.items() if row["of"] == "observed"} == {"Binomial", "BetaBinomial"}


def test_a_listed_prior_is_the_one_that_is_used() -> None:
    priors = {row["name"]: row["variables"] for row in listed("models")["models"]}
    assert priors["hierarchical"] == {"alpha": "Gamma(16, 9)", "beta": "Gamma(40, 8)", "rate": "Beta(alpha, beta)"}


def test_a_list_needs_no_library() -> None:
    loaded = loaded_by("list", "data", "models", "distributions", "mutants", "exit-codes", "--json")
    assert not {name.split(".")[0] for name in loaded} & HEAVY


def test_without_a_kind_the_short_lists_are_shown() -> None:
    assert set(listed()) == {"data", "models", "backends"}
    result = in_process("list")
    assert [line for line in result.stdout.splitlines() if line in ("data sets", "models", "backends", "mutants")] == [
        *("data sets", "models", "backends"),
    ]


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    assert_refused(in_process("list", "mutant"), ["'mutant'", "'mutants'", "'exit-codes'"])


def test_names_that_are_written_twice_are_those_of_the_tables() -> None:
    assert (*MUTANTS, *CLOCK) == MUTANT_NAMES, "validation/commands/mutant_names.py: write the names of the tables"
    assert tuple(FAMILIES) == MODELS
    assert {model.name for model in choose_models(MODELS, ())} == set(MODELS)
    assert completion.BACKENDS == GROUP
    assert set(completion.LANGUAGES) < set(LANGUAGES)


def test_every_exit_code_has_a_meaning() -> None:
    codes = {int(code) for text in EXIT_MEANINGS for code in text.split(", ")}
    assert codes == {int(code) for code in ExitCode} | {129, 143}


def page_of(*arguments: str, width: int = 80) -> str:
    result = in_process(*arguments, "--help", COLUMNS=str(width))
    assert result.returncode == 0
    return result.stdout


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_help_fit(width: int) -> None:
    """Examples are commands, which are not cut in two: they need 80 columns."""
    for command in ((), *((name,) for name in main.commands)):
        for line in page_of(*command, width=width).splitlines():
            assert len(line) <= max(width, 80), line
            assert len(line) <= width or line.startswith("  "), line


def test_exit_codes_stand_on_one_page_and_every_other_says_where() -> None:
    assert "Exit codes:\n" in page_of()
    for command in set(main.commands) - {"doctor"}:
        page = " ".join(page_of(command).split())
        assert "pplcompare list exit-codes" in page
        assert "a required backend is missing" not in page


@pytest.mark.parametrize("command", LONG_COMMANDS)
def test_options_of_a_long_command_stand_in_groups(command: str) -> None:
    parameters = [one for one in main.commands[command].params if isinstance(one, click.Option)]
    assert {one.name for one in parameters} <= set(GROUP_OF)
    page = page_of(command)
    groups = [line.removesuffix(":") for line in page.splitlines() if line.removesuffix(":") in GROUPS]
    assert groups == [group for group in GROUPS if group in groups]
    assert {"Model and data", "Backends", "Sampling", "Decision", "Output"} - set(groups) <= {"Decision"}
    for one in parameters:
        assert len(re.findall(rf"^  {one.opts[0]}\b", page, re.M)) == 1, one.name
    assert page.index("--help") > page.index("Output:")


def offered(*words: str, shell: str = "bash", code: str = "") -> list[str]:
    """Return what a shell is told to offer for the last of these words, as click's own script asks for it."""
    asked = {"COMP_WORDS": " ".join(["pplcompare", *words]), "COMP_CWORD": str(len(words))}
    if shell == "fish":
        asked = {"COMP_WORDS": " ".join(["pplcompare", *words[:-1]]), "COMP_CWORD": words[-1]}
    environment = {**os.environ, **asked, "_PPLCOMPARE_COMPLETE": f"{shell}_complete"}
    command = f"{code}from pplcompare.validation.cli import main; main(prog_name='pplcompare')"
    done = subprocess.run(
        [sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.splitlines()


def test_a_shell_offers_names_and_files() -> None:
    assert offered("run", "ra") == ["file,ra", "plain,rats"]
    assert offered("show", "ind") == ["file,ind", "plain,independent"]
    assert offered("run", "--mutant", "sd-") == ["plain,sd-0.95", "plain,sd-1.05"]
    assert offered("check", "--junit", "x") == ["file,x"]
    assert offered("calibrate", "--source", "p") == ["file,p", "plain,prior", "plain,posterior"]
    assert offered("list", "dis") == ["plain,distributions"]


def test_zsh_and_fish_are_answered_in_their_own_ways() -> None:
    assert offered("check", "--backends", "sta", shell="zsh") == ["plain", "stan", "_"]
    assert offered("check", "--backends", "sta", shell="fish") == ["plain,stan"]


def test_a_backend_is_offered_once_in_a_list() -> None:
    assert offered("run", "--backends", "exact,s") == ["plain,exact,stan"]
    found = offered("run", "--backends", "stan,")
    assert "plain,stan,exact" in found
    assert "plain,stan,stan" not in found


@pytest.mark.parametrize("words", [("run", "ra"), ("run", "--backends", "s"), ("show", "h")], ids=" ".join)
def test_a_tab_imports_click_and_the_standard_library_only(words: tuple[str, ...]) -> None:
    report = "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n')); "
    loaded = {name.split(".")[0] for name in offered(*words, code=report) if "," not in name}
    assert "click" in loaded
    assert not loaded & {"numpy", "scipy", "rich", "pymc", "jax", "arviz_stats", "xarray"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_every_shell_calls_this_command(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    environment = {**os.environ, "_PPLCOMPARE_COMPLETE": f"{shell}_source"}
    code = "from pplcompare.validation.cli import main; main(prog_name='pplcompare')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert f"_PPLCOMPARE_COMPLETE={shell}_complete" in done.stdout
    assert f"_PPLCOMPARE_COMPLETE={shell}_source" in page_of()


def test_bash_itself_completes_with_the_script(tmp_path: Path) -> None:
    """The whole way: bash reads the script, calls the command, and holds what it may offer."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    command = tmp_path / "pplcompare"
    command.write_text(
        f"#!{sys.executable}\nfrom pplcompare.validation.cli import main\nmain(prog_name='pplcompare')\n", "utf-8"
    )
    command.chmod(0o755)
    script = """
    eval "$(_PPLCOMPARE_COMPLETE=bash_source pplcompare)"
    compopt() { :; }  # there is no line that is being typed
    for word in bas sur; do
        COMP_WORDS=(pplcompare run $word); COMP_CWORD=2; COMPREPLY=()
        _pplcompare_completion pplcompare
        printf '%s\\n' "${COMPREPLY[@]}"
    done
    """
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["baseball", "surgical"]

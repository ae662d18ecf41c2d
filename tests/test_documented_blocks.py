"""Every command and program of a page is executed by a test, or the collection below says which one is not."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest import mock

import click
import numpy as np
import pplcompare as pc
import pytest
from pplcompare.validation.cli import main
from pplcompare.validation.commands.project_settings import default_options
from pplcompare.validation.wrapped.mutants import MUTANTS

from tests.documented_blocks import PAGES, ROOT, TESTED, Block, block_of, blocks, fenced, of_ours, source
from tests.documented_commands import ELSEWHERE, FORMS, TIMED, Form
from tests.executed_page import RUN, Printed
from tests.validation.conftest import know_fakes

pytestmark = pytest.mark.seconds(40)

ALL: Final = [block for page in PAGES for block in blocks(page)]
GIVEN: Final = [(page, command, form) for page, forms in FORMS.items() for command, form in forms.items()]


def named(part: object) -> str:
    """Return the name of a case: its page and its command."""
    return "" if isinstance(part, Form) else str(part)


def unexecuted(block: Block) -> Iterator[str]:
    """Yield what of a block no test executes."""
    if block.executed or block.is_drawn or (not block.commands and block.test):
        return
    if not block.commands:
        yield f"{block.page}, line {block.line}: a block that no test is named for"
    for line in block.commands:
        if line not in ELSEWHERE and of_ours(line) not in FORMS.get(block.page, {}):
            yield f"{block.page}, line {block.line}: {line}"


def test_nothing_on_a_page_is_left_unexecuted() -> None:
    assert len(ALL) > 150
    assert [fault for block in ALL for fault in unexecuted(block)] == []


def test_what_is_left_unexecuted_is_found() -> None:
    assert [*unexecuted(Block("README.md", 1, "", "uv run pplcompare run    # all\nuv run pplcompare run cats\n"))] == [
        "README.md, line 1: uv run pplcompare run cats"
    ]
    assert [*unexecuted(Block("docs/data.md", 7, "python", "import os\n"))] == [
        "docs/data.md, line 7: a block that no test is named for"
    ]


def test_what_an_executor_passes_over_is_found() -> None:
    """It carries out commands, programs and files, and compares what follows a program."""
    left = "```text\nshown\n```\n\n```pycon\n>>> 1\n1\n```\n\n```console\n$ true\n```\n\n```\nlater\n```\n"
    run = "```python\nprint(1)\n```\n\n```\n1\n```\n\n<!-- file: a.csv -->\n```csv\nn,k\n```\n"
    cell = "```{code-cell} ipython3\n1\n```\n"
    untold = "docs/found.md, line {}: a block that no test is named for"
    for text, lines in ((left, [1, 5, 14]), (run, []), (cell, [1])):
        faults = [fault for block in fenced("docs/found.md", text) for fault in unexecuted(block)]
        assert faults == [untold.format(line) for line in lines]
    assert [fault for block in fenced("docs/notebook.md", cell) for fault in unexecuted(block)] == []
    assert len([*unexecuted(*fenced("docs/data.md", "```python\nprint(1)\n```\n"))]) == 1


def test_tables_name_what_is_there() -> None:
    shown = {(block.page, of_ours(line) or line) for block in ALL for line in block.commands}
    assert {(page, command) for page, forms in FORMS.items() for command in forms} <= shown
    assert set(ELSEWHERE) <= {line for block in ALL for line in block.commands}
    for (page, language, begin), node in TESTED.items():
        assert any(it.language == language and it.text.startswith(begin) for it in blocks(page)), (page, begin)
        file = ROOT / node.partition("::")[0]
        assert source(node), node
        here = file == Path(__file__)
        assert (page in source(node)) if here else (Path(page).name in file.read_text(encoding="utf-8")), (page, node)
    for line, (node, word) in ELSEWHERE.items():
        assert word in source(node), line


def parsed(words: list[str]) -> click.Context:
    """Return the context of a command, all of whose options and arguments are there and of the right type."""
    command: click.Command = main
    while isinstance(command, click.Group):
        command = command.commands[words[0]]
        words = words[1:]
    return command.make_context(command.name, list(words))


def arguments(command: str) -> list[str]:
    """Return the words of a command, without a redirection; the date of a shell is that of today."""
    words = shlex.split(command.replace("$(date +%Y%m%d)", time.strftime("%Y%m%d")))
    return words[: words.index(">")] if ">" in words else words


@pytest.mark.parametrize(("page", "command", "form"), GIVEN, ids=named)
def test_each_command_is_parsed_as_it_is_written(page: str, command: str, form: Form) -> None:
    if not command.startswith("sbatch"):
        assert parsed(arguments(command)).params


def test_a_command_in_the_text_is_parsed() -> None:
    found = 0
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.S | re.M)
        for span in re.findall(r"`(?:uv run )?pplcompare ([a-z][^`]*)`", text):
            words = arguments(" ".join(span.split()))
            assert words[0] in main.commands, (page, span)
            alone = len(words) == 1 and isinstance(main.commands[words[0]], click.Group)
            if not alone and "..." not in words:
                assert parsed(words) is not None
                found += 1
    assert found > 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that commands of pages name."""
    found = tmp_path_factory.mktemp("documented")
    (found / "mine.py").write_text(block_of("docs/calibrate.md", "def simulate", "python"))
    drawn = pc.exact("campaigns", "hierarchical").simulate(4000, np.random.default_rng(1))
    posterior = {name: values.reshape(4, 1000, *values.shape[1:]).tolist() for name, values in drawn.items()}
    (found / "draws.json").write_text(json.dumps({"posterior": posterior}))
    return found


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a command, where backends of tests are known."""
    know_fakes(monkeypatch)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def of_page(page: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the commands of one page."""
    place = here / page.removesuffix(".md").replace("/", "-")
    if not place.exists():
        place.mkdir()
        for file in [path for path in here.iterdir() if path.is_file()]:
            (place / file.name).symlink_to(file)
    monkeypatch.chdir(place)
    return place


def replaced(words: list[str], more: list[str]) -> list[str]:
    """Return the words of a command with more options behind them, which replace those of the same names."""
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not {word, before} & {option for option in more if option.startswith("--")}
    ]
    return [*kept, *more]


def test_options_are_replaced() -> None:
    words = ["run", "--backends", "stan", "rats", "--seed", "3", "--quiet"]
    assert replaced(words, ["--backends", "honest", "--out", "r"]) == [
        *("run", "rats", "--seed", "3", "--quiet", "--backends", "honest", "--out", "r"),
    ]


def carried_out(command: str, form: Form) -> Printed:
    """Carry out a command with what stands behind it in its cheaper form."""
    if command.startswith("sbatch"):
        return _array(shlex.split(command), *form.more.split("="))
    return RUN["pplcompare"](replaced(arguments(command), shlex.split(form.more)))


def _array(words: list[str], written: str, store: str) -> Printed:
    """Carry out an array of jobs, one after the other, as `sbatch` would."""
    first, last = next(word for word in words if word.startswith("--array=")).removeprefix("--array=").split("-")
    found = [
        RUN["pplcompare"](
            shlex.split(
                words[words.index("--wrap") + 1]
                .removeprefix("pplcompare ")
                .replace("$SLURM_ARRAY_TASK_ID", str(job))
                .replace(f" {written} ", f" {store} ")
            )
        )
        for job in range(int(first), int(last) + 1)
    ]
    return max(found, key=lambda printed: printed.code)


def carry_out(page: str, command: str, form: Form) -> None:
    found = carried_out(command, form)
    assert found.code == form.code, found.both
    assert re.search(form.shows, found.both), found.both


@pytest.mark.slow
@pytest.mark.parametrize(("page", "command", "form"), [it for it in GIVEN if not it[2].later], ids=named)
def test_each_command_is_carried_out(page: str, command: str, form: Form, of_page: Path) -> None:
    carry_out(page, command, form)


@pytest.mark.nightly(twin="tests/test_documented_blocks.py::test_each_command_is_carried_out")
@pytest.mark.parametrize(("page", "command", "form"), [it for it in GIVEN if it[2].later], ids=named)
def test_each_longer_command_is_carried_out(page: str, command: str, form: Form, of_page: Path) -> None:
    carry_out(page, command, form)


@pytest.mark.parametrize("page", ["docs/api.md", "docs/python.md"])
def test_short_programs_run(page: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(block_of(page, "import", "python"), page, "exec"), names)
    assert names["pc"] is pc


def test_the_script_of_exit_codes_says_what_they_mean() -> None:
    script = block_of("docs/exit_codes.md", "pplcompare check")
    assert parsed(shlex.split(script.split(" || ")[0])[1:]).params["require"]
    for code, said in ((0, ""), (1, "wrong posterior\n"), *((code, "no verdict\n") for code in range(2, 7))):
        command = ["bash", "-c", f"pplcompare() {{ return {code}; }}\n{script}"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == said


def test_a_new_quantity_is_ranked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = "calibrate campaigns --model independent --backends exact --replications 25 --thin 1 --quiet"
    assert RUN["pplcompare"]([*made.split(), "--keep-draws", "--out", "store"]).code == 0
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block_of("docs/calibrate.md", "import pplcompare as pc\n\nprint", "python"), {})
    shown = block_of("docs/calibrate.md", "difference,").replace("nutpie", "exact").replace("1,000", "25")
    assert re.sub("evidence 10.[0-9.]+", "", printed.getvalue()) == re.sub("evidence 10.[0-9.]+", "", shown)


@pytest.mark.nightly(
    twin="tests/validation/test_user_simulator.py::test_a_right_simulator_passes_and_another_prior_is_told_as_that_of_truths"
)
def test_a_simulator_of_another_law_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = block_of("docs/calibrate.md", "def simulate", "python")
    assert "rng.beta(2, 5, " in code
    Path("mine.py").write_text(code.replace("rng.beta(2, 5, ", "rng.beta(3, 5, "))
    asked = "calibrate campaigns --model independent --backends exact --source mine.py:simulate --thin 1 --quiet"
    found = RUN["pplcompare"](asked.split())
    assert found.code == 1, found.both
    shown = block_of("docs/calibrate.md", "nutpie, independent: failed").replace("nutpie", "exact")
    assert " ".join(shown.split()) in " ".join(found.both.split())


def columns(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


SENTENCES: Final = (
    "0 comparisons, family-wise false alarm 0: limits of 0 standard errors or more, by kind and effective draws.",
    "Same model, ours: the density is the reference itself, so that there was nothing to compare it with.",
    "Prediction, ours: our own simulator drew the counts to come.",
    "Found with 0 % power in every fit: a mean 0 sd off, a variance 0 % off, a tail of 0 % cut off",
)


def sentences(text: str) -> str:
    """Return what is printed below a table, without figures and ends of lines."""
    return re.sub(r"\d[\d.,]*", lambda found: "0" + found[0][-1] * (found[0][-1] in ".,"), " ".join(text.split()))


HIERARCHICAL: Final = ("--model", "hierarchical")


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, str]:
    """What the main job, which leaves the folder of the README, and a benchmark print on a wide terminal."""
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(folder),
        mock.patch.dict("tests.executed_page._PRESENT", {"COLUMNS": "200"}),
    ):
        know_fakes(patch)
        ours = {"run": shlex.split(FORMS["README.md"]["run"].more), "bench": shlex.split(f"{TIMED} --out timed")}
        ours = {command: [command, *more, *HIERARCHICAL] for command, more in ours.items()}
        return {command: RUN["pplcompare"](words).stdout for command, words in ours.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "page", "language", "begin"),
    [
        ("run", "README.md", "", "hierarchical\n"),
        ("bench", "docs/benchmark_for_a_paper.md", "text", "rats, hierarchical"),
    ],
)
def test_tables_that_are_shown_have_the_columns_of_today(
    command: str, page: str, language: str, begin: str, printed: dict[str, str]
) -> None:
    title, head, _, *rows = block_of(page, begin, language).splitlines()
    (today,) = {tuple(columns(line)) for line in printed[command].splitlines() if line.startswith("backend ")}
    assert columns(head) == list(today)
    assert f"\n{title}\n" in f"\n{printed[command]}"
    of_backends = [columns(row) for row in rows if re.match(r"(exact|numpyro|nutpie|pymc|stan) ", row)]
    assert len(of_backends) == 5
    assert {(len(row), row[1]) for row in of_backends} == {(len(today), "passed")}


@pytest.mark.slow
def test_sentences_below_the_table_of_the_readme_are_those_of_today(printed: dict[str, str]) -> None:
    shown, today = (sentences(text) for text in (block_of("README.md", "hierarchical\n"), printed["run"]))
    for sentence in SENTENCES:
        assert sentence in shown
        assert sentence in today, today


@pytest.mark.slow
def test_draws_of_the_main_job_are_read(printed: dict[str, str], here: Path) -> None:
    names: dict[str, Any] = {}
    code = block_of("docs/run.md", "import xarray", "python").replace("-stan", "-honest")
    assert "honest.nc" in code
    exec(code, names)
    with names["draws"] as draws:
        assert draws["posterior"]["rate"].shape == (4, 400, 2)


def test_the_script_of_a_landing_runs_what_contributors_run() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in block_of("CONTRIBUTING.md", "uv run pytest").splitlines():
        commands = re.sub(r" +# .*", "", line).split(" && ")
        assert all(command in script for command in commands if "not slow" not in command), line
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"][
        "markers"
    ]
    assert any(marker.startswith("slow:") for marker in markers)


def test_the_entry_point_is_that_of_the_fake() -> None:
    shown = block_of("docs/backend_of_your_own.md", "[project.entry-points", "toml")
    registered = (ROOT / "tests/fakes/pplcompare_fakes-1.0.dist-info/entry_points.txt").read_text(encoding="utf-8")
    (given,) = tomllib.loads(shown)["project"]["entry-points"].values()
    assert [f"{name} = {place}" in registered for name, place in given.items()] == [True]


def test_calibrations_from_python_fit_the_function() -> None:
    """What they do is tested with real executors (`test_dask.py`); here the programs themselves are run."""
    cluster = ModuleType("dask_jobqueue")
    cluster.SLURMCluster = mock.MagicMock()  # type: ignore[attr-defined]
    distributed = ModuleType("distributed")
    distributed.Client = client = mock.MagicMock()  # type: ignore[attr-defined]
    for page, begin in (
        ("docs/calibrate.md", "import pplcompare as pc\n\nfound"),
        ("docs/clusters.md", "from dask_jobqueue"),
    ):
        with (
            mock.patch.dict(sys.modules, {"dask_jobqueue": cluster, "distributed": distributed}),
            mock.patch.object(pc, "calibrate", mock.create_autospec(pc.calibrate)) as calibrate,
        ):
            exec(compile(block_of(page, begin, "python"), page, "exec"), {"client": client})
        ((given, options),) = calibrate.call_args_list
        counts, model, backends = given
        assert (len(counts.groups), model.name, backends) == (71, "hierarchical", ["stan"])
        assert options["store"] == "/shared/store"


def test_settings_of_the_page_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(block_of("docs/github.md", "[tool.pplcompare]", "toml"))
    monkeypatch.chdir(tmp_path)
    taken = default_options("check")
    assert len(taken) == 5
    assert set(taken) >= {"level", "seed", "require"}


def test_what_was_measured_names_its_program() -> None:
    text = (ROOT / "docs" / "planted-errors.md").read_text(encoding="utf-8")
    program = (ROOT / "benchmarks" / "planted_errors.py").read_text(encoding="utf-8")
    assert "`benchmarks/planted_errors.py --seeds 1000`" in text
    (form,) = [
        it for it in ast.walk(ast.parse(program)) if isinstance(it, ast.JoinedStr) and "red at" in ast.unparse(it)
    ]
    fields = iter((r"\w+, \w+, \d", r"\d+", r"[\d.]+", r"\{'right': 1000\}"))
    line = "".join(re.escape(str(it.value)) if isinstance(it, ast.Constant) else next(fields) for it in form.values)
    assert [*fields] == []
    printed = block_of("docs/planted-errors.md", "Metropolis").splitlines()
    assert len(printed) == 10
    assert [wrong for wrong in printed if not re.fullmatch(line, wrong)] == []


def test_the_self_test_that_is_shown_has_every_mutant() -> None:
    shown = block_of("docs/selftest.md", "$ pplcompare selftest --full", "console")
    assert parsed(["selftest", "--full", "--seed", "1"]).params["full"] is True
    assert [name for name in MUTANTS if not re.search(rf"^ *{re.escape(name)} ", shown, re.M)] == []


def test_what_other_languages_write_is_what_is_read(folder: Path) -> None:
    """Neither R nor Julia is among the tools of this project; their programs have the names of a file that is read."""
    names = set(json.loads((folder / "draws.json").read_text())["posterior"])
    r, julia = (
        block_of("examples/README.md", begin, language) for begin, language in (("d <-", "r"), ("using", "julia"))
    )
    assert set(re.findall(r"(\w+) = (?:t|aperm)\(", r)) == names
    assert set(re.findall(r'"(\w+)" => chains', julia)) == names
    assert all("draws.json" in code and "posterior" in code for code in (r, julia))

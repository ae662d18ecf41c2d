"""The fenced blocks of pages, and which test executes those that are no commands of ours."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.executed_page import LONGER, NAMES, executed

ROOT: Final = Path(__file__).parents[1]
# Pages that an executor runs: its commands, programs and files; and the page whose cells the site runs.
_EXECUTED: Final = {f"docs/{name}.md" for name in (*NAMES, *LONGER)}
_NOTEBOOK: Final = "docs/notebook.md"
_CELL: Final = "{code-cell}"
PAGES: Final = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md"))
)
_HERE: Final = "tests/test_documented_blocks.py::"
_BLOCK: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.S | re.M)
_COMMENT: Final = re.compile(r" +# .*")

# Page, language and first line of a block -> the test that executes it or compares it.
TESTED: Final[dict[tuple[str, str, str], str]] = {
    ("README.md", "", "hierarchical"): f"{_HERE}test_tables_that_are_shown_have_the_columns_of_today",
    ("docs/run.md", "python", "import xarray as xr"): f"{_HERE}test_draws_of_the_main_job_are_read",
    ("docs/exit_codes.md", "", "pplcompare check rats"): f"{_HERE}test_the_script_of_exit_codes_says_what_they_mean",
    ("docs/python.md", "python", "import pplcompare as pc"): f"{_HERE}test_short_programs_run",
    ("examples/README.md", "r", "d <- fit$draws()"): f"{_HERE}test_what_other_languages_write_is_what_is_read",
    ("examples/README.md", "julia", "using JSON"): f"{_HERE}test_what_other_languages_write_is_what_is_read",
    ("docs/api.md", "python", "import pplcompare as pc"): f"{_HERE}test_short_programs_run",
    ("docs/backend_of_your_own.md", "python", '"""A whole backend'): (
        "tests/validation/test_doctor_contract.py::test_a_whole_backend_has_at_most_30_lines_and_the_page_shows_it"
    ),
    (
        "docs/backend_of_your_own.md",
        "toml",
        "[project.entry-points",
    ): f"{_HERE}test_the_entry_point_is_that_of_the_fake",
    ("docs/backend_of_your_own.md", "python", "from pplcompare.testing import check_backend"): (
        "tests/validation/test_doctor_contract.py::test_a_backend_of_a_name_and_a_function_keeps_the_contract"
    ),
    ("docs/benchmark_for_a_paper.md", "text", "rats, hierarchical"): (
        f"{_HERE}test_tables_that_are_shown_have_the_columns_of_today"
    ),
    ("docs/calibrate.md", "python", "import pplcompare as pc\n\nfound"): (
        f"{_HERE}test_calibrations_from_python_fit_the_function"
    ),
    ("docs/calibrate.md", "python", "import pplcompare as pc\n\nprint"): f"{_HERE}test_a_new_quantity_is_ranked",
    ("docs/calibrate.md", "", "difference, independent"): f"{_HERE}test_a_new_quantity_is_ranked",
    ("docs/calibrate.md", "python", "def simulate"): f"{_HERE}test_a_simulator_of_another_law_is_told",
    ("docs/calibrate.md", "", "nutpie, independent: failed"): f"{_HERE}test_a_simulator_of_another_law_is_told",
    ("docs/clusters.md", "python", "from dask_jobqueue"): f"{_HERE}test_calibrations_from_python_fit_the_function",
    ("docs/data.md", "csv", ""): "tests/models/test_tables.py::test_every_example_of_the_page_on_data_is_read",
    ("docs/data.md", "csv refused", ""): (
        "tests/models/test_tables.py::test_every_refusal_of_the_page_on_data_is_told_as_it_says"
    ),
    (
        "docs/data.md",
        "text",
        "",
    ): "tests/models/test_tables.py::test_every_refusal_of_the_page_on_data_is_told_as_it_says",
    (
        "docs/data.md",
        "python",
        "import pandas",
    ): "tests/models/test_tables.py::test_the_python_of_the_page_on_data_runs",
    ("docs/found.md", "pycon", ">>> import jax"): (
        "tests/backends/test_defects.py::test_the_page_of_what_was_found_shows_these_defects_and_names_their_tests"
    ),
    ("docs/github.md", "yaml", "name: Posteriors"): (
        "tests/test_action.py::test_the_workflow_of_the_document_uses_the_action_as_it_is"
    ),
    ("docs/github.md", "yaml", "name: Nightly"): (
        "tests/test_action.py::test_nights_are_kept_whatever_becomes_of_them"
    ),
    ("docs/github.md", "toml", "[tool.pplcompare]"): f"{_HERE}test_settings_of_the_page_are_taken",
    ("docs/planted-errors.md", "", "Metropolis"): f"{_HERE}test_what_was_measured_names_its_program",
    ("docs/pytest.md", "", "=="): "tests/test_pytest_plugin.py::test_the_example_of_the_document_is_so",
    ("docs/pytest.md", "python", "import numpy"): "tests/test_pytest_plugin.py::test_the_example_of_the_document_is_so",
    ("docs/results.md", "python", "import pplcompare as pc"): (
        "tests/validation/test_saved_draws.py::test_the_code_of_the_page_loads_and_plots_it"
    ),
    ("docs/results.md", "python", "import arviz_base as az"): (
        "tests/validation/test_saved_draws.py::test_the_code_of_the_page_loads_and_plots_it"
    ),
    (
        "docs/selftest.md",
        "console",
        "$ pplcompare selftest --full",
    ): f"{_HERE}test_the_self_test_that_is_shown_has_every_mutant",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    executed: bool = False
    """Whether an executor of the whole page carries it out, or compares it."""

    @property
    def is_drawn(self) -> bool:
        """Whether it is a picture or a directive of the site, and nothing to carry out."""
        return self.language == "mermaid" or (self.language.startswith("{") and not self.language.startswith(_CELL))

    @property
    def lines(self) -> list[str]:
        """Its commands: without comments, a continued one in one line."""
        whole = re.sub(r" *\\\n *", " ", self.text)
        return [_COMMENT.sub("", line).strip() for line in whole.splitlines() if line.strip()]

    @property
    def commands(self) -> list[str]:
        """The commands, if it holds nothing else; what shows an output after a command holds something else."""
        return (
            self.lines
            if self.language == ""
            and self.lines
            and "|| case" not in self.lines[0]
            and all(map(_is_command, self.lines))
            else []
        )

    @property
    def test(self) -> str:
        """The test that executes it, by the table; empty if there is none."""
        of_page = [
            test
            for (page, language, begin), test in TESTED.items()
            if (page, language) == (self.page, self.language) and self.text.startswith(begin)
        ]
        return of_page[0] if of_page else ""


def _is_command(line: str) -> bool:
    return re.match(r"(uv run|pplcompare|pip|dask|sbatch) ", line) is not None


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return fenced(page, (ROOT / page).read_text(encoding="utf-8"))


def fenced(page: str, text: str) -> list[Block]:
    """Return the fenced blocks of the text of a page."""
    run = set(executed(text)) if page in _EXECUTED else set()
    return [
        Block(
            page,
            text[: found.start()].count("\n") + 1,
            found[1],
            found[2],
            executed=found.start() in run or (page == _NOTEBOOK and found[1].startswith(_CELL)),
        )
        for found in _BLOCK.finditer(text)
    ]


def block_of(page: str, begin: str, language: str = "") -> str:
    """Return the text of the only block of a page that has a language and begins so."""
    (found,) = (it.text for it in blocks(page) if it.language == language and it.text.startswith(begin))
    return found


def of_ours(line: str) -> str:
    """Return a command line of ours without what starts it; that of a queue of jobs is whole; others are empty."""
    found = re.match(r"(?:uv run )?pplcompare (.*)", line)
    return found[1] if found is not None else line if line.startswith("sbatch ") else ""


def source(node: str) -> str:
    """Return the text of a test, or of a function that tests share, with its decorators; empty if there is none."""
    file, _, name = node.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
    found = [it for it in ast.parse(text).body if isinstance(it, ast.FunctionDef) and it.name == name]
    return "\n".join(ast.get_source_segment(text, part) or "" for it in found for part in (*it.decorator_list, it))

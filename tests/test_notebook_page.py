"""The cells of `docs/notebook.md` run in their order, and its text says what they print."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from typing import Final

import matplotlib as mpl
import numpy as np
import pytest

from tests.executed_page import DOCS

mpl.use("agg")
import matplotlib.pyplot as plt

pytestmark = pytest.mark.seconds(15)

TEXT: Final = (DOCS / "notebook.md").read_text(encoding="utf-8")
CELLS: Final = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", TEXT, re.S | re.M)
LONGEST: Final = 10
# A cell is as wide as the column of the site.
WIDEST: Final = 75
# What the text says, and what a cell prints of it.
CLAIMS: Final = (
    ("a rate of about 26 %", "mean rate 0.263"),
    ("nothing is sold in one campaign of six", "sold with probability 0.169"),
    ("That of B is known badly. It was 30 % in the data, and the model says 28 %", "B: alone 0.294, together 0.280"),
    ("with a probability of 97 %", "B is better with probability 0.967"),
    ("this is 0.08 points. Choosing A costs 18", "choosing B costs 0.08 points\nchoosing A costs 18.0 points"),
    ("B is still better, with almost the same probability", "another: P(B > A) 0.964, log evidence -6.62"),
    ("counts are 1.25 times as probable under the default", "\n1.25 times"),
    ("Of a large campaign the epistemic part is almost everything", "1000 e-mails: 98% of the variance is epistemic"),
    ("Nine heads or more are seven times as probable", "7.0 times"),
    ("0.05^5, once in three million", "0          3.13e-07         1"),
    ("3,883 times as often", "0.1        0.00121          3883"),
    ("a single one can make a quarter of the answer", "the largest one is 27% of the sum"),
    ("components with rates of their own", "one hierarchy  correlation 0.013, all five 0.00140"),
)


def run(cell: str, names: dict[str, object]) -> object:
    """Run a cell and return what it shows: the value of its last expression, or none after a semicolon."""
    *before, last = ast.parse(cell).body
    shown = isinstance(last, ast.Expr)
    exec(compile(ast.Module(before if shown else [*before, last], []), "cell", "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return None if cell.rstrip().endswith(";") else value


@pytest.fixture(scope="module")
def executed() -> tuple[str, list[object], int, dict[str, object]]:
    """What all cells print, what they show, how many pictures they draw, and their names."""
    printed, names, shown, pictures = io.StringIO(), dict[str, object](), list[object](), 0
    for cell in CELLS:
        with contextlib.redirect_stdout(printed):
            shown.append(run(cell, names))
        for number in plt.get_fignums():
            plt.figure(number).savefig(io.BytesIO())
            pictures += 1
        plt.close("all")
    return printed.getvalue(), [value for value in shown if value is not None], pictures, names


def test_the_text_says_what_is_printed(executed: tuple[str, list[object], int, dict[str, object]]) -> None:
    printed, one_line = executed[0], " ".join(TEXT.split())
    for said, shown in CLAIMS:
        assert said in one_line
        assert shown in printed, printed


def test_what_needs_no_print_is_true_as_well(executed: tuple[str, list[object], int, dict[str, object]]) -> None:
    names = executed[3]
    assert "sells anything from nothing to five" in " ".join(TEXT.split())
    assert set(np.unique(names["sold"])) == set(range(6))  # type: ignore[call-overload]
    assert "Anything between 23 and 610, with a probability of 94 %" in " ".join(TEXT.split())
    assert names["answer"].predict(None, trials=1000).interval(0.94) == (23, 610)  # type: ignore[attr-defined]
    assert "A correlation of 0.1 is enough for five hundred times" in TEXT
    together = names["together"]
    at = np.flatnonzero(np.isclose(together.correlation, 0.1))[0]  # type: ignore[attr-defined]
    assert together.probability[at] / 0.05**5 == pytest.approx(508.5, abs=0.1)  # type: ignore[attr-defined]


def test_values_have_a_form_for_notebooks_and_pictures_are_drawn(
    executed: tuple[str, list[object], int, dict[str, object]],
) -> None:
    _, shown, pictures, _ = executed
    assert [type(value).__name__ for value in shown] == ["Counts", "Model", "Model", "ExactPosterior"]
    assert all(value._repr_html_() for value in shown)  # type: ignore[attr-defined]
    assert pictures == 10


def test_cells_are_short_and_all_code_of_the_page_is_in_them() -> None:
    assert len(CELLS) > 20
    assert max(len(cell.splitlines()) for cell in CELLS) <= LONGEST
    assert max(len(line) for cell in CELLS for line in cell.splitlines()) <= WIDEST
    assert TEXT.count("```") == 2 * len(CELLS)
    assert TEXT.startswith("---\njupytext:\n")


def test_an_error_in_a_cell_is_an_error_here() -> None:
    with pytest.raises(NameError):
        run("print(nothing_of_this_name)", {})
    assert run("a = 2\na + 1", {}) == 3
    assert run("a = 2\na + 1;", {}) is None

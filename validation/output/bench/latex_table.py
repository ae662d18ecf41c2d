"""The tables of a benchmark for a paper, in LaTeX with the package booktabs."""

from __future__ import annotations

from typing import Final

from pplcompare.validation.output.bench.bench_cells import ERROR_AND_SPEEDS, HEADINGS, cells
from pplcompare.validation.output.bench.bench_documents import BenchDocument, CaseDocument
from pplcompare.validation.output.words import circumstances

_SPECIAL: Final = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
}


def latex_tables(document: BenchDocument) -> str:
    """Return a table for each case, below comments that say what a reader of the paper must be able to ask.

    The columns are those of speed, and the error of means. What has not passed has its verdict and no number.
    """
    machine = document["machine"]
    about = (
        f"pplcompare {document['pplcompare']}, {document['created']}, seed {document['seed']}",
        f"{machine['processor']}, {machine['system']}, Python {machine['python']}",
        *circumstances(document["interrupted"], document["mutant"]),
        r"\usepackage{booktabs}",
    )
    comments = "".join(f"% {' '.join(line.split())}\n" for line in about)
    return comments + "".join(f"\n{_table(case, document['rounds'])}" for case in document["cases"])


def _table(case: CaseDocument, rounds: int) -> str:
    settings = case["settings"]
    how = f"{rounds} rounds of {settings['chains']} chains of {settings['warmup']} + {settings['draws']}"
    headings = ("backend", "verdict", *(HEADINGS[at] for at in ERROR_AND_SPEEDS))
    rows = [
        (entry["backend"], entry["verdict"], *(found[at] for at in ERROR_AND_SPEEDS))
        for entry in case["entries"]
        for found in [cells(entry)]
    ]
    lines = [
        rf"\begin{{tabular}}{{ll{'r' * (len(headings) - 2)}}}",
        rf"\multicolumn{{{len(headings)}}}{{l}}{{{latex_text(f'{case["label"]}, {how}')}}} \\",
        r"\toprule",
        _row(headings),
        r"\midrule",
        *map(_row, rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _row(row: tuple[str, ...]) -> str:
    first, *others = map(latex_text, row)
    # A bracket or a star that follows the end of a row would belong to it.
    return ("{}" if first.startswith(("[", "*")) else "") + " & ".join((first, *others)) + r" \\"


def latex_text(text: str) -> str:
    """Return a text as LaTeX prints it; what is not printable is no part of it."""
    return "".join(_SPECIAL.get(sign, sign) for sign in text if sign.isprintable())

"""What a person sees in the terminal: tables and sentences on standard output."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.exact.exact_summary import COMPONENTS
from pplcompare.validation.exact.exact_words import (
    ends_sentence,
    error_sentence,
    left_out_sentences,
    number,
    seen_quantities,
)
from pplcompare.validation.output.answer_words import WIDTH, answer_lines
from pplcompare.validation.output.documents import DoctorDocument
from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet, alike
from pplcompare.validation.output.spelling import Spelling
from pplcompare.validation.storage.names import REPORT
from rich.console import Console
from rich.text import Text

STYLES: Final = {"passed": "green", "failed": "bold red"}
_UNLIMITED: Final = 100_000
_QUANTITY: Final = 25
"""Cells that the names of our own quantities need."""
_BELOW: Final = "P(rate < k/n)"
_EVIDENCE: Final = "of the data under this model; higher is better"


def console() -> Console:
    """Return the console for results.

    It is as wide as the terminal. Where there is none, nothing is wrapped and no table is stacked, so that a row is a
    line, unless ``COLUMNS`` names a width.
    """
    piped = None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit() else _UNLIMITED
    found = _Console(width=piped, highlight=False, soft_wrap=False)
    found.push_render_hook(Spelling(found))
    return found


class _Console(Console):
    """A console that lets its caller decide what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def report_line(folder: Path) -> str:
    """Return how the report in a results folder is opened."""
    command = "open" if sys.platform == "darwin" else "xdg-open"
    return f"Open the report: {command} {shlex.quote(str(folder / REPORT))}"


def verdict_text(verdict: str) -> Text:
    """Return a verdict in its colour."""
    return Text(verdict, style=STYLES.get(verdict, "yellow"))


def show_answer(documents: Mapping[str, ExactDocument], to: Console, *, verbose: bool = False) -> None:
    """Print the answer of the models, if there is one, in lines that are read easily, and a blank one.

    Parameters
    ----------
    verbose
        Whether there is also the campaign of a new group where two are compared.
    """
    lines = answer_lines(documents, min(to.width, WIDTH), verbose=verbose)
    for line in (*lines, "") if lines else ():
        to.print(Text(line))


def show_exact(documents: Mapping[str, ExactDocument], to: Console, *, verbose: bool = False) -> None:
    """Print exact posteriors, by model: moments, quantiles, evidence and how well they are known.

    Parameters
    ----------
    verbose
        Whether also probabilities are printed, and how the error is known.
    """
    for place, (model, document) in enumerate(documents.items()):
        if place:
            to.print()
        _show_posterior(model, document, to, verbose=verbose)


def _show_posterior(model: str, document: ExactDocument, to: Console, *, verbose: bool) -> None:
    ends = next((shown["quantiles"] for shown in document["quantities"].values() if "quantiles" in shown), {})
    moments = ("mean", "sd", *ends)
    probabilities = (_BELOW, f"P(all {COMPONENTS} fail)") if verbose else ()
    columns = (*alike(moments, right=True), *alike(probabilities, "probabilities", right=True))
    table = Sheet(f"{model}, exact posterior", (Column("quantity", least=_QUANTITY), *columns))
    for name, shown in seen_quantities(document).items():
        quantiles = shown.get("quantiles", {})
        cells = (shown["mean"], shown["sd"], *(quantiles.get(q, "") for q in moments[2:]))
        more = (shown.get("below_observed", ""), shown.get("all_fail", ""))
        table.add(name, *cells, *(more if verbose else ()))
    to.print(table)
    for sentence in (*filter(None, [ends_sentence(document)]), *left_out_sentences(document["left_out"])):
        to.print(Text(sentence))
    if verbose:
        to.print(Text(f"k/n is the observed share; all {COMPONENTS} fail: so many with this rate at once."))
    to.print(Text(f"Log evidence: {number(document['log_evidence'], 6)} ({_EVIDENCE})."))
    to.print(Text(f"Error: {error_sentence(document['error'], verbose=verbose)}."))


def show_doctor(document: DoctorDocument, to: Console) -> None:
    """Print what is installed and what is missing."""
    last = Column("versions or what is missing", least=WORDS)
    table = Sheet("backends", (Column("backend", least=NAME), Column("available"), last))
    for name, status in document["backends"].items():
        versions = ", ".join(f"{package} {number}" for package, number in status["versions"].items())
        missing = " – ".join(filter(None, (status["problem"], status["mend"])))
        available = Text("no", style="yellow") if status["problem"] else Text("yes", style="green")
        table.add(name, available, missing or versions)
    to.print(table)
    cache = document["cache"]
    to.print(Text(f"cache folder: {cache['folder'] or cache['problem']}"))
    to.print(Text(f"cache key: {cache['key']} (of the versions, Python and the processor)"))
    for key, value in document["machine"].items():
        to.print(Text(f"{key}: {value}"))

"""What a person sees in the terminal: progress on standard error, tables on standard output."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Final

from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.exact.exact_summary import COMPONENTS, QUANTILES
from pplcompare.validation.exact.exact_words import error_sentence, left_out_sentences, number
from pplcompare.validation.output.documents import DoctorDocument
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

STYLES: Final = {"passed": "green", "failed": "bold red"}
_UNLIMITED: Final = 100_000


def console() -> Console:
    """Return the console for results: as wide as the terminal, as wide as the tables where there is none."""
    piped = None if sys.stdout.isatty() else _UNLIMITED
    return _Console(width=piped, highlight=False, soft_wrap=False)


class _Console(Console):
    """A console that lets its caller decide what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Progress:
    """Says what is being done: a spinner on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._start = time.perf_counter()

    def __enter__(self) -> Progress:
        if not self._quiet and self._console.is_terminal and os.environ.get("TERM") != "dumb":
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, text: str) -> None:
        """Announce the next step."""
        if self._quiet:
            return
        elapsed = f"{time.perf_counter() - self._start:6.1f} s"
        if self._status is not None:
            self._status.update(Text(f"{elapsed}  {text}"))
        else:
            self._console.print(Text(f"{elapsed}  {text}"), soft_wrap=True)


def show_exact(model: str, document: ExactDocument, to: Console) -> None:
    """Print an exact posterior: moments, quantiles, evidence and how well they are known."""
    table = Table(title=Text(f"{model}, exact posterior", style="bold"), title_justify="left", header_style="dim")
    table.add_column("quantity", overflow="fold")  # a name that is cut could be another's
    quantiles = [f"{100 * q:g} %" for q in QUANTILES]
    for heading in ("mean", "sd", *quantiles, "P(< k/n)", f"P(all {COMPONENTS} fail)"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, shown in document["quantities"].items():
        cells = [number(shown["mean"], 9), number(shown["sd"], 9)]
        cells += [number(shown["quantiles"][q], 6) if "quantiles" in shown else "" for q in quantiles]
        cells.append(number(shown["below_observed"], 6) if "below_observed" in shown else "")
        cells.append(number(shown["all_fail"], 6) if "all_fail" in shown else "")
        table.add_row(Text(name), *cells)
    to.print(table)
    if "more_groups" in document:
        to.print(Text(f"{len(document['more_groups']['group']):,} more groups: --json has mean and sd of each."))
    for sentence in left_out_sentences(document["left_out"]):
        to.print(Text(sentence))
    to.print(Text(f"Log evidence: {number(document['log_evidence'], 9)}"))
    to.print(Text(f"Error: {error_sentence(document['error'])}."))


def show_doctor(document: DoctorDocument, to: Console) -> None:
    """Print what is installed and what is missing."""
    table = Table(title=Text("backends", style="bold"), title_justify="left", header_style="dim")
    for heading in ("backend", "available", "versions or what is missing"):
        table.add_column(heading)
    for name, status in document["backends"].items():
        versions = ", ".join(f"{package} {number}" for package, number in status["versions"].items())
        missing = " – ".join(filter(None, (status["problem"], status["mend"])))
        available = Text("no", style="yellow") if status["problem"] else Text("yes", style="green")
        table.add_row(Text(name), available, Text(missing or versions))
    to.print(table)
    for key, value in document["machine"].items():
        to.print(Text(f"{key}: {value}"))

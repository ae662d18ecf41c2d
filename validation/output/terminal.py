"""What a person sees in the terminal: progress on standard error, tables on standard output."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from io import StringIO
from types import TracebackType
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.output.documents import DoctorDocument, ExactDocument, RunDocument, RunFitDocument
from pplcompare.validation.output.exact_summary import COMPONENTS, QUANTILES, exact_summary
from pplcompare.validation.output.words import (
    OURS,
    count,
    duration,
    error_sentence,
    found_sentence,
    left_out_sentences,
    not_tested_sentence,
    notes_of,
    number,
    run_circumstances,
    seed_sentence,
)
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


def show_comparison(document: RunDocument, to: Console) -> None:
    """Print one table per model, then what failed or is missing."""
    for model in document["models"]:
        to.print(_fit_table(model, [fit for fit in document["fits"] if fit["model"] == model]))
    for fit in document["fits"]:
        if fit["reason"]:
            to.print(Text(f"{fit['backend']}, {fit['model']}: ", style="bold").append(fit["reason"], style="not bold"))
        for note in notes_of(fit):
            to.print(Text(f"{fit['backend']}, {fit['model']}: ", style="bold").append(note, style="not bold"))
    to.print(
        Text(
            f"{document['comparisons']} comparisons, family-wise false alarm {document['family_level']:g}: "
            f"limits of {document['limit']:.2f} standard errors or more, by kind and effective draws."
        )
    )
    if any(fit["same_model"]["outcome"] == Outcome.OURS for fit in document["fits"]):
        to.print(Text(OURS))
    if document["not_tested"]:
        to.print(Text(not_tested_sentence(document["not_tested"])))
    for line in run_circumstances(document):
        to.print(Text(line))
    if (found := found_sentence(document["fits"])) is not None:
        to.print(Text(found))
    to.print(Text(seed_sentence(document["seed"])))


def _fit_table(model: str, fits: Sequence[RunFitDocument]) -> Table:
    table = Table(title=Text(model, style="bold"), title_justify="left", header_style="dim")
    for heading in ("backend", "verdict", "same model", "posterior", "prediction"):
        table.add_column(heading, no_wrap=True)
    for heading in ("least ESS", "build", "compile", "run", "ESS/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for fit in fits:
        seconds, speed = fit["seconds"], fit["speed"]
        phases = [None] * 3 if seconds is None else [seconds["build"], seconds["compile"], seconds["run"]]
        table.add_row(
            Text(fit["backend"]),
            Text(fit["verdict"], style=STYLES.get(fit["verdict"], "yellow")),
            fit["same_model"]["outcome"],
            fit["posterior"]["outcome"],
            fit["prediction"]["outcome"],
            count(fit["ess"]),
            *map(duration, phases),
            count(None if speed is None else speed["ess_per_second"]),
        )
    return table


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


def exact_html(exact: ExactPosterior) -> str:
    """Return what `show_exact` prints, for notebooks."""
    to = Console(record=True, file=StringIO(), width=_UNLIMITED)
    show_exact(exact.model.name, exact_summary(exact), to)
    return to.export_html(inline_styles=True, code_format="<pre>{code}</pre>")


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

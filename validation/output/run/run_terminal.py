"""The tables of a run in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.documents import RunDocument, RunFitDocument
from pplcompare.validation.output.sheet import NAME, Column, Sheet, alike
from pplcompare.validation.output.terminal import show_answer, verdict_text
from pplcompare.validation.output.words import (
    OURS,
    count,
    duration,
    found_sentence,
    not_tested_sentence,
    notes_of,
    run_circumstances,
    seed_sentence,
)
from rich.console import Console
from rich.text import Text

_WITHOUT: Final = "What follows is the exact answer alone; `pplcompare exact` gives it without any backend."


def show_comparison(document: RunDocument, to: Console) -> None:
    """Print the answer, one table per model, then what failed or is missing; first of all if nothing was checked."""
    if document["nothing_checked"]:
        to.print(Text(document["nothing_checked"]))
        to.print(Text(_WITHOUT))
        to.print()
    show_answer({name: model["exact"] for name, model in document["models"].items()}, to)
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
    if any(Outcome.OURS in (fit["same_model"]["outcome"], fit["prediction"]["outcome"]) for fit in document["fits"]):
        to.print(Text(OURS))
    if document["not_tested"]:
        to.print(Text(not_tested_sentence(document["not_tested"])))
    for line in run_circumstances(document):
        to.print(Text(line))
    if (found := found_sentence(document["fits"])) is not None:
        to.print(Text(found))
    to.print(Text(seed_sentence(document["seed"])))


def _fit_table(model: str, fits: Sequence[RunFitDocument]) -> Sheet:
    verdicts = alike(("verdict", "same model", "posterior", "prediction"))
    speed = alike(("build", "compile", "run", "ESS/s"), "seconds and speed", right=True)
    table = Sheet(model, (Column("backend", least=NAME), *verdicts, Column("least ESS", right=True), *speed))
    for fit in fits:
        seconds, found = fit["seconds"], fit["speed"]
        phases = [None] * 3 if seconds is None else [seconds["build"], seconds["compile"], seconds["run"]]
        table.add(
            fit["backend"],
            verdict_text(fit["verdict"]),
            *(fit["same_model"]["outcome"], fit["posterior"]["outcome"], fit["prediction"]["outcome"]),
            count(fit["ess"]),
            *map(duration, phases),
            count(None if found is None else found["ess_per_second"]),
        )
    return table

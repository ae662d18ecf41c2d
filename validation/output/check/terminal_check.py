"""What a person sees of a check in the terminal."""

from __future__ import annotations

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.documents import CheckDocument, FitDocument, ResultDocument
from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet
from pplcompare.validation.output.terminal import verdict_text
from pplcompare.validation.output.words import (
    count,
    fit_label,
    found_sentence,
    not_tested_sentence,
    notes_of,
    seed_sentence,
)
from rich.console import Console
from rich.text import Text


def show_check(document: CheckDocument, to: Console) -> None:
    """Print one row for each fit, then what failed or is missing, and how sure all this is."""
    names = (Column(heading, least=NAME) for heading in ("data", "model", "backend"))
    deviation = Column("largest deviation / limit", "deviations", least=WORDS)
    table = Sheet("", (*names, Column("verdict"), Column("least ESS", right=True), deviation), keys=3)
    for fit in document["fits"]:
        verdict = verdict_text(fit["verdict"])
        verdict.append(" (2 looks)" if fit["first_look"] else "", style="yellow")
        table.add(fit["data"], fit["model"], fit["backend"], verdict, count(fit["ess"]), largest_deviation(fit))
    to.print(table)
    for fit in document["fits"]:
        place = Text(f"{fit_label(fit)}: ", style="bold")
        if fit["first_look"]:
            found = f"first look: {fit['first_look']['reason']}. Second look: {fit['reason'] or 'passed'}."
            to.print(place.append(found, style="not bold"))
        elif fit["reason"]:
            to.print(place.append(fit["reason"], style="not bold"))
        for note in notes_of(fit):
            to.print(Text(f"{fit_label(fit)}: ", style="bold").append(note, "not bold"))
    if document["nothing_checked"]:
        to.print(Text(document["nothing_checked"]))
    for line in (*document.get("notes", ()), *assurance(document)):
        to.print(Text(line))


def largest_deviation(fit: FitDocument) -> str:
    """Return the largest deviation of a fit in units of its limit, and whose it is; a dash if there is none."""
    groups = (fit["same_model"], fit["posterior"], fit["prediction"])
    found = [group["worst"] for group in groups if group["worst"] and group["outcome"] != Outcome.OURS]
    worst = max(found, key=_ratio, default=None)
    return "–" if worst is None else f"{_ratio(worst):.2f}  {worst['check']}, {worst['subject']}"


def _ratio(result: ResultDocument) -> float:
    """Return the deviation in units of its limit, a word where it is infinite."""
    return result["ratio"] if isinstance(result["ratio"], float) else float("inf")


def assurance(document: CheckDocument) -> list[str]:
    """Return how sure the verdicts of a check are, a sentence each."""
    looks = document["looks"]
    lines = [f"{document['comparisons']} comparisons, family-wise false alarm {looks['false_alarm_bound']:g}."]
    if document["not_tested"]:
        lines.append(not_tested_sentence(document["not_tested"]))
    if looks["number"] == 2:
        lines.append(
            f"Two looks, declared: what is beyond a screen at {looks['screen']:g} ({document['limit']:.2f} standard "
            f"errors or more) is compared again in fresh draws, {looks['more_draws']} times as many, and fails at "
            f"{looks['confirmation']:g} over all that is flagged; together correct samplers fail with probability "
            f"at most {looks['false_alarm_bound']:g}."
        )
        twice = sum(fit["first_look"] is not None for fit in document["fits"])
        lines.append(f"Fits looked at twice: {twice}.")
    if (found := found_sentence(document["fits"])) is not None:
        lines.append(found)
    if document["seed"] is not None:
        lines.append(seed_sentence(document["seed"]))
    return lines

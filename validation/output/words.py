"""Words that the terminal, the report, JUnit XML and annotations share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pplcompare.validation.checks.detectable import POWER, detectable_sentence
from pplcompare.validation.output.diagnostic_words import diagnostic_sentence
from pplcompare.validation.output.documents import (
    CheckFitDocument,
    FitDocument,
    RunDocument,
    SecondsDocument,
)

NOTHING_CHECKED: Final = "nothing was checked"
NOT_TESTED: Final = "not tested"
OURS: Final = (
    "Same model, ours: the density is the reference itself, so that there was nothing to compare it with. "
    "Prediction, ours: our own simulator drew the counts to come."
)


def fit_label(fit: CheckFitDocument) -> str:
    """Return the name of a fit of a check."""
    return f"{fit['backend']}, {fit['data']}, {fit['model']}"


def seed_sentence(seed: int) -> str:
    """Return the seed, a sentence."""
    return f"Seed {seed}."


def run_circumstances(document: RunDocument) -> list[str]:
    """Return what is unusual about a run, a sentence each."""
    return circumstances(
        document["interrupted"], document["mutant"], document["nothing_checked"], marginal=document["marginal"]
    )


def circumstances(
    interrupted: bool, mutant: str | None, nothing_checked: str | None = None, *, marginal: bool = False
) -> list[str]:
    """Return what is unusual about a job, a sentence each."""
    found = [nothing_checked] if nothing_checked else []
    if interrupted:
        found.append("This run was interrupted: only a part of it is here.")
    if marginal:
        found.append("Backends sampled without the rates, which were drawn from their conditional Betas.")
    if mutant is not None:
        found.append(f"Every backend was broken on purpose: {mutant}.")
    return found


def notes_of(fit: FitDocument) -> list[str]:
    """Return what people should know of a fit that is no fault, a clause or a few sentences each."""
    told = diagnostic_sentence(fit)
    of_chains = [] if told is None else [told]
    return list(dict.fromkeys((*fit["posterior"]["notes"], *fit["prediction"]["notes"], *of_chains)))


def found_sentence(fits: Iterable[FitDocument]) -> str | None:
    """Return the errors that are found in each fit, and over all fits of each backend; None if nothing was tested."""
    every = list(fits)
    tested = [fit for fit in every if fit["first_look"] is None]
    in_each = detectable_sentence(fit["detectable"] for fit in tested)
    over_all = detectable_sentence(fit["detectable_over_fits"] for fit in tested)
    if not in_each:
        return None
    more = f"; over all fits of a backend: {over_all}" if over_all else ""
    once = "" if len(tested) == len(every) else " looked at once"
    return f"Found with {100 * POWER:g} % power in every fit{once}: {in_each}{more}."


def not_tested_sentence(number: int) -> str:
    """Return why comparisons could not be made."""
    return f"Not tested: {number} of them, for want of effective draws or of a certified exact answer."


def count(value: float | str | None) -> str:
    """Return a large number, rounded, with its thousands apart, a word as it is, and a dash for nothing."""
    if value is None or isinstance(value, str):
        return value or "–"
    return f"{value:,.0f}"


def duration(seconds: SecondsDocument | None) -> str:
    """Return the wall seconds of a phase for people, and a dash for nothing."""
    return "–" if seconds is None else wall_time(seconds["wall"])


def wall_time(wall: float) -> str:
    """Return wall seconds for people."""
    return "< 1 ms" if wall < 1e-3 else f"{1e3 * wall:.0f} ms" if wall < 1.0 else f"{wall:.1f} s"

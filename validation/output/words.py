"""Words that the terminal, the report, JUnit XML and annotations share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pplcompare.validation.checks.detectable import POWER, detectable_sentence
from pplcompare.validation.output.documents import (
    CheckFitDocument,
    ErrorDocument,
    FitDocument,
    RunDocument,
    SecondsDocument,
)

NOTHING_CHECKED: Final = "nothing was checked"
NOT_TESTED: Final = "not tested"
OURS: Final = "Same model, ours: the density is the reference itself, so that there was nothing to compare it with."
_SHOWN: Final = 8


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
    """Return what people should know of a fit that is no fault, a clause each."""
    return list(dict.fromkeys((*fit["posterior"]["notes"], *fit["prediction"]["notes"])))


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


def error_sentence(error: ErrorDocument) -> str:
    """Return how well an exact answer is known, for people."""
    if error["closed_form"]:
        return "closed form"
    nodes = " x ".join(f"{count} {name}" for name, count in error["nodes"].items())
    found = ", ".join(f"{name} {size:.1g}" for name, size in error["differences"].items())
    return f"{nodes} nodes; largest differences: {found}; required: {error['tolerance']:g}"


def left_out_sentences(left_out: Mapping[str, str]) -> list[str]:
    """Return what could not be certified and why, a sentence for each reason, for people."""
    reasons: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        reasons.setdefault(reason, []).append(name)
    found = [f"Left out: {', '.join(names)}, because {reason}." for reason, names in reasons.items()]
    if (more := len(found) - _SHOWN) > 0:
        found[_SHOWN:] = [f"{more} more reasons are in the JSON document, under left_out."]
    return found


def number(value: object, digits: int = 4) -> str:
    """Return a number with so many significant digits, a word as it is, and a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


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

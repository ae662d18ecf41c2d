"""The report: one HTML file that makes no request."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pplcompare.validation.checks.detectable import POWER, detectable_sentence
from pplcompare.validation.output.bench_documents import BenchDocument
from pplcompare.validation.output.documents import FitDocument, RunDocument, SecondsDocument
from pplcompare.validation.output.exact_summary import error_sentence, left_out_sentences

if TYPE_CHECKING:
    import jinja2

_TEMPLATE: Final = Path(__file__).parent / "report.html"
OURS: Final = "Same model, ours: the density is the reference itself, so that there was nothing to compare it with."
_VERDICTS: Final = {
    0: "All checks passed.",
    1: "A check failed.",
    2: "Nothing was checked.",
    3: "A required backend is missing.",
    6: "Incomplete, underpowered or not certified.",
    130: "Interrupted: what is missing here was not finished.",
}


def report_html(document: RunDocument) -> str:
    """Return the page that shows a `summary`; everything in it is escaped."""
    return page(
        _TEMPLATE,
        d=document,
        unusual=run_circumstances(document),
        found=found_sentence(document["fits"]),
        ours=OURS,
    )


def page(template: Path, *, d: RunDocument | BenchDocument, **values: object) -> str:
    """Return a page of the template beside this file, with the style that all share and the verdict of `d`."""
    verdict = _VERDICTS.get(d["exit_code"], "")
    return _environment(template.parent).get_template(template.name).render(d=d, verdict=verdict, **values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """Return what makes pages of the templates in a folder: it compiles each once, and a run has many reports."""
    # Only those who write a report wait for its import.
    import jinja2

    loader = jinja2.FileSystemLoader(folder)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, count=count, duration=duration)
    environment.filters.update(error_sentence=error_sentence, left_out_sentences=left_out_sentences)
    return environment


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

"""The report: one HTML file that makes no request."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from pplcompare.validation.exact.exact_words import error_sentence, left_out_sentences, number
from pplcompare.validation.output.diagnostic_words import DIAGNOSTIC_COLUMNS, diagnostic_cells
from pplcompare.validation.output.documents import RunDocument
from pplcompare.validation.output.words import OURS, count, duration, found_sentence, notes_of, run_circumstances

if TYPE_CHECKING:
    import jinja2

_TEMPLATE: Final = Path(__file__).parent / "report.html"
_VERDICTS: Final = {
    0: "All checks passed.",
    1: "A check failed.",
    2: "Nothing was checked.",
    3: "A required backend is missing.",
    6: "Incomplete, underpowered or not certified.",
    130: "Interrupted: what is missing here was not finished.",
}


class Judged(TypedDict):
    """A document that has a verdict."""

    exit_code: int


def report_html(document: RunDocument) -> str:
    """Return the page that shows a `summary`; everything in it is escaped."""
    return page(
        _TEMPLATE,
        d=document,
        unusual=run_circumstances(document),
        found=found_sentence(document["fits"]),
        ours=OURS,
        diagnostic_columns=DIAGNOSTIC_COLUMNS,
    )


def page(template: Path, *, d: Judged, **values: object) -> str:
    """Return a page of a template, with the style that all share and the verdict of `d`."""
    verdict = _VERDICTS.get(d["exit_code"], "")
    return _environment(template.parent).get_template(template.name).render(d=d, verdict=verdict, **values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """Return what makes pages of the templates in a folder: it compiles each once, and a run has many reports."""
    # Only those who write a report wait for its import.
    import jinja2

    loader = jinja2.FileSystemLoader((folder, _TEMPLATE.parent))
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, count=count, duration=duration)
    environment.filters.update(notes_of=notes_of, diagnostic_cells=diagnostic_cells)
    environment.filters.update(error_sentence=error_sentence, left_out_sentences=left_out_sentences)
    return environment

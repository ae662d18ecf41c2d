"""The report of a benchmark: what was timed, speeds, and how they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.validation.output.bench.bench_cells import (
    COLD_HEADINGS,
    HEADINGS,
    SPEEDS,
    cells,
    cold_cells,
    was_cold,
)
from pplcompare.validation.output.bench.bench_documents import BenchDocument, CaseDocument
from pplcompare.validation.output.bench.bench_terminal import explanation, gains
from pplcompare.validation.output.page import PageTable, Told, page

_SECTIONS: Final = {
    "what": "What was timed",
    "speed": "Speed",
    "how": "How this was measured",
    "details": "Details",
}


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case on a page: its tables, and what is doubtful of its backends, a sentence each."""

    label: str
    tables: Sequence[PageTable]
    lines: Sequence[str]

    @classmethod
    def of(cls, case: CaseDocument) -> CaseCard:
        """Return the card of a case: speeds apart from all else, so that each table fits a page."""
        label, entries = case["label"], case["entries"]
        rows = [(entry["backend"], entry["verdict"], *cells(entry)) for entry in entries]
        speeds = [row[: SPEEDS + 2] for row in rows]
        seconds = [(row[0], *row[SPEEDS + 2 :]) for row in rows]
        tables = [
            PageTable(f"Speed, {label}", ("backend", "verdict", *HEADINGS[:SPEEDS]), speeds, words=2),
            PageTable(f"Error, seconds and memory, {label}", ("backend", *HEADINGS[SPEEDS:]), seconds),
        ]
        if was_cold(case):
            cold = [(entry["backend"], *cold_cells(entry)) for entry in entries]
            tables.append(PageTable(f"With empty caches, {label}", ("backend", *COLD_HEADINGS), cold))
        return cls(
            label,
            tables,
            [
                f"{entry['backend']}: {line}"
                for entry in entries
                for line in (entry["reason"], *entry["doubts"])
                if line
            ],
        )


def bench_html(document: BenchDocument, told: Told, missing: Sequence[str] = ()) -> str:
    """Return the page; everything in it is escaped but the pictures.

    Parameters
    ----------
    told
        What the page says beside the document.
    missing
        What is left out for want of a library, a sentence each.
    """
    return page(
        "bench.html",
        _SECTIONS,
        exit_code=document["exit_code"],
        machine=document["machine"],
        d=document,
        told=told,
        cases=[CaseCard.of(case) for case in document["cases"]],
        gains=gains(document),
        explanation=explanation(document),
        missing=missing,
    )

"""What became of each question, backend by backend, as words with marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Mark, Words
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.verdict import ABSENT

_QUESTIONS: Final = ("same model?", "posterior right?", "counts to come right?")
_MARKS: Final = {Outcome.PASSED: ("✓", "passed"), Outcome.FAILED: ("✗", "failed"), Outcome.OURS: ("✓", "muted")}
_OTHERS: Final = ("–", "doubtful")
_ROW: Final = 26.0


def matrix_picture(stem: str, rows: Sequence[FitResult]) -> Iterator[Picture]:
    """Yield the three questions for each backend of one model."""
    if not rows:
        return
    marks: list[Mark] = []
    said = []
    for at, row in enumerate(rows):
        for column, report in enumerate((row.same_model, row.posterior, row.prediction)):
            outcome = report.outcome
            sign, colour = _MARKS.get(outcome, _OTHERS)
            word = str(row.verdict) if row.verdict in ABSENT else str(outcome)
            marks.append(Words(colour, float(column), float(at), f"{sign} {word}", bold=outcome is Outcome.FAILED))
        said.append(f"{row.backend}: {row.verdict}")
    ends = (-0.5, len(_QUESTIONS) - 0.5)
    names = tuple(row.backend for row in rows)
    panel = Panel("", tuple(marks), ends, row_range(len(rows)), rows=names, columns=_QUESTIONS)
    yield Picture(
        f"{stem}-questions",
        "trust",
        "Three questions to each backend",
        "Each question is asked only if the one before it was answered well.",
        "; ".join(said) + ".",
        Drawing((panel,), 1, (_ROW * len(rows),)),
    )

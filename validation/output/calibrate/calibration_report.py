"""The report of a calibration, in its store: verdicts, evidence, ranks, and what the exact answer says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.output.calibrate.calibration_documents import CalibratedDocument, CalibrationDocument
from pplcompare.validation.output.calibrate.calibration_pictures import calibration_pictures
from pplcompare.validation.output.calibrate.calibration_terminal import calibration_sentences, place_sentences
from pplcompare.validation.output.page import UNTOLD, PageTable, Told, page
from pplcompare.validation.output.page_tables import ModelCard, counts_table
from pplcompare.validation.output.picture_files import picture_files
from pplcompare.validation.output.report import Fault
from pplcompare.validation.output.words import circumstances
from pplcompare.validation.storage.files import own_end, place
from pplcompare.validation.storage.names import PICTURES, REPORT
from pplcompare.validation.study.verdict import ABSENT, Verdict

_SECTIONS: Final = {
    "what": "What this is about",
    "verdict": "The verdict",
    "ranks": "Ranks of truths",
    "exact": "By the exact answer",
    "details": "Details",
}


def place_report(
    folder: Path, document: CalibrationDocument, models: Sequence[Model], found: Sequence[Calibrated], told: Told
) -> None:
    """Write ``report.html`` and ``pictures/`` into a store, whose earlier ones they replace.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    pictures = calibration_pictures(found, own_simulator=document["source"] == "backend")
    # Several processes may judge one store.
    end = own_end()
    (folder / PICTURES).mkdir(exist_ok=True)
    for name, content in picture_files(pictures):
        place(folder / name, content, end)
    place(folder / REPORT, calibration_html(document, models, told.with_pictures(pictures)).encode(), end)


def calibration_html(document: CalibrationDocument, models: Sequence[Model], told: Told) -> str:
    """Return the page; everything in it is escaped but the pictures."""
    data, calibrated = document["data"], document["calibrated"]
    counts = Counts(data["group"], data["n"], data["k"])
    exact = any(one["exact"] for one in calibrated)
    unusual = circumstances(interrupted=False, mutant=document["mutant"])
    return page(
        "calibrate.html",
        {name: title for name, title in _SECTIONS.items() if name != "exact" or exact},
        exit_code=document["exit_code"],
        machine=document["machine"],
        d=document,
        told=told,
        unusual=unusual,
        counts=counts_table(data),
        models=[ModelCard.of(model, counts) for model in models],
        verdicts=_verdicts(document),
        evidence=_evidence(calibrated),
        faults=faults_of_calibration(document, told),
        sentences=[sentence for sentence in calibration_sentences(document) if sentence not in unusual],
        coverage=[sentence for one in calibrated for sentence in coverage_sentences(one)],
        quantities=[_quantities(one) for one in calibrated if one["quantities"]],
        exact=exact,
    )


def faults_of_calibration(document: CalibrationDocument, told: Told) -> list[Fault]:
    """Return what was tried and has not passed, each with the command that does the same replications again."""
    always: dict[str, Any] = {"require": (), "out": None, "junit": None, "resume": False, "more": None, **UNTOLD}
    return [
        Fault(
            f"{one['backend']}, {one['model']}",
            one["verdict"],
            [f"{one['reason'][:1].upper()}{one['reason'][1:]}.", *place_sentences(one)],
            told.again(
                backends=(one["backend"],),
                models=(one["model"],),
                thin=one["thin"] or None,
                replications=document["replications"],
                **always,
            ),
        )
        for one in document["calibrated"]
        if one["verdict"] != Verdict.PASSED and one["verdict"] not in ABSENT
    ]


def coverage_sentences(one: CalibratedDocument) -> Iterator[str]:
    """Yield how many truths lay within intervals of the draws, over all quantities of one model on one backend."""
    if one["quantities"]:
        halves = [(row["coverage_50"], row["name"]) for row in one["quantities"]]
        most = [(row["coverage_90"], row["name"]) for row in one["quantities"]]
        yield f"{one['backend']}, {one['model']}: {_held(50, halves)}; {_held(90, most)} of the truths."


def _held(part: int, coverage: Sequence[tuple[float, str]]) -> str:
    (least, lower), (most, upper) = min(coverage), max(coverage)
    return f"{part} % intervals held {100.0 * least:.1f} % ({lower}) to {100.0 * most:.1f} % ({upper})"


def _verdicts(document: CalibrationDocument) -> PageTable:
    """Return the matrix of verdicts: backends and models."""
    models = list(document["models"])
    found = {(one["backend"], one["model"]): one["verdict"] for one in document["calibrated"]}
    backends = dict.fromkeys(backend for backend, _ in found)
    rows = [(name, *(found.get((name, model), "–") for model in models)) for name in backends]
    return PageTable("Verdicts", ("backend", *models), rows, words=1 + len(models))


def _evidence(calibrated: Sequence[CalibratedDocument]) -> PageTable:
    headings = ("backend", "model", "replications", "decided after", "ranks", "limit", "truths", "draws", "limit")
    rows = []
    for one in calibrated:
        if one["quantities"]:
            exact = one["exact"]
            found = exact and (exact["truths"]["highest"], exact["draws"]["highest"], exact["limit"])
            decided = one["decided"]
            rows.append(
                (
                    *(one["backend"], one["model"], f"{one['replications']:,}"),
                    "–" if decided is None else f"{decided:,}",
                    *(f"{one['highest']:.1f}", f"{one['limit']:.1f}"),
                    *(("–",) * 3 if found is None else (f"{value:.1f}" for value in found)),
                )
            )
    return PageTable("Evidence at its highest, as powers of ten, and its limits", headings, rows, words=2)


def _quantities(one: CalibratedDocument) -> PageTable:
    headings = ("quantity", "evidence", "p", "50 %", "90 %", "shift", "spread", "lag")
    rows = [
        (
            row["name"],
            *(f"{row['highest']:.1f}", f"{row['p_value']:.2g}"),
            *(f"{100.0 * row['coverage_50']:.1f}", f"{100.0 * row['coverage_90']:.1f}"),
            *(f"{row['shift']:.3f}", f"{row['spread']:.3f}", f"{row['lag']:.2f}"),
        )
        for row in one["quantities"]
    ]
    return PageTable(f"Quantities, {one['backend']}, {one['model']}", headings, rows, most=len(rows))

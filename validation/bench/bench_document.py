"""A finished benchmark as plain data: what `results.json`, the report and ``--json`` show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, cast

from pplcompare.models.document import model_hash
from pplcompare.models.plain import plain
from pplcompare.validation.bench.benchmark import Bench
from pplcompare.validation.bench.case import Case
from pplcompare.validation.bench.entry import ENOUGH, Entry, Start
from pplcompare.validation.bench.gain import gains
from pplcompare.validation.bench.measurement import Measurement
from pplcompare.validation.bench.median_interval import MedianInterval
from pplcompare.validation.bench.ranking import ranking
from pplcompare.validation.output.bench.bench_documents import (
    BenchDataDocument,
    BenchDocument,
    CaseDocument,
    EntryDocument,
    GainDocument,
    IntervalDocument,
    RankDocument,
    SingleRunDocument,
    StartDocument,
    TimedRunDocument,
    UnrankedDocument,
    UsageDocument,
)
from pplcompare.validation.output.summary import data_document, fit_document, settings_document
from pplcompare.validation.study.machine import Machine
from pplcompare.validation.study.verdict import ExitCode, exit_code

KIND: Final = "bench"
SCHEMA_VERSION: Final = 1


def bench_document(
    bench: Bench,
    required: Collection[str],
    machine: Machine,
    *,
    seed: int,
    mutant: str | None = None,
    axis: str | None = None,
) -> BenchDocument:
    """Return everything about a benchmark but the draws; finite numbers, strings, lists and dictionaries only.

    Parameters
    ----------
    axis
        What grows from case to case.
    """
    cases = bench.cases
    found_verdicts = [(entry.row.backend, entry.row.verdict) for entry in bench.entries]
    found: BenchDocument = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "pplcompare": version("pplcompare"),
        "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "exit_code": int(ExitCode.INTERRUPTED if bench.interrupted else exit_code(found_verdicts, required)),
        "interrupted": bench.interrupted,
        "seed": seed,
        "rounds": bench.rounds,
        "enough": ENOUGH,
        "settings": settings_document(cases[0].plan.settings),
        "mutant": mutant,
        "machine": machine,
        "processes": {name: cast("UsageDocument", asdict(usage)) for name, usage in bench.usage.items()},
        "axis": axis,
        "data": {case.plan.data: _data(case) for case in cases},
        "models": {case.exact.model.name: model_hash(case.exact.model) for case in cases},
        "gains": [cast("GainDocument", asdict(gain)) for gain in gains(bench.entries)],
        "cases": [_case(case, [entry for entry in bench.entries if entry.case is case]) for case in cases],
    }
    return plain(found)


def _data(case: Case) -> BenchDataDocument:
    """Return the counts, or how they were made: there may be a million."""
    if case.recipe:
        return {"recipe": case.recipe, "groups": len(case.plan.counts.groups)}
    return cast("BenchDataDocument", data_document(case.plan.counts))


def _case(case: Case, entries: Sequence[Entry]) -> CaseDocument:
    return {
        "label": case.label,
        "form": case.form,
        "size": case.size,
        "settings": settings_document(case.plan.settings),
        "entries": _entries(entries),
    }


def _entries(entries: Sequence[Entry]) -> list[EntryDocument]:
    ranks = ranking(entries)
    return [
        {**_entry(entry), "rank": cast("RankDocument", asdict(rank))}
        for entry, rank in zip(entries, ranks, strict=True)
    ]


def _entry(entry: Entry) -> UnrankedDocument:
    case, shown = entry.case, entry.passed
    return {
        "data": case.plan.data,
        "form": case.form,
        **fit_document(entry.row),
        "start": _start(entry.start),
        "cold": _start(entry.cold),
        "rounds": [_timed_run(each) for each in entry.runs],
        "single": None if entry.single is None else _single_run(entry.single),
        "half": None if entry.half is None else _single_run(entry.half),
        "peak_memory": entry.peak_memory,
        "doubts": list(entry.doubts),
        "speed": _interval(entry.speed, shown),
        "speed_after_start": _interval(entry.speed_after(entry.start), shown),
        "speed_after_cold_start": _interval(entry.speed_after(entry.cold), shown),
        "per_gradient": _interval(entry.per_gradient, shown),
        "error": _interval(entry.error, shown),
        "seconds_to_enough": entry.seconds_to_enough(entry.start) if shown else None,
        "seconds_to_enough_cold": entry.seconds_to_enough(entry.cold) if shown else None,
        "run": _interval(entry.of_runs(lambda each: each.seconds), shown),
        "cpu": _interval(entry.of_runs(lambda each: each.run.cpu or 0.0 if each.run else 0.0), shown),
    }


def _single_run(run: Measurement) -> SingleRunDocument:
    return cast("SingleRunDocument", asdict(run))


def _timed_run(run: Measurement) -> TimedRunDocument:
    return {**_single_run(run), "ess": run.ess, "seconds": run.seconds}


def _start(start: Start | None) -> StartDocument | None:
    return None if start is None else cast("StartDocument", {**asdict(start), "wall": start.wall})


def _interval(interval: MedianInterval | None, shown: bool) -> IntervalDocument | None:
    return cast("IntervalDocument", asdict(interval)) if shown and interval is not None else None

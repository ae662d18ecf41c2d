"""A benchmark as files for other programs: JSON, Parquet, LaTeX, pytest-benchmark and github-action-benchmark."""

from __future__ import annotations

import io
import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, TypedDict

from pplcompare.models.errors import BackendUnavailable
from pplcompare.models.plain import json_text
from pplcompare.validation.output.bench.bench_documents import (
    BenchDocument,
    EntryDocument,
    IntervalDocument,
    TimedRunDocument,
)
from pplcompare.validation.output.bench.bench_pictures import bench_pictures
from pplcompare.validation.output.bench.bench_report import bench_html
from pplcompare.validation.output.bench.latex_table import latex_tables
from pplcompare.validation.output.documents import SecondsDocument
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.picture_files import picture_files
from pplcompare.validation.storage.names import ACTION_BENCHMARK, INDEX, LATEX, PYTEST_BENCHMARK, REPORT, RUNS

_MEND: Final = "pip install 'pplcompare[parquet]'"


def bench_files(document: BenchDocument, told: Told = Told()) -> dict[str, bytes]:  # noqa: B008 - it cannot be changed
    """Return name -> content; without its library a file is left out, and the report says so."""
    missing: list[str] = []
    pictures, table = bench_pictures(document), _optional(_parquet, document, missing)
    files = {
        INDEX: _json(document),
        LATEX: latex_tables(document).encode(),
        REPORT: bench_html(document, told.with_pictures(pictures), missing).encode(),
        PYTEST_BENCHMARK: _json(pytest_benchmark(document)),
        ACTION_BENCHMARK: _json(action_benchmark(document)),
    }
    return files | table | dict(picture_files(pictures))


def timed(document: BenchDocument) -> Iterator[tuple[str, EntryDocument, IntervalDocument]]:
    """Yield the label of the case, the entry and the speed of everything that has a speed."""
    for case in document["cases"]:
        for entry in case["entries"]:
            if (speed := entry["speed"]) is not None:
                yield case["label"], entry, speed


def runs(document: BenchDocument) -> list[dict[str, object]]:
    """Return a flat row for each timed run."""
    return [
        {
            **{key: entry[key] for key in ("data", "model", "form", "backend", "verdict")},
            "round": number,
            **{key: run[key] for key in _NUMBERS},
            **{
                f"{phase}_{kind}": seconds and seconds[kind]
                for phase, seconds in _phases(run).items()
                for kind in _KINDS
            },
            "ess_per_second": run["ess"] / run["seconds"],
            "believed": not entry["doubts"],
        }
        for _, entry, _ in timed(document)
        for number, run in enumerate(entry["rounds"])
    ]


_NUMBERS: Final = (
    *("seed", "seconds", "call", "ess", "bulk", "tail", "spread", "slowest", "gradients", "bytes"),
    *("error", "furthest", "largest_error"),
)
_KINDS: Final[tuple[Literal["wall", "cpu"], ...]] = ("wall", "cpu")


def _phases(run: TimedRunDocument) -> dict[str, SecondsDocument | None]:
    return {"run": run["run"], "warmup": run["warmup"], "sampling": run["sampling"], "transfer": run["transfer"]}


class PytestBenchmark(TypedDict):
    """The format of pytest-benchmark 5.0.0."""

    machine_info: Mapping[str, object]
    commit_info: Mapping[str, object]
    benchmarks: list[dict[str, object]]
    datetime: str
    version: str


def pytest_benchmark(document: BenchDocument) -> PytestBenchmark:
    """Return what ``pytest-benchmark compare`` reads: seconds for each effective draw."""
    return {
        "machine_info": {"node": "", "processor": document["machine"]["processor"], **document["machine"]},
        "commit_info": {},
        "benchmarks": [
            {
                "group": label,
                "name": f"{label}, {entry['backend']}",
                "fullname": f"{label}, {entry['backend']}",
                "params": {key: entry[key] for key in ("data", "model", "form", "backend")},
                "param": entry["backend"],
                "extra_info": {"unit": "seconds for each effective draw", "doubts": entry["doubts"]},
                "options": {"timer": "perf_counter", "warmup": True},
                "stats": _statistics([run["seconds"] / run["ess"] for run in entry["rounds"]]),
            }
            for label, entry, _ in timed(document)
        ],
        "datetime": document["created"],
        "version": "5.0.0",
    }


def _statistics(values: list[float]) -> dict[str, object]:
    ordered, mean = sorted(values), statistics.fmean(values)
    quartiles = statistics.quantiles(ordered, method="inclusive") if len(ordered) > 1 else ordered * 3
    spread = quartiles[2] - quartiles[0]
    low, high = quartiles[0] - 1.5 * spread, quartiles[2] + 1.5 * spread
    deviation = statistics.stdev(ordered) if len(ordered) > 1 else 0.0
    inside = [value for value in ordered if low <= value <= high]
    far = sum(abs(value - mean) > deviation for value in ordered)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": deviation,
        "rounds": len(ordered),
        "median": statistics.median(ordered),
        "iqr": spread,
        "q1": quartiles[0],
        "q3": quartiles[2],
        "iqr_outliers": len(ordered) - len(inside),
        "stddev_outliers": far,
        "outliers": f"{far};{len(ordered) - len(inside)}",
        "ld15iqr": inside[0],
        "hd15iqr": inside[-1],
        "ops": 1.0 / mean,
        "total": math.fsum(ordered),
        "data": values,
        "iterations": 1,
    }


def action_benchmark(document: BenchDocument) -> list[dict[str, object]]:
    """Return what github-action-benchmark reads with ``tool: customBiggerIsBetter``."""
    return [
        {
            "name": f"{label}, {entry['backend']}",
            "unit": "effective draws/s",
            "value": speed["median"],
            "range": _range(speed),
            "extra": "; ".join(entry["doubts"]),
        }
        for label, entry, speed in timed(document)
    ]


def _range(speed: IntervalDocument) -> str:
    return "" if speed["low"] is None else f"{speed['low']:.6g} to {speed['high']:.6g}"


def _parquet(document: BenchDocument) -> dict[str, bytes]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise BackendUnavailable("pyarrow cannot be imported", where=RUNS, mend=_MEND) from error
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(runs(document)), file)
    return {RUNS: file.getvalue()}


def _optional(
    make: Callable[[BenchDocument], dict[str, bytes]], document: BenchDocument, missing: list[str]
) -> dict[str, bytes]:
    try:
        return make(document)
    except BackendUnavailable as error:
        missing.append(str(error))
        return {}


def _json(value: object) -> bytes:
    return json_text(value).encode()

"""The columns of a benchmark's tables, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.output.bench.bench_documents import (
    CaseDocument,
    EntryDocument,
    IntervalDocument,
    RankDocument,
)
from pplcompare.validation.output.words import count, duration, wall_time

HEADINGS: Final = (
    *("ESS/s", "95 % interval", "to the fastest", "ESS/gradient", "error/sd", "run", "load", "build", "compile"),
    *("to 400 ESS", "memory"),
)
SPEEDS: Final = 4
"""How many of them are about speed; the others are error, seconds and memory."""
ERROR_AND_SPEEDS: Final = range(SPEEDS + 1)
"""The columns that a paper shows."""
COLD_HEADINGS: Final = ("cold compile", "cold to 400 ESS")
"""Columns that follow where something was started with empty caches."""


def was_cold(case: CaseDocument) -> bool:
    """Say whether anything of a case was started with empty caches."""
    return any(entry["cold"] is not None for entry in case["entries"])


def cells(entry: EntryDocument) -> list[str]:
    """Return what stands under `HEADINGS`: a speed only for what passed."""
    speed, start, run = entry["speed"], entry["start"], entry["run"]
    per_gradient, memory = entry["per_gradient"], entry["peak_memory"]
    phases = [None] * 3 if start is None else [start["load"], start["build"], start["compile"]]
    return [
        "–" if speed is None else count(speed["median"]),
        _interval(speed),
        _rank(entry["rank"]),
        number(None if per_gradient is None else per_gradient["median"], 2),
        number(None if entry["error"] is None else entry["error"]["median"], 2),
        "–" if run is None else wall_time(run["median"]),
        *map(duration, phases),
        _to_enough(entry["seconds_to_enough"]),
        "–" if memory is None else f"{memory / 2**20:,.0f} MiB",
    ]


def cold_cells(entry: EntryDocument) -> list[str]:
    """Return what stands under `COLD_HEADINGS`."""
    cold = entry["cold"]
    return [duration(None if cold is None else cold["compile"]), _to_enough(entry["seconds_to_enough_cold"])]


def ratio_and_interval(ratio: IntervalDocument) -> str:
    """Return a ratio with its interval."""
    return f"{ratio['median']:.2g} [{ratio['low']:.2g}, {ratio['high']:.2g}]"


def _interval(speed: IntervalDocument | None) -> str:
    if speed is None or speed["low"] is None:
        return "–"
    return f"{count(speed['low'])} – {count(speed['high'])}"


def _rank(rank: RankDocument) -> str:
    ratio = rank["ratio"]
    if ratio is None or ratio["low"] is None:
        return str(rank["standing"])
    return (
        f"{ratio_and_interval(ratio)} inconclusive" if rank["standing"] == "inconclusive" else ratio_and_interval(ratio)
    )


def _to_enough(seconds: Sequence[float] | None) -> str:
    if seconds is None:
        return "–"
    low, high = (wall_time(end) for end in seconds)
    return low if low == high else f"{low} – {high}"

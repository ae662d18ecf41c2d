"""Speeds over time: a file that each benchmark appends a line to, and what has become slower since.

A speed is compared with those of the same case, backend, machine and versions only. Up to five of the last runs are
compared together with those before them, by ranks: a slowdown is called where even the largest ratio that the ranks do
not exclude lies beyond it. The level is shared over the speeds and the numbers of last runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict, cast

from pplcompare.models.errors import DataError
from pplcompare.validation.bench.changes import Change, timed_entries
from pplcompare.validation.bench.precedence import Fall, fall
from pplcompare.validation.output.bench.bench_documents import (
    BenchDocument,
    EntryDocument,
    HistoryDocument,
    SinceDocument,
)
from pplcompare.validation.storage.line_file import LineKind

LEVEL: Final = 0.01
"""Probability that one run calls anything slower although nothing has changed."""
SLOWDOWN: Final = 1.1
"""How many times slower is a slowdown: less than between two benchmarks, since many runs say more."""
ENTRIES: Final = 20
"""How many runs before the last ones are looked at."""
LAST: Final = 5
"""The most last runs that are compared together."""

KIND: Final = "pplcompare bench history"
VERSION: Final = 1
_LINES: Final = LineKind(KIND, VERSION, "run of a benchmark", "bench")


class SpeedLine(TypedDict):
    """One speed of one run: effective draws per second."""

    case: str
    backend: str
    key: str
    speed: float


class RunLine(TypedDict):
    """One run, a line of the file."""

    kind: str
    version: int
    created: str
    pplcompare: str
    speeds: list[SpeedLine]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a slowdown is called."""

    slowdown: float = SLOWDOWN
    entries: int = ENTRIES
    level: float = LEVEL


RULE: Final = Rule()
"""The rule if nothing else is asked for."""


def line_of(document: BenchDocument) -> RunLine:
    """Return what a benchmark adds to a history: the speeds that are believed."""
    speeds: list[SpeedLine] = [
        {
            "case": label,
            "backend": entry["backend"],
            "key": _key(document, what, entry),
            "speed": entry["speed"]["median"],
        }
        for what, (label, entry) in timed_entries(document)
        if entry["speed"] is not None and not entry["doubts"]
    ]
    return {
        "kind": KIND,
        "version": VERSION,
        "created": document["created"],
        "pplcompare": document["pplcompare"],
        "speeds": speeds,
    }


def _key(document: BenchDocument, what: str, entry: EntryDocument) -> str:
    """Return what has to be equal: what was timed, broken or not, the machine, and the versions of the libraries.

    A backend's own distribution is what a history is kept of: its version may be another one in each run.
    """
    versions = {name: number for name, number in entry["versions"].items() if name != entry["registered"]}
    machine = [document["machine"]["processor"], document["machine"]["cores"], document["machine"]["python"]]
    parts = json.dumps([what, machine, versions, document["pplcompare"], document["mutant"]], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def read_history(path: Path) -> list[RunLine]:
    """Return the runs of a file in their order; none if there is no file.

    Raises
    ------
    DataError
        If a line is none of ours.
    """
    return [_read(line, where) for where, line in _LINES.lines(path)]


def _read(line: dict[str, object], where: str) -> RunLine:
    speeds = line.get("speeds")
    if not isinstance(speeds, list) or not all(_is_speed(each) for each in speeds):
        raise DataError("its speeds cannot be read", where=where, seen=line, mend=_LINES.mend)
    return cast("RunLine", line)


def _is_speed(value: object) -> bool:
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("case", "backend", "key")):
        return False
    speed = value.get("speed")
    return isinstance(speed, int | float) and not isinstance(speed, bool) and 0 < speed < float("inf")


def since(runs: Sequence[RunLine], rule: Rule) -> list[SinceDocument]:
    """Return what has become of each speed of the last run."""
    last = runs[-1]["speeds"]
    each = rule.level / (max(len(last), 1) * LAST)
    return [_since(speed, _series(runs, speed["key"]), rule, each) for speed in last]


def history_document(file: str, runs: Sequence[RunLine], rule: Rule) -> HistoryDocument:
    """Return a history that ends with the last run, and what has become slower."""
    return {
        "file": file,
        "runs": len(runs),
        "slowdown": rule.slowdown,
        "entries": rule.entries,
        "level": rule.level,
        "changes": since(runs, rule),
    }


def _series(runs: Sequence[RunLine], key: str) -> list[float]:
    return [speed["speed"] for run in runs for speed in run["speeds"] if speed["key"] == key]


def _since(speed: SpeedLine, series: Sequence[float], rule: Rule, level: float) -> SinceDocument:
    falls = list(_falls(series, rule, level))
    if not falls:
        change, found = Change.INCONCLUSIVE, None
    else:
        found = min(falls, key=lambda each: each.most)
        change = Change.SLOWER if found.most < 1.0 / rule.slowdown else Change.NOT_SLOWER
    return {
        "case": speed["case"],
        "backend": speed["backend"],
        "change": change.value,
        "runs": len(series),
        "last": None if found is None else found.new,
        "ratio": None if found is None else found.ratio,
        "most": None if found is None else found.most,
    }


def _falls(series: Sequence[float], rule: Rule, level: float) -> Iterator[Fall]:
    for new in range(1, LAST + 1):
        before = series[:-new][-rule.entries :]
        if (found := fall(before, series[-new:], level)) is not None:
            yield found

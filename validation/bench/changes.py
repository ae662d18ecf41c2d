"""What has become slower: two benchmarks of the same thing, an old and a new one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, cast

from pplcompare.models.errors import DataError, UsageError
from pplcompare.validation.bench.bench_document import KIND, SCHEMA_VERSION
from pplcompare.validation.bench.median_interval import MedianInterval, separate_ratio
from pplcompare.validation.output.bench.bench_documents import BenchDocument, EntryDocument, IntervalDocument
from pplcompare.validation.storage.names import INDEX
from pplcompare.validation.study.verdict import ExitCode

SLOWDOWN: Final = 1.25
"""How many times slower is a slowdown, if nothing else is asked for."""


class Change(StrEnum):
    """What became of a speed."""

    SLOWER = "slower"
    """The whole interval lies beyond the stated slowdown."""
    NOT_SLOWER = "not slower"
    """The whole interval lies on this side of it."""
    INCONCLUSIVE = "inconclusive"
    LOST = "no speed any more"
    NEW = "no speed before"
    ONLY_OLD = "only in OLD"
    """There is an old speed, and the new benchmark has nothing of the kind."""
    ONLY_NEW = "only in NEW"


_MISSED: Final = frozenset({Change.LOST, Change.ONLY_OLD})


@dataclass(frozen=True, slots=True)
class Changed:
    """One case on one backend in both benchmarks, or in one of them.

    Attributes
    ----------
    ratio
        New speed in units of the old one; None where one of them is missing.
    """

    case: str
    backend: str
    change: Change
    ratio: MedianInterval | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two benchmarks say together; true if nothing is slower, lost or left out.

    Attributes
    ----------
    differences
        Circumstances that are not the same, a sentence each.
    """

    slowdown: float
    changes: tuple[Changed, ...]
    differences: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """A slowdown fails; a speed that is there no more is incomplete; what is inconclusive does not fail."""
        found = {changed.change for changed in self.changes}
        if Change.SLOWER in found:
            return ExitCode.FAILED
        return ExitCode.INCOMPLETE if found & _MISSED else ExitCode.PASSED

    @property
    def passed(self) -> bool:
        """Whether nothing is slower, lost or left out."""
        return self.exit_code is ExitCode.PASSED

    def __bool__(self) -> bool:
        return self.passed


def compare(old: BenchDocument, new: BenchDocument, slowdown: float = SLOWDOWN) -> Comparison:
    """Compare what both benchmarks have: the same counts, model, form, backend and settings; name all other speeds.

    Raises
    ------
    UsageError
        If they have nothing in common.
    """
    if not slowdown >= 1.0:
        raise UsageError("must be at least 1", where="--slowdown", seen=slowdown)
    before, after = dict(timed_entries(old)), dict(timed_entries(new))
    common = [key for key in before if key in after]
    if not common:
        raise UsageError("nothing in common", where="--compare", mend="compare benchmarks of the same data and models")
    changes = [_changed(*before[key], after[key][1], slowdown) for key in common]
    changes += [*_only(Change.ONLY_OLD, before, after), *_only(Change.ONLY_NEW, after, before)]
    return Comparison(slowdown, tuple(changes), tuple(_differences(old, new)))


def read_bench(path: str) -> BenchDocument:
    """Read a benchmark's results, a folder or its `results.json`.

    Raises
    ------
    DataError
        If it is none.
    """
    file = Path(path) / INDEX if Path(path).is_dir() else Path(path)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except ValueError as error:
        raise DataError("no JSON", where=str(file), seen=str(error)) from error
    if not isinstance(found, dict) or (found.get("kind"), found.get("schema_version")) != (KIND, SCHEMA_VERSION):
        raise DataError("no benchmark of this version", where=str(file), mend="name a folder that `bench` wrote")
    return cast("BenchDocument", found)


def timed_entries(document: BenchDocument) -> Iterator[tuple[str, tuple[str, EntryDocument]]]:
    """Yield key, label and entry; the key tells what was timed, not how it is called."""
    for case in document["cases"]:
        for entry in case["entries"]:
            data = {key: value for key, value in document["data"][entry["data"]].items() if key != "seed"}
            where = document["axis"], case["size"]  # of simulated counts the recipe is the same at every size
            parts = [data, where, document["models"][entry["model"]], entry["form"], entry["backend"], case["settings"]]
            yield json.dumps(parts, sort_keys=True), (case["label"], entry)


def _changed(label: str, old: EntryDocument, new: EntryDocument, slowdown: float) -> Changed:
    backend = new["backend"]
    if old["speed"] is None:
        return Changed(label, backend, Change.NEW, reason=old["reason"])
    if new["speed"] is None:
        return Changed(label, backend, Change.LOST, reason=new["reason"])
    ratio = separate_ratio(_read(new["speed"]), _read(old["speed"]))
    named = [(f"{which}: {doubt}") for which, entry in (("old", old), ("new", new)) for doubt in entry["doubts"]]
    if named or ratio.low is None or ratio.high is None:
        return Changed(label, backend, Change.INCONCLUSIVE, ratio, "; ".join(named) or "too few rounds")
    if ratio.high < 1.0 / slowdown:
        return Changed(label, backend, Change.SLOWER, ratio)
    return Changed(label, backend, Change.NOT_SLOWER if ratio.low >= 1.0 / slowdown else Change.INCONCLUSIVE, ratio)


def _only(change: Change, these: Mapping[str, tuple[str, EntryDocument]], others: Collection[str]) -> Iterator[Changed]:
    """Yield the speeds that one of two benchmarks has alone."""
    for key, (label, entry) in these.items():
        if key not in others and entry["speed"] is not None:
            yield Changed(label, entry["backend"], change)


def _read(interval: IntervalDocument) -> MedianInterval:
    return MedianInterval(*(cast("float", interval[end]) for end in ("median", "low", "high", "coverage")))


def _differences(old: BenchDocument, new: BenchDocument) -> Iterator[str]:
    for which, document in (("old", old), ("new", new)):
        if document.get("interrupted"):
            yield f"The {which} benchmark was interrupted after round {document['rounds']}."
        if document["mutant"] is not None:
            yield f"The backends of the {which} benchmark were broken on purpose: {document['mutant']}."
    for what in ("system", "processor", "cores", "python"):
        before, after = old["machine"][what], new["machine"][what]
        if before != after:
            yield f"Another {what}: {after}, before {before}."
    for name, versions in _versions(new).items():
        for library, number in versions.items():
            if (before := _versions(old).get(name, {}).get(library, number)) != number:
                yield f"{name}: {library} {number}, before {before}."


def _versions(document: BenchDocument) -> dict[str, Mapping[str, str]]:
    return {entry["backend"]: entry["versions"] for case in document["cases"] for entry in case["entries"]}

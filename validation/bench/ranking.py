"""Which backend is faster: ratios of speeds of the same rounds, to that of the fastest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pplcompare.validation.bench.entry import Entry
from pplcompare.validation.bench.median_interval import MedianInterval, ratio_interval
from pplcompare.validation.wrapped.exact_backend import ExactBackend


class Standing(StrEnum):
    """What is said of a speed."""

    LIMIT = "limit"
    """The speed belongs to draws from the exact posterior itself, which is no contestant."""
    FASTEST = "fastest"
    REFERENCE = "reference"
    """The fastest of those whose seconds can be believed, where not all can."""
    SLOWER = "slower"
    INCONCLUSIVE = "inconclusive"
    NONE = "no speed"


@dataclass(frozen=True, slots=True)
class Rank:
    """Where one entry stands among those of its case.

    Attributes
    ----------
    ratio
        Speed in units of the fastest backend's, round by round.
    """

    standing: Standing
    ratio: MedianInterval | None = None
    to: str | None = None


def ranking(entries: Sequence[Entry]) -> list[Rank]:
    """Return the rank of each entry of one case; the median decides which is the fastest."""
    speeds = [entry.speed.median if _ranked(entry) and entry.speed else 0.0 for entry in entries]
    if not any(speeds):
        return [Rank(_unranked(entry)) for entry in entries]
    fastest = entries[speeds.index(max(speeds))]
    decided = all(entry.row.backend == ExactBackend.name or not entry.doubts for entry in entries if entry.passed)
    first = Rank(Standing.FASTEST if decided else Standing.REFERENCE)
    return [first if entry is fastest else _rank(entry, fastest) for entry in entries]


def _ranked(entry: Entry) -> bool:
    return _unranked(entry) is Standing.NONE and entry.passed and bool(entry.runs)


def _unranked(entry: Entry) -> Standing:
    if entry.passed and entry.doubts:
        return Standing.INCONCLUSIVE
    return Standing.LIMIT if entry.passed and entry.row.backend == ExactBackend.name else Standing.NONE


def _rank(entry: Entry, fastest: Entry) -> Rank:
    if not _ranked(entry):
        return Rank(_unranked(entry))
    one, other = ([run.ess / run.seconds for run in each.runs] for each in (entry, fastest))
    ratio = ratio_interval(one, other)
    standing = Standing.SLOWER if ratio.excludes(1.0) and ratio.median < 1.0 else Standing.INCONCLUSIVE
    return Rank(standing, ratio, fastest.row.backend)

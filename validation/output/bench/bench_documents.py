"""What `bench` writes as JSON, typed: `results.json`, and the comparison of two benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pplcompare.validation.output.documents import (
    FitDocument,
    SecondsDocument,
    SettingsDocument,
)
from pplcompare.validation.study.machine import Machine


class IntervalDocument(TypedDict):
    """A median and an interval that covers it with probability `coverage`; without ends where values are too few."""

    median: float
    low: float | None
    high: float | None
    coverage: float


class StartDocument(TypedDict):
    """Seconds before the first transition, in a process of its own; `wall` is their sum."""

    load: SecondsDocument
    build: SecondsDocument | None
    compile: SecondsDocument | None
    wall: float


class SingleRunDocument(TypedDict):
    """A timed run; `call` are the wall seconds by the harness's own clock.

    `error` is the root mean square, over all parameters that are watched, of the error of a mean in posterior standard
    deviations, and `largest_error` that of the parameter `furthest`; null where no standard deviation is finite and
    certified.
    """

    seed: int
    call: float
    run: SecondsDocument | None
    warmup: SecondsDocument | None
    sampling: SecondsDocument | None
    transfer: SecondsDocument | None
    bulk: float
    tail: float
    spread: float
    slowest: str
    gradients: int | None
    bytes: int
    error: float | None
    furthest: str | None
    largest_error: float | None


class TimedRunDocument(SingleRunDocument):
    """A timed run as all are, with its least effective sample size and its wall seconds."""

    ess: float
    seconds: float


class RankDocument(TypedDict):
    """Where an entry stands among those of its case; `ratio` is its speed in units of the backend `to`."""

    standing: str
    ratio: IntervalDocument | None
    to: str | None


class UnrankedDocument(FitDocument):
    """One case on one backend; speeds are null unless it passed.

    `single` is a run of one chain, `half` one of half the length: null unless much of a run did not depend on the
    number of chains.
    """

    data: str
    form: str
    start: StartDocument | None
    cold: StartDocument | None
    rounds: list[TimedRunDocument]
    single: SingleRunDocument | None
    half: SingleRunDocument | None
    peak_memory: int | None
    doubts: list[str]
    speed: IntervalDocument | None
    speed_after_start: IntervalDocument | None
    speed_after_cold_start: IntervalDocument | None
    per_gradient: IntervalDocument | None
    error: IntervalDocument | None
    seconds_to_enough: Sequence[float] | None
    seconds_to_enough_cold: Sequence[float] | None
    run: IntervalDocument | None
    cpu: IntervalDocument | None


class EntryDocument(UnrankedDocument):
    """One case on one backend, with its rank."""

    rank: RankDocument


class CaseDocument(TypedDict):
    """One model on one data set in one form; `size` is null where nothing grows."""

    label: str
    form: str
    size: int | None
    settings: SettingsDocument
    entries: list[EntryDocument]


class BenchDataDocument(TypedDict):
    """The counts, or how so many groups were simulated."""

    group: NotRequired[list[str]]
    n: NotRequired[list[int]]
    k: NotRequired[list[int]]
    recipe: NotRequired[str]
    groups: NotRequired[int]


class UsageDocument(TypedDict):
    """What a backend's process used: CPU seconds, bytes, numbers of cores, variables that limit threads."""

    cpu: float
    peak_memory: int
    cores: list[int]
    threads: Mapping[str, str]


class GainDocument(TypedDict):
    """The speed of a model without its rates, in units of its speed with them."""

    data: str
    model: str
    backend: str
    ratio: IntervalDocument


class SinceDocument(TypedDict):
    """What has become of a speed over time.

    `runs` counts those with the same machine and versions, this one included; of the `last` of them `ratio` is the
    median speed in units of that before, and `most` the largest ratio that the ranks do not exclude; null where the
    runs are too few.
    """

    case: str
    backend: str
    change: str
    runs: int
    last: int | None
    ratio: float | None
    most: float | None


class HistoryDocument(TypedDict):
    """A history that ends with this benchmark; `level` is the probability of calling anything slower that is not."""

    file: str
    runs: int
    slowdown: float
    entries: int
    level: float
    changes: list[SinceDocument]


class BenchDocument(TypedDict):
    """`results.json` of a benchmark."""

    schema_version: int
    kind: str
    pplcompare: str
    created: str
    exit_code: int
    interrupted: bool
    seed: int
    rounds: int
    enough: float
    settings: SettingsDocument
    mutant: str | None
    machine: Machine
    processes: Mapping[str, UsageDocument]
    axis: str | None
    data: Mapping[str, BenchDataDocument]
    models: Mapping[str, str]
    gains: list[GainDocument]
    cases: list[CaseDocument]
    history: NotRequired[HistoryDocument]


class ChangedDocument(TypedDict):
    """One case on one backend in two benchmarks; `ratio` is the new speed in units of the old one."""

    case: str
    backend: str
    change: str
    ratio: IntervalDocument | None
    reason: str


class ChangesDocument(TypedDict):
    """What ``bench --compare --json`` prints."""

    slowdown: float
    changes: list[ChangedDocument]
    differences: list[str]
    exit_code: int

"""The benchmark: everything is checked first, then timed in interleaved rounds, one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from pplcompare.models.errors import BackendError, BackendUnavailable, UsageError
from pplcompare.validation.bench.case import Case
from pplcompare.validation.bench.contestant import Contestant, started
from pplcompare.validation.bench.entry import Entry, Start
from pplcompare.validation.bench.usage import Usage
from pplcompare.validation.output.bench.bench_pictures import bench_pictures
from pplcompare.validation.pictures.plots import PlotFigure, plotted_figure
from pplcompare.validation.study.chosen_backends import Backends, OpenBackend
from pplcompare.validation.study.fit_result import FitResult, words
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.tally import Announce, Tally
from pplcompare.validation.study.verdict import Verdict

ROUNDS: Final = 6
"""The fewest that give an interval of a median with 95 % coverage."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The finished benchmark.

    Attributes
    ----------
    entries
        The entries of all backends, case by case in their order.
    usage
        Backend -> what its process had used at the end.
    interrupted
        Whether there were to be more rounds than these.
    """

    cases: Sequence[Case]
    rounds: int
    entries: tuple[Entry, ...]
    usage: dict[str, Usage]
    interrupted: bool = False

    def plot(self) -> PlotFigure:
        """Draw speeds and their ratios to the fastest, with intervals, of what passed.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        UsageError
            If nothing has a speed.
        """
        from pplcompare.validation.bench.bench_document import bench_document

        itself: Any = self
        pictures = bench_pictures(bench_document(itself, (), machine(), seed=self.cases[0].plan.seed))
        if not pictures:
            raise UsageError(
                "nothing has a speed", where="plot", seen=[str(entry.row.verdict) for entry in self.entries]
            )
        return plotted_figure(pictures[0].drawing)


type KeepBench = Callable[[Bench], None]
"""Is given the benchmark so far, after each of its rounds but the last."""


def keep_nothing(_bench: Bench) -> None:
    """Keep nothing."""


def carry_out_bench(
    cases: Sequence[Case],
    backends: Backends,
    announce: Announce,
    *,
    rounds: int = ROUNDS,
    keep: KeepBench = keep_nothing,
) -> Bench:
    """Check every case on every backend, then time what passed.

    Parameters
    ----------
    backends
        Each is opened in a process of its own; all stay open, and one at a time is asked for something. Where they can
        be opened with empty caches, the seconds of a first start are measured, too.
    keep
        The function that is called with the benchmark so far after each round but the last, while nothing is timed.
    """

    def entries() -> tuple[Entry, ...]:
        return tuple(_entry(one, number, case) for number, case in enumerate(cases) for one in found.values())

    def after_round(done: int) -> None:
        if done < rounds:
            keep(Bench(cases, done, entries(), {}, interrupted=True))

    checks = Tally("check", len(backends.names) * len(cases), announce)
    with ExitStack() as stack:
        found = {name: _prepared(name, cases, stack, backends.open, checks) for name in backends.names}
        present = [one for one in found.values() if isinstance(one, Contestant)]
        _run_rounds(present, cases, rounds, announce, after_round)
        usage = {one.backend.name: used for one in present if (used := one.usage) is not None}
    timed = entries()
    if backends.open_cold is not None:
        starts = Tally("cold start", sum(entry.passed for entry in timed), announce)
        timed = tuple(_with_cold_start(entry, backends.open_cold, starts) if entry.passed else entry for entry in timed)
    return Bench(cases, rounds, timed, usage)


def _prepared(
    name: str, cases: Sequence[Case], stack: ExitStack, open_backend: OpenBackend, checks: Tally
) -> Contestant | FitResult:
    """Return a backend that has been checked on all cases; a row that says why where there is none."""
    try:
        contestant = started(name, stack, open_backend)
    except BackendError as error:
        checks.leave_out(len(cases))
        if isinstance(error, BackendUnavailable):
            return FitResult("", name, Verdict.UNAVAILABLE, str(error))
        return FitResult("", name, Verdict.INCOMPLETE, words(error))
    for case in cases:
        with checks.step() as announce:
            contestant.prepare(case, announce)
    return contestant


def _run_rounds(
    present: Sequence[Contestant],
    cases: Sequence[Case],
    rounds: int,
    announce: Announce,
    after_round: Callable[[int], None],
) -> None:
    """Run everything once a round, in an order of its own: what disturbs the machine disturbs all alike."""
    everything = [(one, number) for one in present for number in range(len(one.entries))]
    order = np.random.default_rng(cases[0].plan.seed)
    label = cases[0].label if len(cases) == 1 else ""
    tally = Tally("round", rounds, announce, alike=True)
    for round_ in range(rounds + 1):
        with tally.step() if round_ < rounds else nullcontext(announce) as told:
            told(label if round_ < rounds else "one chain each: is anything fixed in the times?")
            for index in order.permutation(len(everything)):
                one, number = everything[index]
                if not one.entries[number].passed:
                    continue
                if round_ < rounds:
                    one.run(number, round_)
                else:
                    one.run_single(number)
        after_round(round_ + 1)


def _entry(found: Contestant | FitResult, number: int, case: Case) -> Entry:
    if isinstance(found, Contestant):
        return found.entries[number]
    return Entry(case, replace(found, model=case.exact.model.name))


def _with_cold_start(entry: Entry, open_backend: OpenBackend, starts: Tally) -> Entry:
    """Start the backend once more, with empty caches, for the first run of one case."""
    case, name = entry.case, entry.row.backend
    with starts.step() as announce:
        announce(f"{name}, {case.label}: starting with empty caches")
        try:
            with ExitStack() as stack:
                one = started(name, stack, open_backend)
                task = case.task
                program = task.clothed(one.backend).compile(task.structure, task.inputs.sizes)
                timing = program.sample(task.inputs, case.plan.settings, case.plan.seed).timing
        except BackendError as error:
            announce(f"{name}, {case.label}: no cold start ({words(error)})")
            return entry
    return replace(entry, cold=Start(one.load, timing.build, timing.compile))

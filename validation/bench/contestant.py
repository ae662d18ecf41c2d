"""One opened backend on all cases: prepared and checked first, then run whenever its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from pplcompare.backends.fit import Seconds, Stopwatch
from pplcompare.backends.protocol import Backend, Program, Status
from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.bench.case import Case
from pplcompare.validation.bench.clock import same_for_one_chain
from pplcompare.validation.bench.entry import Entry, Start
from pplcompare.validation.bench.measurement import Measurement, measurement, timed_call
from pplcompare.validation.bench.usage import Accountable, Usage
from pplcompare.validation.study.chosen_backends import OpenBackend
from pplcompare.validation.study.fit_result import looked_at, ready, words
from pplcompare.validation.study.plan import derived_seed
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.study.verdict import Verdict


class Contestant:
    """A backend and its entries, one for each case.

    Parameters
    ----------
    load
        Seconds from the start of its process until the library was imported.
    """

    def __init__(self, backend: Backend, status: Status, load: Seconds) -> None:
        self.backend, self.status, self.load = backend, status, load
        self.entries: list[Entry] = []
        self._programs: list[Program | None] = []

    @property
    def usage(self) -> Usage | None:
        """What its process has used; None where it has none of its own, or cannot say."""
        try:
            return self.backend.usage() if isinstance(self.backend, Accountable) else None
        except BackendError:
            return None

    def prepare(self, case: Case, announce: Announce) -> None:
        """Compile and check. The run that is checked is not timed: what is compiled late is compiled there."""
        backend, task = case.task.clothed(self.backend), case.task
        compiled = task.structure, task.inputs
        one = ready(case.plan, backend, case.exact, self.status, announce, compiled=compiled, predicts=False)
        row = looked_at(one, task.examine, announce)
        start = None
        if row.fit is not None:
            start = Start(self.load, row.fit.timing.build, row.fit.timing.compile)
            row = replace(row, fit=replace(row.fit, draws={}, statistics={}))
        self.entries.append(self._measured(Entry(case, row, start)))
        self._programs.append(one.program)

    def run(self, number: int, round_: int) -> None:
        """Add a timed run of one case."""
        self._add(number, lambda entry: replace(entry, runs=(*entry.runs, self._timed(number, f"round {round_}"))))

    def run_single(self, number: int) -> None:
        """Add a run of one chain, where the others have more, and one of half the length, if that says too little."""
        settings = self.entries[number].case.plan.settings
        if settings.chains > 1:
            self._add(number, lambda entry: replace(entry, single=self._timed(number, "one chain", chains=1)))
        if self.entries[number].runs and same_for_one_chain(self.entries[number].timed):
            shorter = {"warmup": max(settings.warmup // 2, 1), "draws": max(settings.draws // 2, 1)}
            self._add(number, lambda entry: replace(entry, half=self._timed(number, "half the length", **shorter)))

    def _add(self, number: int, change: Callable[[Entry], Entry]) -> None:
        entry = self.entries[number]
        try:
            self.entries[number] = self._measured(change(entry))
        except BackendError as error:
            row = replace(entry.row, verdict=Verdict.INCOMPLETE, reason=words(error))
            self.entries[number] = replace(entry, row=row, runs=(), single=None, half=None)

    def _measured(self, entry: Entry) -> Entry:
        usage = self.usage
        return entry if usage is None else replace(entry, peak_memory=usage.peak_memory)

    def _timed(self, number: int, occasion: str, **changes: int) -> Measurement:
        case, program = self.entries[number].case, self._programs[number]
        assert program is not None
        inputs, settings = case.task.inputs, replace(case.plan.settings, **changes)
        seed = derived_seed(case.plan.seed, case.exact.model.name, self.backend.name, case.form, occasion)
        if changes:  # other settings may be another program; `prepare` would compile predictions, too
            program.sample(inputs, settings, seed)
        fit, call = timed_call(program, inputs, settings, seed)
        return measurement(case.task.watched, case.exact, fit, call)


def started(name: str, stack: ExitStack, open_backend: OpenBackend) -> Contestant:
    """Open a backend until the end of `stack`, and time it until its library is imported.

    Raises
    ------
    BackendUnavailable
        If something that it needs is missing.
    """
    with Stopwatch() as watch:
        backend = stack.enter_context(open_backend(name))
        status = backend.status()
    if not status.available:
        raise BackendUnavailable(status.problem, mend=status.mend)
    cpu = backend.usage().cpu if isinstance(backend, Accountable) else watch.seconds.cpu
    return Contestant(backend, status, Seconds(watch.seconds.wall, cpu))

"""The batches of a calibration that are missing, done here or wherever an executor does them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

from pplcompare.models.errors import BackendError, StorageError
from pplcompare.validation.calibrate.batch_store import BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import PlanEntry
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batch_job import BatchOrder, batch_job, close_workers
from pplcompare.validation.study.fit_result import words
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.tally import Announce, Tally

type Failures = dict[PlanEntry, str]
"""Why the batches of an entry could not all be done."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the batches.

    Attributes
    ----------
    workers
        The limits of each worker.
    jobs
        How many work at the same time here.
    executor
        Who works instead, in processes that see the store under the same path; None for this process.
    """

    workers: Workers
    jobs: int = 1
    executor: Executor | None = None


def do_batches(store: BatchStore, units: Sequence[Unit], hands: Hands, announce: Announce) -> Failures:
    """Do batches and see to it that each is in the store; return what could not be done.

    Raises
    ------
    StorageError
        If a result is not to be seen here, or is another one than was told.
    """
    tally = Tally("batch", len(units), announce)
    failures: Failures = {}
    do = _here if hands.executor is None else _elsewhere
    for unit, told in do(store, units, hands, tally, failures):
        if isinstance(told, BackendError):
            failures.setdefault(unit.entry, f"batch {unit.batch}: {words(told)}")
        elif store.hash_of(unit) != told:
            what = f"batch {unit.batch} of {unit.entry.engine} is not as it was told"
            raise StorageError(what, where=str(store.folder), mend="let all workers see this folder, by the same path")
    return failures


type _Done = Iterator[tuple[Unit, str | BackendError]]
type _Do = Callable[[BatchStore, Sequence[Unit], Hands, Tally, Failures], _Done]


def _here(store: BatchStore, units: Sequence[Unit], hands: Hands, tally: Tally, failures: Failures) -> _Done:
    def done(unit: Unit) -> tuple[Unit, str | BackendError | None]:
        with tally.step() as announce:
            announce(f"{unit.entry.engine}, {unit.entry.model}")
            if unit.entry in failures:  # what comes after a gap is not counted
                return unit, None
            try:
                return unit, batch_job(_order(store, unit, hands.workers))
            except BackendError as error:
                return unit, error

    try:
        for unit, told in side_by_side(done, units, hands.jobs):
            if told is not None:
                yield unit, told
    finally:
        close_workers()


def _elsewhere(store: BatchStore, units: Sequence[Unit], hands: Hands, tally: Tally, _failures: Failures) -> _Done:
    assert hands.executor is not None
    futures = {hands.executor.submit(batch_job, _order(store, unit, hands.workers)): unit for unit in units}
    try:
        for future in as_completed(futures):
            unit = futures[future]
            with tally.step() as announce:
                announce(f"{unit.entry.engine}, {unit.entry.model}")
            error = future.exception()
            if error is not None and not isinstance(error, BackendError):
                raise error
            yield unit, future.result() if error is None else error
    finally:
        for future in futures:
            future.cancel()


def _order(store: BatchStore, unit: Unit, workers: Workers) -> str:
    limits = workers.time_limit, workers.memory_limit
    folder = str(store.folder.absolute())
    return BatchOrder(folder, unit.entry.model, unit.entry.engine, unit.batch, *limits).text()

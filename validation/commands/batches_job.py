"""The batches of a calibration that are missing, done here or wherever an executor does them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass

from pplcompare.models.errors import BackendError, PplCompareError, StorageError, WorkerFailure
from pplcompare.validation.calibrate.batch_store import BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import PlanEntry
from pplcompare.validation.calibrate.unit_queue import UnitQueue
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batch_job import OPEN, BatchOrder, batch_job
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
    if hands.executor is not None:
        return _elsewhere(store, units, hands, hands.executor, tally)
    return _here(store, units, hands, tally)


def _here(store: BatchStore, units: Sequence[Unit], hands: Hands, tally: Tally) -> Failures:
    """Do them in threads, each of which waits for a worker."""
    queue = UnitQueue(units)
    failures: Failures = {}

    def serve(_hand: int) -> None:
        engine = None
        while (unit := queue.take(engine)) is not None:
            engine = unit.entry.engine
            with tally.step() as announce:
                announce(f"{engine}, {unit.entry.model}")
                if unit.entry in failures:  # what comes after a gap is not counted
                    continue
                try:
                    _check(store, unit, batch_job(_order(store, unit, hands.workers)))
                except BackendError as error:
                    failures.setdefault(unit.entry, _why(unit, error))

    try:
        for _ in side_by_side(serve, range(hands.jobs), hands.jobs):
            pass
    finally:
        OPEN.close()
    return failures


def _elsewhere(store: BatchStore, units: Sequence[Unit], hands: Hands, executor: Executor, tally: Tally) -> Failures:
    # This process does no batch: what the pilot has left open would wait for nothing.
    OPEN.close()
    failures: Failures = {}
    futures = {executor.submit(batch_job, _order(store, unit, hands.workers)): unit for unit in units}
    try:
        for future in as_completed(futures):
            unit = futures[future]
            with tally.step() as announce:
                announce(f"{unit.entry.engine}, {unit.entry.model}")
                try:
                    _check(store, unit, _told(future))
                except BackendError as error:
                    failures.setdefault(unit.entry, _why(unit, error))
    finally:
        for future in futures:
            future.cancel()
    return failures


def _told(future: Future[str]) -> str:
    """Return what a batch job told; what ends one that is none of our errors is a loss, as that of a worker is."""
    try:
        return future.result()
    except (PplCompareError, OSError):
        raise
    except CancelledError as error:
        raise WorkerFailure("given up by its executor, whose workers may be gone") from error
    except Exception as error:
        raise WorkerFailure(f"lost by its executor ({type(error).__name__}: {error})") from error


def _check(store: BatchStore, unit: Unit, told: str) -> None:
    if store.hash_of(unit) != told:
        what = f"batch {unit.batch} of {unit.entry.engine} is not as it was told"
        raise StorageError(what, where=str(store.folder), mend="let all workers see this folder, by the same path")


def _why(unit: Unit, error: BackendError) -> str:
    return f"batch {unit.batch}: {words(error)}"


def _order(store: BatchStore, unit: Unit, workers: Workers) -> str:
    limits = workers.time_limit, workers.memory_limit
    folder = str(store.folder.absolute())
    return BatchOrder(folder, unit.entry.model, unit.entry.engine, unit.batch, *limits).text()

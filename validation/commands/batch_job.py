"""One batch of a calibration, wherever it is done: a text goes in, the hash of its ranks comes out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import util
from pathlib import Path
from typing import Final

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import FINAL, BackendUnavailable, UsageError, WorkerFailure
from pplcompare.validation.calibrate.batch_store import BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.machine import machine

# Of workers: one of each engine, where there are not many engines.
_MOST_IDLE: Final = 4
# Processes that may crash or fall silent over one batch.
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What a batch job is asked for; its limits are those of `Workers`."""

    store: str
    model: str
    engine: str
    batch: int
    time_limit: float | None = None
    memory_limit: float | None = None

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))


class OpenWorkers:
    """Workers that stay open from one batch to the next: what a library compiles takes longer than a batch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []

    @contextmanager
    def borrowed(self, engine: str, workers: Workers) -> Iterator[RemoteBackend]:
        """Give a worker of this engine that nobody else has; one that raises anything is ended."""
        found = self._taken(engine, workers)
        try:
            yield found.backend
        except BaseException:
            found.stack.close()
            raise
        with self._lock:
            self._idle.append(found)

    def _taken(self, engine: str, workers: Workers) -> _Idle:
        with self._lock:
            for at, one in enumerate(self._idle):
                if (one.engine, one.workers) == (engine, workers):
                    return self._idle.pop(at)
            gone, self._idle = self._idle[:-_MOST_IDLE], self._idle[-_MOST_IDLE:]
        for one in gone:
            one.stack.close()
        stack = ExitStack()
        backend = stack.enter_context(workers.opened(engine))
        assert isinstance(backend, RemoteBackend)
        return _Idle(engine, workers, backend, stack)

    def close(self) -> None:
        """End all workers that nobody has."""
        with self._lock:
            gone, self._idle = self._idle, []
        for one in gone:
            one.stack.close()


@dataclass(frozen=True, slots=True)
class _Idle:
    """A worker that nobody has."""

    engine: str
    workers: Workers
    backend: RemoteBackend
    stack: ExitStack


OPEN: Final = OpenWorkers()
"""The workers of this process."""
# Processes of a pool do not run what `atexit` holds.
util.Finalize(None, OPEN.close, exitpriority=10)


def check_engine(backend: Backend, engine: str, plan: CalibrationPlan) -> None:
    """Refuse an engine whose ranks might differ from those of the plan's."""
    status = backend.status()
    if not status.available:
        raise BackendUnavailable(status.problem, where=engine, mend=status.mend)
    mend = "begin another calibration, or use the machine and the versions of this one"
    if dict(status.versions) != dict(plan.versions[engine]):
        raise UsageError("other versions than the plan has", where=engine, seen=dict(status.versions), mend=mend)
    if (processor := machine()["processor"]) != plan.processor:
        raise UsageError(f"another processor than the plan has ({plan.processor})", seen=processor, mend=mend)


def batch_job(order: str) -> str:
    """Carry out one batch and write it into its store.

    Parameters
    ----------
    order
        The text of a `BatchOrder`.

    Returns
    -------
    str
        The hash of its ranks.

    Raises
    ------
    BackendError
        If a fit has no result.
    StorageError
        If the store is not what was expected, or cannot be written.
    """
    asked = BatchOrder(**json.loads(order))
    store = BatchStore.open(Path(asked.store))
    chosen = (entry for entry in store.plan.sampled if (entry.model, entry.engine) == (asked.model, asked.engine))
    unit = Unit(next(chosen), asked.batch)
    workers = Workers(asked.time_limit, asked.memory_limit)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _written(store, unit, workers)
        except WorkerFailure as failure:  # ranks are the same in another process
            if failure.what.startswith(FINAL):
                raise
    return _written(store, unit, workers)


def _written(store: BatchStore, unit: Unit, workers: Workers) -> str:
    with OPEN.borrowed(unit.entry.engine, workers) as backend:
        check_engine(backend, unit.entry.engine, store.plan)
        return store.write(unit, backend.ranked(store.plan, unit.entry, unit.batch))

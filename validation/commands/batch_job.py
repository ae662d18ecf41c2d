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
from pplcompare.models.errors import BackendUnavailable, UsageError
from pplcompare.validation.calibrate.batch_store import BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.machine import machine


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
    """Workers that stay open from one batch to the next; those of other engines end before another one starts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, Workers], list[tuple[Backend, ExitStack]]] = {}

    @contextmanager
    def borrowed(self, engine: str, workers: Workers, plan: CalibrationPlan) -> Iterator[Backend]:
        """Give a worker of this engine that nobody else has.

        Raises
        ------
        UsageError
            If it is another version, or runs on another processor, than the plan has.
        """
        backend, stack = self._taken(engine, workers)
        try:
            check_engine(backend, engine, plan)
            yield backend
        except BaseException:
            stack.close()
            raise
        with self._lock:
            self._idle.setdefault((engine, workers), []).append((backend, stack))

    def _taken(self, engine: str, workers: Workers) -> tuple[Backend, ExitStack]:
        with self._lock:
            if self._idle.get((engine, workers)):
                return self._idle[engine, workers].pop()
            others = [one for found in self._idle.values() for one in found]
            self._idle.clear()
        for _, stack in others:
            stack.close()
        stack = ExitStack()
        return stack.enter_context(workers.opened(engine)), stack

    def close(self) -> None:
        """End all workers that nobody has."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for found in idle.values():
            for _, stack in found:
                stack.close()


_OPEN: Final = OpenWorkers()
# Processes of a pool do not run what `atexit` holds.
util.Finalize(None, _OPEN.close, exitpriority=10)


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
    with _OPEN.borrowed(asked.engine, workers, store.plan) as backend:
        assert isinstance(backend, RemoteBackend)
        return store.write(unit, backend.ranked(store.plan, unit.entry, unit.batch))


def close_workers() -> None:
    """End the workers that batch jobs of this process left open."""
    _OPEN.close()

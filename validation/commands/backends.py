"""The registered backends, each in a worker process of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplcompare.backends.protocol import Backend
    from pplcompare.validation.study.chosen_backends import Backends


def names() -> tuple[str, ...]:
    """Return the names of all backends."""
    from pplcompare.backends.registry import backend_names

    return backend_names()


def registered_by() -> dict[str, list[str]]:
    """Return the names of all backends with the installed distributions that registered each."""
    from pplcompare.backends.registry import registered_by

    return registered_by()


def references() -> frozenset[str]:
    """Return the names of those that are the exact answer itself, beside which nothing was checked."""
    from pplcompare.backends.registry import references

    return references()


@dataclass(frozen=True, slots=True)
class Workers:
    """Workers of backends, all within the same limits.

    Parameters
    ----------
    time_limit
        Seconds that one request may take; defaults to what a worker process allows.
    memory_limit
        Gibibytes that a worker and its children may hold, likewise.
    """

    time_limit: float | None = None
    memory_limit: float | None = None

    @property
    def memory(self) -> int:
        """Bytes that a worker and its children may hold."""
        from pplcompare.validation.process.worker_process import BYTES

        return BYTES if self.memory_limit is None else int(self.memory_limit * 2**30)

    @property
    def backends(self) -> Backends:
        """All registered backends, on all cores."""
        from pplcompare.validation.study.chosen_backends import Backends

        return Backends(names(), self.opened, references())

    def alone(self, *, cold: bool) -> Backends:
        """Return all registered backends, each on one core; `cold` says whether they can start with empty caches."""
        return replace(self.backends, open=self.opened_alone, open_cold=self.opened_cold if cold else None)

    @contextmanager
    def opened(self, name: str, cores: Collection[int] = ()) -> Iterator[Backend]:
        """Start the worker of a backend, on some cores or on all; it ends with the block."""
        from pplcompare.backends.registry import is_ours
        from pplcompare.validation.process.remote import RemoteBackend
        from pplcompare.validation.process.worker_process import SECONDS, WorkerProcess

        _swept(tempfile.gettempdir())
        seconds = SECONDS if self.time_limit is None else self.time_limit
        ours = is_ours(name)
        with WorkerProcess(name, ours=ours, time_limit=seconds, memory_limit=self.memory, cores=cores) as worker:
            yield RemoteBackend(worker)

    @contextmanager
    def opened_alone(self, name: str) -> Iterator[Backend]:
        """Start the worker of a backend on one core, the same for every backend."""
        with self.opened(name, pinned()) as backend:
            yield backend

    @contextmanager
    def opened_cold(self, name: str) -> Iterator[Backend]:
        """Start the worker of a backend on one core, with a cache folder that is empty and gone afterwards."""
        from pplcompare.validation.storage.scratch import Scratch

        variable = "PPLCOMPARE_CACHE"
        before = os.environ.get(variable)
        with Scratch() as folder:
            os.environ[variable] = str(folder)
            try:
                with self.opened_alone(name) as backend:
                    yield backend
            finally:
                if before is None:
                    del os.environ[variable]
                else:
                    os.environ[variable] = before


@cache
def _swept(_temporary: str) -> None:
    """Remove what killed runs left in the temporary folder, once in this process."""
    from pplcompare.validation.storage.scratch import sweep

    sweep()


@contextmanager
def written_by(name: str) -> Iterator[Backend]:
    """Give a backend that is to write its program: ours from here, anybody else's from a worker."""
    from pplcompare.backends.registry import is_ours, load_backend

    if is_ours(name):
        yield load_backend(name)
    else:
        with opened(name) as backend:
            yield backend


def opened(name: str) -> AbstractContextManager[Backend]:
    """Start the worker of a backend within the limits of everybody; it ends with the block."""
    return Workers().opened(name)


def opened_alone(name: str) -> AbstractContextManager[Backend]:
    """Start the worker of a backend on one core within the limits of everybody; it ends with the block."""
    return Workers().opened_alone(name)


def pinned() -> frozenset[int]:
    """Return the last core of this machine: system work and this process tend to keep to the first ones."""
    return frozenset({max(os.sched_getaffinity(0))}) if hasattr(os, "sched_getaffinity") else frozenset()

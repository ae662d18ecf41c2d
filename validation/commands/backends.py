"""The registered backends, each in a worker process of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplcompare.backends.protocol import Backend


def names() -> tuple[str, ...]:
    """Return the names of all backends."""
    from pplcompare.backends.registry import backend_names

    return backend_names()


@contextmanager
def opened(name: str, cores: Collection[int] = ()) -> Iterator[Backend]:
    """Start the worker of a backend, on some cores or on all; it ends with the block."""
    from pplcompare.backends.registry import load_backend
    from pplcompare.validation.process.remote import RemoteBackend
    from pplcompare.validation.process.worker_process import WorkerProcess

    with WorkerProcess(name, load_backend(name).environment(), cores=cores) as worker:
        yield RemoteBackend(worker)


def pinned() -> frozenset[int]:
    """Return the last core of this machine: system work and this process tend to keep to the first ones."""
    return frozenset({max(os.sched_getaffinity(0))}) if hasattr(os, "sched_getaffinity") else frozenset()


@contextmanager
def opened_alone(name: str) -> Iterator[Backend]:
    """Start the worker of a backend on one core, the same for every backend."""
    with opened(name, pinned()) as backend:
        yield backend


@contextmanager
def opened_cold(name: str) -> Iterator[Backend]:
    """Start the worker of a backend on one core, with a cache folder that is empty and gone afterwards."""
    variable = "PPLCOMPARE_CACHE"
    before = os.environ.get(variable)
    with tempfile.TemporaryDirectory(prefix="pplcompare-cold-") as folder:
        os.environ[variable] = folder
        try:
            with opened_alone(name) as backend:
                yield backend
        finally:
            if before is None:
                del os.environ[variable]
            else:
                os.environ[variable] = before

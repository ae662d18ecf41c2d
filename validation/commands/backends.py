"""The registered backends, each in a worker process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplcompare.backends.protocol import Backend


def names() -> tuple[str, ...]:
    """Return the names of all backends."""
    from pplcompare.backends.registry import backend_names

    return backend_names()


@contextmanager
def opened(name: str) -> Iterator[Backend]:
    """Start the worker of a backend; it ends with the block."""
    from pplcompare.backends.registry import load_backend
    from pplcompare.validation.process.remote import RemoteBackend
    from pplcompare.validation.process.worker_process import WorkerProcess

    with WorkerProcess(name, load_backend(name).environment()) as worker:
        yield RemoteBackend(worker)

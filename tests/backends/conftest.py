"""One worker of each backend, and each program once, for all files of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from pplcompare.backends.registry import is_ours
from pplcompare.models.structure import Structure
from pplcompare.validation.process.remote import RemoteBackend, RemoteProgram
from pplcompare.validation.process.worker_process import WorkerProcess


class Once(RemoteBackend):
    """Compiles a structure of one size once."""

    def __init__(self, worker: WorkerProcess) -> None:
        super().__init__(worker)
        self._compiled: dict[tuple[Structure, tuple[tuple[str, int], ...]], RemoteProgram] = {}

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> RemoteProgram:
        key = structure, tuple(sizes.items())
        if key not in self._compiled:
            self._compiled[key] = super().compile(structure, sizes)
        return self._compiled[key]


class Workshop(ExitStack):
    """Opens each backend once."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: dict[str, Once] = {}

    def __call__(self, name: str) -> Once:
        if name not in self._opened:
            worker = self.enter_context(WorkerProcess(name, ours=is_ours(name)))
            self._opened[name] = Once(worker)
        return self._opened[name]


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as workshop:
        yield workshop

"""What a backend's process has used, and what it was allowed to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far.

    Attributes
    ----------
    cpu
        Seconds, with those of processes that it started and that ended.
    peak_memory
        Bytes of the process, or of the largest that it started, if that has more; it never falls.
    cores
        Numbers of the cores that it may run on; empty where the system does not tell.
    threads
        Environment variables that limit threads.
    """

    cpu: float
    peak_memory: int
    cores: tuple[int, ...]
    threads: Mapping[str, str]


@runtime_checkable
class Accountable(Protocol):
    """What a backend in a process of its own also is."""

    def usage(self) -> Usage:
        """Return what its process has used so far."""
        ...

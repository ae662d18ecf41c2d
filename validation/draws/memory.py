"""How much memory the reading of a file may take, whatever the file declares or unpacks to."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil

LARGEST: Final = 2**28
"""Bytes of one variable of draws, or of its labels; each chunk of it, too, has at most so many."""
BYTES: Final = 3 * LARGEST
"""Three times the largest draws: as stored, unpacked, and in the order of the model."""


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let allocations fail beyond what this process holds and `BYTES` more; Linux keeps to it, other systems may not.

    Archives tell how much they unpack to only while they are unpacked, and their libraries ask nobody.

    Raises
    ------
    MemoryError
        Or whatever a library makes of an allocation that failed.
    """
    held = getattr(psutil.Process().memory_info(), "data", None)
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    unlimited = resource.RLIM_INFINITY
    if held is None or (before != unlimited and before <= held + BYTES):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (held + BYTES, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))

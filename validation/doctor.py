"""What is installed, which versions, what is missing and how to mend it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from pplcompare.backends.protocol import Backend, Status
from pplcompare.models.errors import BackendError


def examine(names: Iterable[str], opened: Callable[[str], AbstractContextManager[Backend]]) -> Mapping[str, Status]:
    """Return the status of each backend, asked in its own worker process; nothing is compiled."""
    found: dict[str, Status] = {}
    for name in names:
        try:
            with opened(name) as backend:
                found[name] = backend.status()
        except BackendError as error:
            found[name] = Status({}, str(error), "see the message")
    return found


def machine() -> dict[str, object]:
    """Return what a reader must know of this machine to judge a time."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

"""What a reader must know of this machine to judge a time."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TypedDict


class Machine(TypedDict):
    """A machine as plain data; `load` holds the averages of 1, 5 and 15 minutes."""

    system: str
    processor: str
    cores: int
    load: list[float]
    python: str


def machine() -> Machine:
    """Return what a reader must know of this machine to judge a time."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": processors(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
    }


def processors() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

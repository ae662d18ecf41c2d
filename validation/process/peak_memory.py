"""How much memory a process has needed at most."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_memory() -> int:
    """Return the bytes that this process has held at most, or the largest of those it started and that ended.

    Linux counts as memory of a process what the one that started it had held until then (`setmax_mm_hiwater_rss` in
    fs/exec.c). Only `VmHWM` begins anew; of a process that has ended there is but the other number. That of a child is
    never less than what its parent had held, so the two are compared, not added.
    """
    return max(_own(), _of(resource.RUSAGE_CHILDREN))


def _own() -> int:
    found = re.search(rb"^VmHWM:\s+(\d+) kB$", _STATUS.read_bytes(), re.MULTILINE) if _STATUS.exists() else None
    return 1024 * int(found[1]) if found else _of(resource.RUSAGE_SELF)


def _of(who: int) -> int:
    peak = resource.getrusage(who).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak

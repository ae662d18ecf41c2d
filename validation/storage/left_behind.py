"""What earlier runs may have left in a folder: its entries by name, for as long as a start may take for them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LONGEST: Final = 2.0


def left_behind(folder: Path, begin: str, end: str = "") -> Iterator[Path]:
    """Yield what lies in a folder under names that begin and end so; it stops after two seconds.

    What is left then is for the next. A folder that cannot be read has nothing.
    """
    until = time.perf_counter() + _LONGEST
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if time.perf_counter() > until:
                return
            if entry.name.startswith(begin) and entry.name.endswith(end):
                yield Path(entry.path)

"""How much memory a process has needed at most, whoever started it, and with those that it started."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

HELD: Final = 2**28
HOLDING: Final = f"bytes(range(256)) * {HELD // 256}"
PRINTED: Final = "from pplcompare.validation.process.peak_memory import peak_memory; print(peak_memory())"
IN_ANOTHER: Final = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}], check=True)"


def peak_in(program: str) -> int:
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(found.stdout)


def test_what_the_starting_process_held_does_not_count() -> None:
    assert 2**20 < peak_in(f"{HOLDING}; {IN_ANOTHER.format(PRINTED)}") < HELD


def test_a_small_process_that_was_started_does_not_double_what_was_held() -> None:
    assert HELD < peak_in(f"{HOLDING}; {IN_ANOTHER.format('')}; {PRINTED}") < 1.5 * HELD


def test_a_large_process_that_was_started_counts() -> None:
    assert HELD < peak_in(f"{IN_ANOTHER.format(HOLDING)}; {PRINTED}") < 1.5 * HELD

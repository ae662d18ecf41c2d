"""Signs of life of a process and of all that it started: memory, work, silence."""

from __future__ import annotations

import contextlib
import math
import time
from typing import Final

import psutil
from pplcompare.validation.process.guard import end, family, marked

SILENCE: Final = 8.0
"""Seconds without a pulse and without work after which a worker is given up."""

_SEARCH: Final = 1.0
# A thread that waits for the interpreter's lock asks for it 200 times a second: that is no work.
_IDLE: Final = 0.02
_TICKS: Final = 0.05
# Our own sleep, perhaps of a whole machine, is not the worker's.
_LONGEST_STEP: Final = 2.0


class Vitals:
    """What was last seen of a worker.

    Parameters
    ----------
    mark
        The worker's mark, by which what it started is known when it is gone itself.

    Attributes
    ----------
    memory
        Bytes that it and all that it started hold.
    silence
        Seconds for which there was neither a pulse nor work.
    """

    def __init__(self, pid: int, mark: str = "") -> None:
        self._mark = mark
        self.memory, self.silence = 0, 0.0
        self._pid, self._work = pid, math.inf
        self._looked, self._searched = time.perf_counter(), -math.inf
        self._family: dict[int, psutil.Process] = {}

    def heard(self) -> None:
        """Note a pulse, an answer, or that nothing was to be heard until now."""
        self.silence, self._work = 0.0, math.inf

    def look(self) -> None:
        """Look again."""
        now = time.perf_counter()
        if now - self._searched >= _SEARCH:  # all processes of the machine are asked for their parents
            self._searched = now
            known = {pid: one for pid, one in self._family.items() if one.is_running()}
            self._family = known | {one.pid: one for one in family(self._pid)}
        memory, work = 0, 0.0
        for process in self._family.values():
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                times = process.cpu_times()
                work += times.user + times.system
        self.silence += min(now - self._looked, _LONGEST_STEP)
        self.memory, self._work, self._looked = memory, min(self._work, work), now
        if work - self._work > _IDLE * self.silence + _TICKS:
            self.silence, self._work = 0.0, work

    @property
    def silent(self) -> str:
        """Say what a silence is that has lasted too long; empty for any other."""
        if self.silence <= SILENCE:
            return ""
        with contextlib.suppress(psutil.Error):
            if psutil.Process(self._pid).status() == psutil.STATUS_STOPPED:
                return "stopped (SIGSTOP)"
        return f"silent: no sign of life for {SILENCE:g} s"

    def end(self) -> None:
        """End it and all that it was ever seen to have started, in whatever session that is."""
        found = (*self._family.values(), *family(self._pid), *marked(self._mark))
        end({one.pid: one for one in found}.values())

"""What sees to it that nothing outlives a run: a process beside the worker, and the family that it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import psutil

_PR_SET_CHILD_SUBREAPER = 36

MARK: Final = "PPLCOMPARE_WORKER"
"""The environment variable with the scratch folder of a worker, which all that it starts inherits."""


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, where the system has such a thing (Linux).

    They are then found in this process's family, whatever sessions and groups they have made for themselves.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stand_guard(parent: int, others: Collection[int]) -> None:
    """Start a process that ends this one and all that it has started when the pipe to the parent closes.

    Not a thread, which would wait while a library holds the interpreter's lock; not the kernel's parent-death signal,
    which would end this process, leave those that it started, and come when the parent's *thread* ends.

    Parameters
    ----------
    parent
        Descriptor of the end of the pipe.
    others
        Descriptors that must be this process's alone: the parent reads its end from them.
    """
    worker = os.getpid()
    if os.fork() == 0:
        for descriptor in others:
            os.close(descriptor)
        os.read(parent, 1)
        scratch = os.environ.get(MARK, "")
        try:
            end([one for one in (*family(worker), *marked(scratch)) if one.pid not in (worker, os.getpid())])
            with contextlib.suppress(psutil.Error):
                psutil.Process(worker).kill()
            _remove_scratch(scratch)
        finally:
            os.killpg(0, signal.SIGKILL)
    os.close(parent)


def _remove_scratch(folder: str) -> None:
    # A worker has no use for it.
    from pplcompare.validation.storage.scratch import PREFIX

    if Path(folder).name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def family(pid: int) -> list[psutil.Process]:
    """Return the process and all that it has started, as far as they are there."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes that a worker with this mark has started, whoever is their parent by now.

    Family is lost when a worker is killed before anybody has seen its children; a child that empties its environment
    and leaves the session just then is not found.
    """
    found = []
    for process in psutil.process_iter() if mark else ():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process]) -> None:
    """End processes; a number that another process has got meanwhile is left alone."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()

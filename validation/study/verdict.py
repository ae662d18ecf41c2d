"""Verdicts on fits, and the exit code of a command."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum, StrEnum
from typing import Final


class Verdict(StrEnum):
    """What is said of one model on one backend; true is *passed* alone."""

    PASSED = "passed"
    FAILED = "failed"
    UNDERPOWERED = "underpowered"
    NOT_CERTIFIED = "not certified"
    INCOMPLETE = "incomplete"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported"

    def __bool__(self) -> bool:
        return self is Verdict.PASSED


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    PASSED = 0
    FAILED = 1
    BAD_INPUT = 2
    MISSING = 3
    STORAGE = 4
    LOCKED = 5
    INCOMPLETE = 6
    INTERRUPTED = 130


ABSENT: Final = frozenset({Verdict.UNAVAILABLE, Verdict.UNSUPPORTED})
UNDECIDED: Final = frozenset({Verdict.INCOMPLETE, Verdict.UNDERPOWERED, Verdict.NOT_CERTIFIED})


def excused(verdict: str, backend: str, required: Collection[str]) -> bool:
    """Say whether a backend is absent that nobody has asked for by name."""
    return verdict in ABSENT and backend not in required


def exit_code(
    verdicts: Iterable[tuple[str, Verdict]], required: Collection[str], references: Collection[str] = ()
) -> ExitCode:
    """Return the exit code of (backend, verdict) pairs.

    Parameters
    ----------
    required
        Backends that somebody asked for by name: absent ones are an error, others are only named.
    references
        Backends that are the exact answer itself: where they alone have passed, nothing was checked.
    """
    found = list(verdicts)
    if any(verdict is Verdict.FAILED for _, verdict in found):
        return ExitCode.FAILED
    if any(verdict in ABSENT and name in required for name, verdict in found):
        return ExitCode.MISSING
    if any(verdict in UNDECIDED for _, verdict in found):
        return ExitCode.INCOMPLETE
    if all(verdict in ABSENT or name in references for name, verdict in found):
        return ExitCode.BAD_INPUT
    return ExitCode.PASSED

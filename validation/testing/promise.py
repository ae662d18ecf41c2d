"""A promise of the backend protocol, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.testing.candidate import Candidate

type TryPromise = Callable[[Candidate], tuple[Outcome, str]]
"""Returns an outcome and a clause that says why."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the protocol promises, and the function that finds out whether a backend keeps it.

    Attributes
    ----------
    name
        How it is called.
    sentence
        What is promised.
    look
        The function that finds out. Whatever it raises is a broken promise, but for `LeftOut`.
    after
        Names of promises without which it says nothing.
    optional
        Whether a backend may go without: what is left out then does not count.
    """

    name: str
    sentence: str
    look: TryPromise
    after: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PromiseResult:
    """What became of a promise; true if it is kept, and only then.

    Attributes
    ----------
    name, sentence
        Those of the promise.
    outcome
        *Passed*, *failed*, *ours* where what was tried is our own, or why it could not be tried.
    detail
        A clause for people.
    optional
        Whether a backend may go without.
    """

    name: str
    sentence: str
    outcome: Outcome
    detail: str = ""
    optional: bool = False

    @property
    def passed(self) -> bool:
        """Whether the promise was tried, and is kept."""
        return self.outcome is Outcome.PASSED

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        shown = f"{self.name}: {self.outcome}"
        return f"{shown} ({self.detail})" if self.detail else shown


def kept_unless(complaints: Iterable[str], *, ours: bool = False) -> tuple[Outcome, str]:
    """Return what a look found: the first complaint, or none.

    Parameters
    ----------
    complaints
        What is wrong, a clause each.
    ours
        Whether what was tried is our own code, which says nothing of the backend.
    """
    for complaint in complaints:
        return Outcome.FAILED, complaint
    return (Outcome.OURS, "our own code") if ours else (Outcome.PASSED, "")

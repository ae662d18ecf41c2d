"""What became of all promises of one backend."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Final

from pplcompare.models.errors import CheckNotPassed
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.testing.promise import PromiseResult

_VERDICTS: Final = {
    Outcome.FAILED: Verdict.FAILED,
    Outcome.UNDERPOWERED: Verdict.UNDERPOWERED,
    Outcome.NOT_CERTIFIED: Verdict.NOT_CERTIFIED,
}


@dataclass(frozen=True, slots=True, repr=False)
class ContractReport:
    """A row for each promise; it is true if every promise that a backend cannot go without is kept, and none broken.

    Attributes
    ----------
    backend
        The name of the backend.
    results
        What became of each promise.
    missing
        What the backend lacks here, and what mends it; empty if it could be tried.
    """

    backend: str
    results: tuple[PromiseResult, ...]
    missing: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found."""
        outcomes = {result.outcome for result in self.results}
        for outcome, verdict in _VERDICTS.items():
            if outcome in outcomes:
                return verdict
        if self.missing:
            return Verdict.UNAVAILABLE
        needed = [result.outcome for result in self.results if not result.optional]
        if Outcome.PASSED not in needed or Outcome.NOT_TESTED in needed:
            return Verdict.INCOMPLETE
        return Verdict.PASSED

    @property
    def passed(self) -> bool:
        """Whether the backend keeps the contract."""
        return self.verdict is Verdict.PASSED

    def __bool__(self) -> bool:
        return self.passed

    @property
    def failures(self) -> tuple[PromiseResult, ...]:
        """The broken promises."""
        return tuple(result for result in self.results if result.outcome is Outcome.FAILED)

    @property
    def headline(self) -> str:
        """The verdict in one line, with the number of promises of each outcome."""
        numbers = Counter(result.outcome for result in self.results)
        counted = ", ".join(f"{numbers[outcome]} {outcome}" for outcome in Outcome if numbers[outcome])
        return f"{self.backend}: {self.verdict}" + (f" ({counted})" if counted else "")

    def raise_if_failed(self) -> None:
        """Raise unless the contract is kept: what could not be tried raises, too.

        Raises
        ------
        CheckNotPassed
            The message has the verdict and a line for each promise that was not kept.
        """
        if not self.passed:
            rows = [str(result) for result in self.results if result.outcome not in (Outcome.PASSED, Outcome.OURS)]
            words = f"{self.verdict}: {self.missing}" if self.missing else str(self.verdict)
            raise CheckNotPassed(words, rows, where=f"contract of {self.backend}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data that JSON can hold."""
        rows = [{**asdict(result), "outcome": result.outcome.value} for result in self.results]
        return {"backend": self.backend, "verdict": self.verdict.value, "missing": self.missing, "results": rows}

    def __repr__(self) -> str:
        return "\n  ".join([self.headline, *(f"{result}" for result in self.results)])

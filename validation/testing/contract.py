"""The contract of the backend protocol: its promises one by one, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pplcompare.backends.protocol import Backend
from pplcompare.models.counts import Counts
from pplcompare.models.errors import said
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.testing.candidate import Candidate, LeftOut
from pplcompare.validation.testing.contract_case import COUNTS, DRAWS, contract_case
from pplcompare.validation.testing.contract_report import ContractReport
from pplcompare.validation.testing.declared_promises import DECLARED
from pplcompare.validation.testing.draw_promises import DRAWN
from pplcompare.validation.testing.fit_promises import FITTED
from pplcompare.validation.testing.program_promises import COMPILED, REFUSAL
from pplcompare.validation.testing.promise import Promise, PromiseResult
from pplcompare.validation.testing.simulator_promises import SIMULATES

PROMISES: Final[Mapping[str, Promise]] = MappingProxyType(
    {promise.name: promise for promise in (*DECLARED, *COMPILED, *FITTED, *DRAWN, REFUSAL, *SIMULATES)}
)
"""Every promise by its name, each after those without which it says nothing."""

_KEPT: Final = (Outcome.PASSED, Outcome.OURS)


class Contract:
    """The promises of one backend, each tried once.

    Parameters
    ----------
    candidate
        The backend and what it is tried on.
    """

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._found: dict[str, PromiseResult] = {}

    def __call__(self, name: str) -> PromiseResult:
        """Return what became of a promise; those that must be kept before are tried before."""
        if name not in self._found:
            self._found[name] = self._tried(PROMISES[name])
        return self._found[name]

    def _tried(self, promise: Promise) -> PromiseResult:
        outcome, detail = self._outcome(promise)
        return PromiseResult(promise.name, promise.sentence, outcome, detail, promise.optional)

    def _outcome(self, promise: Promise) -> tuple[Outcome, str]:
        for name in promise.after:
            if (before := self(name)).outcome not in _KEPT:
                reason = before.detail if before.outcome is Outcome.NOT_TESTED else f"see “{name}”"
                return Outcome.NOT_TESTED, reason
        try:
            return promise.look(self._candidate)
        except LeftOut as reason:
            return Outcome.NOT_TESTED, str(reason)
        except (Exception, SystemExit) as error:  # there is no end to what a backend may raise
            return Outcome.FAILED, said(error)


def check_backend(
    backend: Backend,
    *,
    counts: Counts = COUNTS,
    draws: int = DRAWS,
    seed: int = 1,
    announce: Callable[[str], None] = lambda _: None,
) -> ContractReport:
    """Try every promise of the backend protocol, in this process, and return a row for each.

    Nothing that the backend does is raised, but what ends the process ends the suite: ``pplcompare doctor --contract
    NAME`` runs it in a process of its own.

    Parameters
    ----------
    backend
        What is tried.
    counts
        The data set that it is tried on: groups whose number is neither 3 nor 4, the numbers of chains.
    draws
        Draws of each of four chains that are compared with the exact posterior; more for samplers whose draws are
        correlated.
    seed
        The root of the seeds of that comparison, from 0 to 2^31 - 1.
    announce
        The function that is told which promise is tried.
    """
    candidate = Candidate(backend, contract_case(counts, draws, seed))
    contract = Contract(candidate)
    results = []
    for promise in PROMISES.values():
        announce(promise.sentence)
        results.append(contract(promise.name))
    missing = candidate.missing if contract("status").outcome in _KEPT else ""
    return ContractReport(str(getattr(backend, "name", "")), tuple(results), missing)

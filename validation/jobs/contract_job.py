"""The job behind ``pplcompare doctor --contract``: each promise tried in the backend's own worker process."""

from __future__ import annotations

from typing import Final, cast

from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.documents import ContractDocument
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.chosen_backends import OpenBackend
from pplcompare.validation.study.fit_result import Announce
from pplcompare.validation.study.verdict import exit_code
from pplcompare.validation.testing.contract import PROMISES
from pplcompare.validation.testing.contract_case import DRAWS
from pplcompare.validation.testing.contract_report import ContractReport
from pplcompare.validation.testing.promise import Promise, PromiseResult

_NOT_REACHED: Final = "its process was lost before"


def examine_contract(
    name: str, open_backend: OpenBackend, announce: Announce, draws: int | None = None
) -> ContractReport:
    """Try every promise of a registered backend; a process that is lost is a broken promise, and the last one tried.

    Parameters
    ----------
    open_backend
        The function that opens a backend in a worker process.
    draws
        Draws of each chain that are compared with the exact answer; defaults to the contract's own number.

    Raises
    ------
    StorageError
        If its cache cannot be written.
    """
    try:
        with open_backend(name) as backend:
            assert isinstance(backend, RemoteBackend)
            status = backend.status()
            results, lost = list[PromiseResult](), False
            for promise in PROMISES.values():
                announce(f"{name}: {promise.sentence}")
                outcome, detail = (
                    (Outcome.NOT_TESTED, _NOT_REACHED) if lost else _tried(backend, promise, draws or DRAWS)
                )
                results.append(_result(promise, outcome, detail))
                lost = lost or backend.losses > 0
    except BackendUnavailable as error:
        return ContractReport(name, (), str(error))
    except BackendError as error:
        rows = [_result(promise, Outcome.NOT_TESTED, "it did not start") for promise in PROMISES.values()]
        rows[0] = _result(next(iter(PROMISES.values())), Outcome.FAILED, str(error))
        return ContractReport(name, tuple(rows))
    missing = "" if status.available else f"{status.problem}; {status.mend}"
    return ContractReport(name, tuple(results), missing)


def contract_document(report: ContractReport) -> ContractDocument:
    """Return what is shown of a report; a backend that is missing was asked for by name."""
    code = exit_code([(report.backend, report.verdict)], required={report.backend})
    return cast("ContractDocument", {**report.to_dict(), "exit_code": int(code)})


def _tried(backend: RemoteBackend, promise: Promise, draws: int) -> tuple[Outcome, str]:
    try:
        return backend.promise(promise.name, draws)
    except BackendError as error:
        return Outcome.FAILED, str(error)


def _result(promise: Promise, outcome: Outcome, detail: str) -> PromiseResult:
    return PromiseResult(promise.name, promise.sentence, outcome, detail, promise.optional)

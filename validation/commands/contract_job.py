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


def examine_contract(name: str, open_backend: OpenBackend, announce: Announce, draws: int = DRAWS) -> ContractReport:
    """Try every promise of a registered backend; the one that loses its process is broken, and the last one tried.

    Parameters
    ----------
    open_backend
        The function that opens a backend in a worker process.
    announce
        The function that is told which promise is tried.
    draws
        Draws of each chain that are compared with the exact answer.

    Raises
    ------
    StorageError
        If its cache cannot be written.
    """
    results = list[PromiseResult]()
    try:
        with open_backend(name) as backend:
            assert isinstance(backend, RemoteBackend)
            missing, losses = _missing(backend), backend.losses
            for promise in PROMISES.values():
                announce(f"{name}: {promise.sentence}")
                lost = backend.losses > losses
                outcome, detail = (Outcome.NOT_TESTED, _NOT_REACHED) if lost else _tried(backend, promise, draws)
                results.append(PromiseResult(promise.name, promise.sentence, outcome, detail, promise.optional))
    except BackendUnavailable as error:
        return ContractReport(name, (), str(error))
    return ContractReport(name, tuple(results), missing)


def contract_document(report: ContractReport) -> ContractDocument:
    """Return what is shown of a report; a backend that is missing was asked for by name."""
    code = exit_code([(report.backend, report.verdict)], required={report.backend})
    return cast("ContractDocument", {**report.to_dict(), "exit_code": int(code)})


def _missing(backend: RemoteBackend) -> str:
    """Return what is missing and what mends it; a status that cannot be told is for its promise to say."""
    try:
        status = backend.status()
    except BackendUnavailable:
        raise
    except BackendError:
        return ""
    return f"{status.problem}; {status.mend}" if status.problem else ""


def _tried(backend: RemoteBackend, promise: Promise, draws: int) -> tuple[Outcome, str]:
    try:
        return backend.promise(promise.name, draws)
    except BackendError as error:
        return Outcome.FAILED, str(error)

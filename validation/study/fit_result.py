"""One model on one backend: made ready, sampled, checked."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Backend, Program, Status
from pplcompare.models.errors import (
    BackendError,
    BackendUnavailable,
    PplCompareError,
    UnsupportedModel,
    WorkerFailure,
    said,
)
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.diagnostics import Diagnostics
from pplcompare.validation.checks.predictive_check import NEW_GROUPS
from pplcompare.validation.checks.result import CheckReport, Outcome, combined
from pplcompare.validation.checks.same_model import check_same_model
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.simulated import Simulated
from pplcompare.validation.study.speed import Speed
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.study.verdict import Verdict


@dataclass(frozen=True, slots=True)
class FitResult:
    """One model on one backend; true if it passed, and only then.

    Attributes
    ----------
    groups
        The number of groups in the data, by which its scores have their weight in sums over fits.
    ess
        The least effective number of draws of all quantities; None if no draws were looked at.
    diagnostics
        What users of Markov chains look for, which has no part in the verdict; None if nothing was sampled.
    simulated
        What the backend simulated beside it; None if nothing of this is kept.
    over_fits
        The report of the sums over fits: all rows of a backend whose fits were summed hold the same one.
    first_look
        The row of the first look, without its fit, if there was a second one.
    """

    model: str
    backend: str
    verdict: Verdict
    reason: str = ""
    status: Status = field(default_factory=lambda: Status({}))
    same_model: CheckReport = field(default_factory=CheckReport)
    posterior: CheckReport = field(default_factory=CheckReport)
    prediction: CheckReport = field(default_factory=CheckReport)
    over_fits: CheckReport = field(default_factory=CheckReport)
    fit: Fit | None = None
    ess: float | None = None
    speed: Speed | None = None
    diagnostics: Diagnostics | None = None
    simulated: Simulated | None = None
    first_look: FitResult | None = None
    groups: int = 1

    @property
    def passed(self) -> bool:
        """Whether all checks of it were made and passed."""
        return self.verdict is Verdict.PASSED

    def __bool__(self) -> bool:
        return self.passed

    @property
    def compared(self) -> CheckReport:
        """Everything that was found in the draws of this fit alone."""
        return combined((self.posterior, self.prediction))


@dataclass(frozen=True, slots=True)
class PreparedFit:
    """A fit that is ready to be sampled: everything that sampling needs is compiled.

    Attributes
    ----------
    row
        The result so far, which lacks draws only.
    program
        The compiled program; None where the verdict is known without draws.
    """

    row: FitResult
    plan: Plan
    exact: ExactPosterior
    program: Program | None = None

    @property
    def seed(self) -> int:
        """The seed of its draws."""
        return self.plan.fit_seed(self.row.model, self.row.backend)


type Examine = Callable[[PreparedFit, Announce], FitResult]
"""Samples once and checks the draws. It is called only if the densities agreed; it returns the row with its verdict."""


def ready(
    plan: Plan,
    backend: Backend,
    exact: ExactPosterior,
    status: Status,
    announce: Announce,
    *,
    compiled: tuple[Structure, Inputs] | None = None,
    predicts: bool = True,
) -> PreparedFit:
    """Compile, compare densities and, where they agree, compile what draws need.

    Parameters
    ----------
    compiled
        The structure and inputs that are compiled, if they are not those of the model as it was given.
    predicts
        Whether predictions will be requested. If not, `prepare` is skipped: the sampler is compiled at its first run.
    """
    structure, inputs = compiled or (exact.model.structure, exact.inputs)
    groups = len(exact.inputs.groups)
    row = FitResult(exact.model.name, backend.name, Verdict.INCOMPLETE, status=status, groups=groups)
    label = _label(plan, backend.name, exact)
    try:
        announce(f"{label}: compiling (seconds, the first time up to a minute)")
        program = backend.compile(structure, inputs.sizes)
        announce(f"{label}: is it the same model?")
        row = replace(row, same_model=check_same_model(program, structure, inputs))
        if row.same_model.outcome not in (Outcome.PASSED, Outcome.OURS):
            return PreparedFit(judged(row, row.same_model), plan, exact)
        if predicts:
            announce(f"{label}: compiling what samples and what predicts")
            program.prepare(inputs, plan.settings, new_groups=NEW_GROUPS)
        return PreparedFit(row, plan, exact, program)
    except Exception as error:
        return PreparedFit(lost(row, error), plan, exact)


def looked_at(prepared: PreparedFit, examine: Examine, announce: Announce) -> FitResult:
    """Return the row as it is if its verdict is known without draws, and what `examine` makes of it otherwise."""
    if prepared.program is None:
        return prepared.row
    label = _label(prepared.plan, prepared.row.backend, prepared.exact)
    try:
        return examine(prepared, lambda step: announce(f"{label}: {step}"))
    except Exception as error:
        return lost(prepared.row, error)


def lost(row: FitResult, error: Exception) -> FitResult:
    """Return the row of a fit that an error took: whatever a backend answered, the others keep their results.

    Raises
    ------
    PplCompareError
        If it is one of ours that says nothing of a backend.
    """
    if isinstance(error, PplCompareError) and not isinstance(error, BackendError):
        raise error
    if isinstance(error, BackendError):
        return without_result(row, error)
    if os.environ.get("PPLCOMPARE_TRACEBACK"):
        traceback.print_exception(error)
    return without_result(row, BackendError(f"what it answered cannot be checked: {said(error)}"))


def without_result(row: FitResult, error: BackendError) -> FitResult:
    """Return the row with the verdict that an error leads to."""
    if isinstance(error, BackendUnavailable):
        return replace(row, verdict=Verdict.UNAVAILABLE, reason=str(error))
    if isinstance(error, UnsupportedModel):
        return replace(row, verdict=Verdict.UNSUPPORTED, reason=str(error))
    return replace(row, verdict=Verdict.INCOMPLETE, reason=words(error))


def judged(row: FitResult, report: CheckReport) -> FitResult:
    """Return the row with the verdict that a report leads to; what is said of a row that has passed stays."""
    if report.denied:
        return replace(row, verdict=_DENIED[report.outcome], reason=str(report.denied[0]))
    if report.outcome is Outcome.NOT_TESTED:
        return replace(row, verdict=Verdict.INCOMPLETE, reason="nothing was compared")
    return replace(row, verdict=Verdict.PASSED, reason=row.reason if row.verdict is Verdict.PASSED else "")


_DENIED: Final = {
    Outcome.FAILED: Verdict.FAILED,
    Outcome.UNDERPOWERED: Verdict.UNDERPOWERED,
    Outcome.NOT_CERTIFIED: Verdict.NOT_CERTIFIED,
}


def words(error: BackendError) -> str:
    """Return the message, with the last line that a lost process printed."""
    last = error.tail.splitlines()[-1:] if isinstance(error, WorkerFailure) else []
    return " – ".join([str(error), *last])


def _label(plan: Plan, backend: str, exact: ExactPosterior) -> str:
    return ", ".join(filter(None, (backend, plan.data, exact.model.name)))

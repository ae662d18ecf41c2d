"""What is known before a calibration begins: which engines there are, and how far each thins its draws."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from pplcompare.backends.protocol import Status
from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.thinning import PILOT, chosen_thin
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batch_job import OPEN
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.fit_result import FitResult, without_result
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.tally import Announce, Tally
from pplcompare.validation.study.verdict import Verdict


def piloted_plan(
    plan: CalibrationPlan, workers: Workers, thin: int | None, jobs: int, announce: Announce
) -> CalibrationPlan:
    """Return the plan with its entries: each model on each engine, thinned as a pilot says.

    Parameters
    ----------
    thin
        Transitions for each kept draw of every engine, in place of a pilot; None for a pilot.
    """
    pilots = Tally("pilot", len(plan.engines) * len(plan.models), announce)

    def found_of(engine: str) -> tuple[str, Status, list[PlanEntry]]:
        with ExitStack() as stack:
            status = Status({})
            try:
                backend = stack.enter_context(OPEN.borrowed(engine, workers))
                status = backend.status()
                if not status.available:
                    raise BackendUnavailable(status.problem, where=engine, mend=status.mend)
            except BackendError as error:
                pilots.leave_out(len(plan.models))
                return engine, status, [_refused(model.name, engine, error) for model in plan.models]
            return engine, status, [_entry(plan, backend, model.name, engine, thin, pilots) for model in plan.models]

    # Last things first: Stan has most to compile, and nobody should have to wait for it alone.
    found = {engine: (status, entries) for engine, status, entries in side_by_side(found_of, plan.engines[::-1], jobs)}
    versions = {engine: dict(found[engine][0].versions) for engine in plan.engines}
    of_engines = [found[engine][1] for engine in plan.engines]
    return replace(plan, versions=versions, entries=_by_model(of_engines))


def _entry(
    plan: CalibrationPlan, backend: RemoteBackend, model: str, engine: str, thin: int | None, pilots: Tally
) -> PlanEntry:
    with pilots.step() as announce:
        announce(f"{engine}, {model}")
        if thin is not None and not plan.kernel:
            return PlanEntry(model, engine, thin)
        try:
            own = chosen_thin(backend.piloted(plan, model, PILOT)) if thin is None else thin
            return PlanEntry(model, engine, own, no_kernel=backend.no_kernel(plan, model, own) if plan.kernel else "")
        except BackendError as error:
            return _refused(model, engine, error)


def _refused(model: str, engine: str, error: BackendError) -> PlanEntry:
    row = without_result(FitResult(model, engine, Verdict.INCOMPLETE), error)
    return PlanEntry(model, engine, 0, row.verdict.value, row.reason)


def _by_model(of_engines: Sequence[Sequence[PlanEntry]]) -> tuple[PlanEntry, ...]:
    """Return the entries, models in the order of the plan, and within each its engines."""
    return tuple(entry for of_a_model in zip(*of_engines, strict=True) for entry in of_a_model)

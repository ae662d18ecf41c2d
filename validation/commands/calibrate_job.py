"""The job behind ``pplcompare calibrate``: a plan, its batches wherever they are done, and the verdict on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pplcompare.models.errors import UsageError
from pplcompare.validation.calibrate.batch_store import BatchStore
from pplcompare.validation.calibrate.calibration_plan import BATCH, PLAIN, CalibrationPlan, whole_batches
from pplcompare.validation.calibrate.calibration_verdict import Calibrated, judged_ranks
from pplcompare.validation.calibrate.planned_source import planned_source
from pplcompare.validation.commands.batch_job import OPEN
from pplcompare.validation.commands.batches_job import Failures, Hands, do_batches
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.commands.night_job import with_history
from pplcompare.validation.commands.pilot_job import piloted_plan
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument, calibration_document
from pplcompare.validation.output.calibrate.calibration_report import place_report
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.storage import KEPT
from pplcompare.validation.storage.scratch import Scratch
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.tally import Announce


@dataclass(frozen=True, slots=True)
class CalibrateRequest:
    """A calibration of models on engines.

    Attributes
    ----------
    plan
        What is calibrated, without versions and entries.
    replications
        How many of each model on each engine.
    thin
        Transitions for each kept draw; None for a pilot that decides.
    store
        The folder of the store; None for one that nobody keeps.
    resume
        Whether the store may be there, with this plan, and what is missing in it is done.
    more
        Replications beside those that the store was asked for; 0 for none.
    required
        Engines that somebody asked for by name.
    history
        The file of earlier runs, to which this one is appended; None for none.
    """

    plan: CalibrationPlan
    replications: int
    thin: int | None
    store: Path | None
    resume: bool
    more: int
    hands: Hands
    required: Collection[str]
    delivery: Delivery[CalibrationDocument]
    history: Path | None = None


@dataclass(frozen=True, slots=True)
class WorkRequest:
    """One of several parts of the batches that a store is missing.

    Attributes
    ----------
    part, parts
        Which part, from 0, and of how many.
    """

    store: Path
    part: int
    parts: int
    hands: Hands
    quiet: bool


def check_truths(plan: CalibrationPlan) -> None:
    """Refuse a plan whose truths cannot be drawn, before anything is started.

    Raises
    ------
    SpecificationError, ImproperPosterior
        If a prior that is drawn from is improper, or the posterior does not exist.
    UsageError
        If a simulator of the user gives what cannot be used.
    """
    for model in plan.models:
        planned_source(plan, model).replication(plan.seed, 0, "check")


def calibrate_job(request: CalibrateRequest) -> CalibrationDocument:
    """Calibrate; return the document."""
    with Progress(request.delivery.quiet) as announce, _folder(request.store) as folder:
        store = _store(request, folder, announce)
        with _telling(request.store):
            failures = do_batches(store, store.missing(), request.hands, announce)
        announce("verdict")
        found, document = judged(store, failures, request.required, kept=request.store)
        if request.history is not None:
            document = with_history(document, store.plan, found, request.history)
        if request.store is not None:
            announce("report")
            told = Told.now(store.plan.data, request.delivery.again)
            with _telling(request.store):
                place_report(request.store, document, store.plan.models, found, told)
        return document


def plan_job(request: CalibrateRequest) -> int:
    """Make or open the store of a request; return how many batches are missing in it."""
    with Progress(request.delivery.quiet) as announce, _folder(request.store) as folder:
        store = _store(request, folder, announce)
        OPEN.close()
        return len(store.missing())


def work_job(request: WorkRequest) -> Failures:
    """Do one part of what a store is missing; return what could not be done."""
    with Progress(request.quiet) as announce:
        store = BatchStore.open(request.store)
        return do_batches(store, store.missing(request.part, request.parts), request.hands, announce)


def judged(
    store: BatchStore, failures: Failures, required: Collection[str], kept: Path | None
) -> tuple[list[Calibrated], CalibrationDocument]:
    """Return the verdicts on what is in a store, and their document."""
    asked = BATCH * whole_batches(store.replications)
    found = [
        judged_ranks(store.plan, entry, store.result(entry), asked, failures.get(entry, ""))
        for entry in store.plan.entries
    ]
    return found, calibration_document(store.plan, asked, found, required, machine(), kept)


def _store(request: CalibrateRequest, folder: Path, announce: Announce) -> BatchStore:
    """Return the store to be filled: an earlier one, or a new one after the pilot."""
    workers, jobs = request.hands.workers, request.hands.jobs
    if request.resume:
        store = BatchStore.open(folder)
        asked = replace(request.plan, versions=store.plan.versions, entries=store.plan.entries)
        if asked.text() != store.plan.text():
            what = f"this store holds another calibration ({_different(asked, store.plan)})"
            raise UsageError(what, where=str(folder), mend="repeat its options, or choose another folder")
        return store.asking(store.replications + request.more if request.more else request.replications)
    BatchStore.check_empty(folder)
    plan = piloted_plan(request.plan, workers, request.thin, jobs, announce)
    return BatchStore.create(folder, plan, request.replications)


def _different(asked: CalibrationPlan, there: CalibrationPlan) -> str:
    """Name the first thing in which two plans differ."""
    found = (name for name in (*PLAIN, "engines", "models") if getattr(asked, name) != getattr(there, name))
    return next(found, "counts")


@contextmanager
def _folder(store: Path | None) -> Iterator[Path]:
    """Give the folder of the store, one that goes with this block where nobody keeps it."""
    if store is not None:
        yield store
        return
    with Scratch() as scratch:
        yield scratch / "store"


@contextmanager
def _telling(store: Path | None) -> Iterator[None]:
    """Add to an interruption where the finished batches are."""
    try:
        yield
    except (KeyboardInterrupt, OSError) as error:
        if store is not None:
            error.add_note(f"{KEPT}finished: {store}; the same command with --resume does the rest")
        raise

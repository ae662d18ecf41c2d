"""A calibration from Python, wherever its batches are done."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from pplcompare.backends.settings import checked_seed
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.batch_store import PLAN
from pplcompare.validation.calibrate.calibration_plan import REPLICATIONS, WARMUP, CalibrationPlan
from pplcompare.validation.calibrate.planned_source import source_of
from pplcompare.validation.calibrate.user_simulator import Simulate, check_not_loading
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batches_job import Hands
from pplcompare.validation.commands.calibrate_job import CalibrateRequest, calibrate_job, check_truths
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.study.checked_options import checked_count
from pplcompare.validation.study.machine import machine, processors
from pplcompare.validation.study.plan import FAMILY_LEVEL


def calibrate(
    counts: Counts,
    models: Model | Sequence[Model],
    backends: Sequence[str],
    *,
    source: str | Simulate = "prior",
    replications: int = REPLICATIONS,
    seed: int = 0,
    store: str | Path | None = None,
    keep_draws: bool = False,
    executor: Executor | None = None,
) -> CalibrationDocument:
    """Calibrate backends on the groups of counts, as ``pplcompare calibrate`` does.

    Parameters
    ----------
    counts
        Groups with their trials; with the source *posterior* their successes, too.
    models
        One model, or several of different names.
    backends
        Names of registered backends; each is required.
    source
        Where truths come from: the *prior*, drawn by NumPy, or by each *backend* itself, or the exact *posterior* of
        the counts; or a simulator of yours, a function at the top of a file, or its name, ``"FILE.py:FUNCTION"``. It is
        called with the trials (group,) and a generator, and returns a dictionary of all variables and the successes.
    replications
        How many data sets of each model on each backend; they come in batches of 25.
    seed
        The root of all random streams.
    store
        A folder that keeps all ranks, and has a report. One that holds a part of this calibration is gone on with.
    keep_draws
        Whether the store keeps truths and draws, too, for `rank_quantity`.
    executor
        Does the batches, one function call each, for example in other processes or on other machines, all of which
        must see `store` by the same path; None for workers beside this process.

    Returns
    -------
    dict
        What ``calibrate --json`` prints.

    Raises
    ------
    PplCompareError
        If something cannot be used, or a store does not belong to this calibration.
    """
    check_not_loading()
    given = (models,) if isinstance(models, Model) else tuple(models)
    names = [model.name for model in given]
    if not given or len(set(names)) < len(names):
        raise UsageError("models of different names are needed", where="models", seen=names)
    if keep_draws and store is None:
        raise UsageError("needs the folder of a store", where="keep_draws", mend="name it with store=")
    name, digest = source_of(source)
    workers = Workers()
    chosen = workers.backends.selected(tuple(backends), ())
    plan = CalibrationPlan(
        data="",
        counts=counts,
        models=given,
        engines=tuple(chosen.names),
        source=name,
        simulator=digest,
        multiple=1,
        warmup=WARMUP,
        seed=checked_seed(seed),
        level=FAMILY_LEVEL,
        mutant="",
        processor=machine()["processor"],
        versions={},
        keep_draws=keep_draws,
    )
    check_truths(plan)
    folder = None if store is None else Path(store)
    request = CalibrateRequest(
        plan,
        checked_count(replications, "replications"),
        None,
        folder,
        resume=folder is not None and (folder / PLAN).exists(),
        more=0,
        hands=Hands(workers, processors(), executor),
        required=chosen.required,
        delivery=Delivery(lambda document: document["exit_code"]),
    )
    return calibrate_job(request)

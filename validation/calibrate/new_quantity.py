"""A quantity that nobody thought of when a calibration ran, ranked in the draws that its store has kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.errors import StorageError, UsageError, said
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.batch_store import BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import PlanEntry, numbers_of, whole_batches
from pplcompare.validation.calibrate.kept_points import by_name
from pplcompare.validation.calibrate.level_shares import alone_log_threshold
from pplcompare.validation.calibrate.quantity_ranks import QuantityRanks, quantity_rows, sentence
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path, reached_after
from pplcompare.validation.calibrate.ranks import NO_RANK, RANKS, RankArray, autocorrelations, ranks_of
from pplcompare.validation.study.verdict import Verdict

type QuantityOfPoints = Callable[[Counts, Mapping[str, Float]], Any]
"""The counts that were fitted, and name -> (point, *plate) -> a number of each point."""

_LOG10: Final = math.log(10.0)
_MEND: Final = "return one number for each point, in an array (point,)"


@dataclass(frozen=True, slots=True, eq=False)
class NewQuantity:
    """What the ranks of one quantity say of one model on one backend; true if it has passed.

    Attributes
    ----------
    name, model, backend
        What was ranked.
    verdict, reason
        Passed, failed, underpowered or incomplete, and why.
    replications
        How many were ranked: those in order, up to the first that is missing.
    evidence, limit
        log10 of the evidence against uniform ranks at its highest, and that at which it fails.
    decided
        After how many replications it failed; None if it did not.
    lag
        The mean autocorrelation of kept draws at lag 1; 0 without any replication.
    p_value
        That of the simultaneous band: a picture of this moment, no verdict is made of it.
    ranks : (replication,)
        From 0 to 99; 255 where the truth or a draw is no number.
    """

    name: str
    model: str
    backend: str
    verdict: Verdict
    reason: str
    replications: int
    evidence: float
    limit: float
    decided: int | None
    lag: float
    p_value: float
    ranks: RankArray = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.verdict)

    def __str__(self) -> str:
        told = f": {self.reason}" if self.reason else ""
        evidence = f"evidence 10^{self.evidence:.1f}, limit 10^{self.limit:.1f}"
        of = f"{self.replications:,} replications"
        return f"{self.name}, {self.model}, {self.backend}: {self.verdict.value}, {of}, {evidence}{told}"


def rank_quantity(store: str | Path, name: str, quantity: QuantityOfPoints) -> tuple[NewQuantity, ...]:
    """Rank a quantity in the draws that a calibration has kept, without any fit.

    Parameters
    ----------
    store
        The folder of a calibration that was begun with ``--keep-draws``.
    name
        What it is called. Ties are broken by chance that depends on it.
    quantity
        A function of the counts that were fitted and of 100 points, name -> (point,), or (point, group) of what each
        group has. The truth is one of the points, and is treated like all others.

    Returns
    -------
    tuple of NewQuantity
        One of each model on each backend that was sampled.

    Raises
    ------
    StorageError
        If there is no store, or it has kept no draws.
    UsageError
        If the function raises, or returns anything but a number for each point.

    Notes
    -----
    The level is as large as that of the calibration, and shared by its backends and models alone. Each quantity has one
    of its own, beside that of the calibration. It holds if the quantity was not chosen for what its ranks look like.
    """
    found = BatchStore.open(Path(store))
    if not found.plan.keep_draws:
        mend = "calibrate into another folder with --keep-draws (keep_draws=True)"
        raise StorageError("this calibration has kept no draws", where=str(found.folder), mend=mend)
    return tuple(_judged(found, entry, name, quantity) for entry in found.plan.sampled)


def _judged(store: BatchStore, entry: PlanEntry, name: str, quantity: QuantityOfPoints) -> NewQuantity:
    ranks, lag, asked = *_ranks(store, entry, name, quantity), store.replications
    path = log_evidence_path(ranks[ranks[:, 0] != NO_RANK])
    (row,) = quantity_rows((name,), ranks, lag, path)
    limit = alone_log_threshold(store.plan)
    decided = None if row.underpowered else reached_after(path[:, 0], limit)
    verdict, reason = _verdict(row, ranks, decided, asked)
    return NewQuantity(
        name,
        entry.model,
        entry.engine,
        verdict,
        reason,
        len(ranks),
        row.highest / _LOG10,
        limit / _LOG10,
        decided,
        row.lag,
        row.p_value,
        ranks[:, 0],
    )


def _verdict(row: QuantityRanks, ranks: RankArray, decided: int | None, asked: int) -> tuple[Verdict, str]:
    missing = np.flatnonzero(ranks[:, 0] == NO_RANK)
    if missing.size:
        return Verdict.FAILED, f"{row.name} of replication {missing[0]} is no number"
    if decided is not None:
        return Verdict.FAILED, sentence(row)
    if len(ranks) < asked:
        return Verdict.INCOMPLETE, f"{asked - len(ranks)} of {asked} replications are missing"
    if row.underpowered:
        return Verdict.UNDERPOWERED, f"draws of {row.name} are still correlated"
    return Verdict.PASSED, ""


def _ranks(
    store: BatchStore, entry: PlanEntry, name: str, quantity: QuantityOfPoints
) -> tuple[RankArray, NDArray[np.float32]]:
    """Return ranks and autocorrelations at lag 1 of all replications up to the first that is missing, (replication, 1).

    One batch is in memory at a time.
    """
    plan = store.plan
    ranks, lags = [np.empty((0, 1), np.uint8)], [np.empty((0, 1), np.float32)]
    for batch in range(whole_batches(store.replications)):
        found = store.read(Unit(entry, batch))
        if found is None:
            break
        for number, successes, points in zip(numbers_of(batch), found.successes, found.points, strict=True):
            counts = Counts(plan.counts.groups, plan.trials, successes)
            values = _values(plan.model(entry.model), counts, points, quantity)
            ranks.append(ranks_of(values, (name,), plan.seed, number)[None])
            lags.append(autocorrelations(values[:, 1:], 1).astype(np.float32))
    return np.concatenate(ranks), np.concatenate(lags)


def _values(model: Model, counts: Counts, points: Float, quantity: QuantityOfPoints) -> Float:
    """Return the quantity of all points, (1, point)."""
    given = by_name(model.structure, counts.groups, points)
    try:
        with np.errstate(all="ignore"):  # what is no number then has no rank, and that is told
            found = np.asarray(quantity(counts, given))
    except Exception as error:
        raise UsageError(f"raised {said(error)}", where="quantity") from error
    if found.shape != (RANKS,) or found.dtype.kind not in "biuf":
        raise UsageError("cannot be used", where="quantity", seen=(found.dtype.name, found.shape), mend=_MEND)
    return found.astype(np.float64)[None]

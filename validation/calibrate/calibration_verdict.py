"""What ranks say of one model on one engine: evidence, gate, p-values, coverage, and what would have been found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.exact_verdict import ExactVerdict, judged_exact
from pplcompare.validation.calibrate.kernel_verdict import KernelVerdict, judged_kernel
from pplcompare.validation.calibrate.level_shares import log_threshold
from pplcompare.validation.calibrate.quantity_ranks import QuantityRanks, quantity_rows, sentence
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path, mean_log_evidence, reached_after
from pplcompare.validation.calibrate.rank_power import least_narrowing, least_shift
from pplcompare.validation.calibrate.ranks import NO_RANK
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.study.verdict import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The verdict on one model on one engine; true if it has passed.

    Attributes
    ----------
    replications
        How many were counted: those in order, up to the first that is missing.
    log_threshold
        The logarithm of the evidence that it must reach to fail.
    log_evidence, highest
        That of the mean evidence of all quantities at the end, and at its highest, which decides; that of underpowered
        ones counts as nothing.
    decided
        After how many replications it did; None if it did not.
    least_shift, least_narrowing
        The least bias, in standard deviations, and the least part by which a standard deviation is too small, of one
        quantity, that are found with 99.9 % power; None if none is.
    seconds
        The median of wall seconds per replication.
    path : (replication,)
        The logarithm of the mean evidence after each replication.
    exact
        What exact probabilities say; None where the model has no exact answer.
    kernel
        What the ranks of its kernel say; None where they were not asked for.
    """

    entry: PlanEntry
    verdict: Verdict
    reason: str
    replications: int
    log_threshold: float
    quantities: tuple[QuantityRanks, ...] = ()
    log_evidence: float = 0.0
    highest: float = 0.0
    decided: int | None = None
    least_shift: float | None = None
    least_narrowing: float | None = None
    seconds: float | None = None
    path: Float = field(default_factory=lambda: np.zeros(0))
    exact: ExactVerdict | None = None
    kernel: KernelVerdict | None = None

    def __bool__(self) -> bool:
        return bool(self.verdict)


def judged_ranks(
    plan: CalibrationPlan, entry: PlanEntry, found: RankedBatch, asked: int, reason: str = ""
) -> Calibrated:
    """Return the verdict on the replications that are there.

    Parameters
    ----------
    asked
        How many there are to be.
    reason
        Why there are no more, if there are not.
    """
    threshold = log_threshold(plan, entry.model, "ranks")
    nothing = Calibrated(entry, Verdict.INCOMPLETE, reason or "no replication is finished", 0, threshold)
    if entry.verdict:
        return replace(nothing, verdict=Verdict(entry.verdict), reason=entry.reason)
    number = len(found.ranks)
    if number == 0:
        return nothing
    names, whole = plan.quantities(entry.model).names, found.ranks != NO_RANK
    path = log_evidence_path(found.ranks[whole.all(axis=1)])
    rows = quantity_rows(names, found.ranks, found.lag, path)
    result = _decided(plan, entry, rows, path)
    result = replace(result, replications=number, seconds=float(np.median(found.seconds)))
    exact, kernel = judged_exact(plan, entry, found), judged_kernel(plan, entry, found)
    result = _failed_too(result, exact, explains=exact is not None and exact.blames_truths)
    result = replace(_failed_too(result, kernel, explains=False), exact=exact, kernel=kernel)
    if not whole.all():
        first, quantity = np.argwhere(~whole)[0]
        told = f"{names[quantity]} of replication {first} is no number"
        return replace(result, verdict=Verdict.FAILED, reason=told)
    if result.verdict is Verdict.FAILED:
        return result
    if number < asked:
        told = reason or f"{asked - number} of {asked} replications are missing"
        return replace(result, verdict=Verdict.INCOMPLETE, reason=told)
    return result


def _failed_too(result: Calibrated, other: ExactVerdict | KernelVerdict | None, *, explains: bool) -> Calibrated:
    """Return the verdict with that of another judgement; one that explains wrong ranks is told alone."""
    if other is None or other:
        return result
    decided = min((number for number in (result.decided, other.decided) if number is not None), default=None)
    alone = explains or result.verdict is not Verdict.FAILED
    reason = other.reason if alone else f"{result.reason}; {other.reason}"
    return replace(result, verdict=Verdict.FAILED, reason=reason, decided=decided)


def _decided(plan: CalibrationPlan, entry: PlanEntry, rows: tuple[QuantityRanks, ...], path: Float) -> Calibrated:
    """Return the verdict on ranks all of which are there."""
    number, threshold = len(path), log_threshold(plan, entry.model, "ranks")
    counting = [at for at, row in enumerate(rows) if not row.underpowered]
    # The number of all quantities, whichever count: which do depends on the draws.
    mean = mean_log_evidence(path[:, counting], len(rows)) if counting and number else np.zeros(1)
    decided = reached_after(mean, threshold)
    of_one = threshold + math.log(len(rows))
    result = Calibrated(
        entry,
        Verdict.PASSED,
        "",
        number,
        threshold,
        rows,
        float(mean[-1]),
        max(0.0, float(mean.max())),
        decided,
        least_shift(number, of_one),
        least_narrowing(number, of_one),
        path=mean,
    )
    if decided is not None:
        worst = max((rows[at] for at in counting), key=lambda one: one.highest)
        return replace(result, verdict=Verdict.FAILED, reason=sentence(worst))
    if weak := [row.name for row in rows if row.underpowered]:
        told = f"draws of {', '.join(weak)} are still correlated after thinning by {entry.thin}"
        return replace(result, verdict=Verdict.UNDERPOWERED, reason=told)
    return result

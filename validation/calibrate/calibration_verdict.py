"""What ranks say of one model on one engine: evidence, gate, p-values, coverage, and what would have been found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.exact_verdict import ExactVerdict, judged_exact
from pplcompare.validation.calibrate.kernel_verdict import KernelVerdict, judged_kernel
from pplcompare.validation.calibrate.level_shares import log_threshold
from pplcompare.validation.calibrate.rank_band import p_value
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path, mean_log_evidence, reached_after
from pplcompare.validation.calibrate.rank_power import least_narrowing, least_shift
from pplcompare.validation.calibrate.ranks import KEPT, NO_RANK, RANKS, RankArray
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.calibrate.thinning import LARGEST_LAG
from pplcompare.validation.study.verdict import Verdict
from scipy import special

INTERVALS: Final = (0.5, 0.9)
"""Central intervals whose coverage is told: a rank lies in each with exactly this probability."""

# Of the normal scores of all ranks.
_SPREAD: Final = float(special.ndtri((np.arange(RANKS) + 0.5) / RANKS).std())


@dataclass(frozen=True, slots=True, eq=False)
class QuantityRanks:
    """The ranks of one quantity.

    Attributes
    ----------
    counts : (rank,)
        How often each rank came.
    log_evidence, highest
        The logarithm of the evidence against uniform ranks at the end, and at its highest.
    p_value
        That of the simultaneous band; it is a picture of this moment, and no verdict is made of it.
    lag
        The mean autocorrelation of kept draws at lag 1, its bias taken out.
    coverage
        The part of truths within each of `INTERVALS`.
    shift, spread
        Where the truths lie among the draws, as normal scores of their ranks: mean and standard deviation, 0 and 1 if
        the draws are right.
    """

    name: str
    counts: NDArray[np.int64]
    log_evidence: float
    highest: float
    p_value: float
    lag: float
    coverage: tuple[float, ...]
    shift: float
    spread: float

    @property
    def underpowered(self) -> bool:
        """Whether kept draws are so correlated that ranks of a right sampler are not uniform."""
        return not self.lag <= LARGEST_LAG


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
    rows = _rows(names, found, whole, path)
    result = _decided(plan, entry, rows, path)
    result = replace(result, replications=number, seconds=float(np.median(found.seconds)))
    result = _with_exact(result, judged_exact(plan, entry, found))
    result = _with_kernel(result, judged_kernel(plan, entry, found))
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


def _with_exact(result: Calibrated, exact: ExactVerdict | None) -> Calibrated:
    """Return the verdict with what the exact answer says; a wrong simulator explains wrong ranks, too."""
    if exact is None or exact:
        return replace(result, exact=exact)
    decided = min(number for number in (result.decided, exact.decided) if number is not None)
    by_ranks = result.verdict is Verdict.FAILED and not exact.blames_truths
    reason = f"{result.reason}; {exact.reason}" if by_ranks else exact.reason
    return replace(result, exact=exact, verdict=Verdict.FAILED, reason=reason, decided=decided)


def _with_kernel(result: Calibrated, kernel: KernelVerdict | None) -> Calibrated:
    """Return the verdict with what the kernel's ranks say."""
    if kernel is None or kernel:
        return replace(result, kernel=kernel)
    decided = min((number for number in (result.decided, kernel.decided) if number is not None), default=None)
    reason = f"{result.reason}; {kernel.reason}" if result.verdict is Verdict.FAILED else kernel.reason
    return replace(result, kernel=kernel, verdict=Verdict.FAILED, reason=reason, decided=decided)


def _decided(plan: CalibrationPlan, entry: PlanEntry, rows: Sequence[QuantityRanks], path: Float) -> Calibrated:
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
        tuple(rows),
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


def _rows(names: Sequence[str], found: RankedBatch, whole: NDArray[np.bool_], path: Float) -> list[QuantityRanks]:
    rows = []
    for at, name in enumerate(names):
        ranks = found.ranks[whole[:, at], at]
        counts = np.bincount(ranks, minlength=RANKS)
        scores = special.ndtri((ranks + 0.5) / RANKS)
        rows.append(
            QuantityRanks(
                name,
                counts,
                float(path[-1, at]) if len(path) else 0.0,
                max(0.0, float(path[:, at].max(initial=0.0))),
                p_value(counts),
                float(found.lag[:, at].mean()) + 1.0 / KEPT,
                tuple(_coverage(ranks, part) for part in INTERVALS),
                float(scores.mean()) if len(scores) else 0.0,
                float(scores.std()) / _SPREAD if len(scores) else 1.0,
            )
        )
    return rows


def _coverage(ranks: RankArray, part: float) -> float:
    """Return the part of ranks within the middle of all."""
    outside = round(RANKS * (1.0 - part) / 2.0)
    return float(((ranks >= outside) & (ranks < RANKS - outside)).mean()) if len(ranks) else part


def sentence(row: QuantityRanks) -> str:
    """Return in words what the ranks of a quantity say of its draws."""
    number = math.sqrt(max(int(row.counts.sum()), 1))
    errors = {
        "too high" if row.shift < 0.0 else "too low": abs(row.shift) * number,
        "too narrow" if row.spread > 1.0 else "too wide": abs(row.spread - 1.0) * number * math.sqrt(2.0),
    }
    how = max(errors, key=lambda words: errors[words])
    held = (
        f"{100.0 * part:.0f} % intervals held {100.0 * of:.1f} %"
        for part, of in zip(INTERVALS, row.coverage, strict=True)
    )
    return f"draws of {row.name} are {how}: {', '.join(held)} of the truths"

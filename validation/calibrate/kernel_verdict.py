"""What the ranks of kernels say of one model on one engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.level_shares import log_threshold
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path, mean_log_evidence, reached_after
from pplcompare.validation.calibrate.ranks import NO_RANK
from pplcompare.validation.calibrate.replicated_batch import RankedBatch


@dataclass(frozen=True, slots=True, eq=False)
class KernelVerdict:
    """Whether transitions leave the posterior as it is; true unless they do not.

    Attributes
    ----------
    log_threshold, highest
        The logarithm of the evidence that fails a kernel, and that of the mean over quantities at its highest.
    decided
        After how many replications it failed; None if it did not.
    worst
        The quantity against which there was most evidence; empty where there is none.
    untried
        Why the kernel was not tried; empty if it was.
    lost
        How many replications have a state that is no number: one is enough to fail.
    path : (replication,)
        The logarithm of the mean evidence after each replication.
    """

    log_threshold: float
    highest: float = 0.0
    decided: int | None = None
    worst: str = ""
    untried: str = ""
    lost: int = 0
    path: Float = field(default_factory=lambda: np.zeros(0))

    def __bool__(self) -> bool:
        return self.decided is None and not self.lost

    @property
    def reason(self) -> str:
        """What has failed, in words; empty if nothing has."""
        if self.lost:
            return f"transitions from {self.lost} truths come to no number"
        return "" if self else f"transitions do not leave the posterior of {self.worst} as it is"


def judged_kernel(plan: CalibrationPlan, entry: PlanEntry, found: RankedBatch) -> KernelVerdict | None:
    """Return what the ranks of kernels say; None where they were not asked for."""
    if not plan.kernel:
        return None
    limit = log_threshold(plan, entry.model, "kernel")
    if entry.no_kernel or not len(found.kernel):
        return KernelVerdict(limit, untried=entry.no_kernel or "no replication is finished")
    whole = (found.kernel != NO_RANK).all(axis=1)
    path = log_evidence_path(found.kernel[whole])
    mean = mean_log_evidence(path)
    worst = plan.quantities(entry.model).names[int(path.max(axis=0, initial=-np.inf).argmax())]
    highest, decided = float(mean.max(initial=0.0)), reached_after(mean, limit)
    return KernelVerdict(limit, highest, decided, worst, lost=int((~whole).sum()), path=mean)

"""Who has which share of the level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan

# The exact answer judges twice: truths and draws.
_WITH_EXACT: Final = {"ranks": 0.5, "exact": 0.25}
_WITH_KERNEL: Final = {"ranks": 0.5, "kernel": 0.5}
_WITH_BOTH: Final = {"ranks": 0.25, "kernel": 0.25, "exact": 0.25}
_SHARES: Final[Mapping[tuple[bool, bool], Mapping[str, float]]] = {
    (False, False): {"ranks": 1.0},
    (True, False): _WITH_EXACT,
    (False, True): _WITH_KERNEL,
    (True, True): _WITH_BOTH,
}
"""Whether there is an exact answer, and whether kernels are tried -> the share of each judgement."""


def alone_log_threshold(plan: CalibrationPlan) -> float:
    """Return the logarithm of the evidence at which an engine fails by a judgement with a level of its own.

    Engines and models share that level. It comes beside the run's own.
    """
    return math.log(len(plan.engines) * len(plan.models) / plan.level)


def log_threshold(plan: CalibrationPlan, model: str, what: str) -> float:
    """Return the logarithm of the evidence at which an engine fails: engines, models and judgements share the level.

    The mean of e-processes is one; by Ville's inequality a right engine's ever reaches m / level with a probability of
    at most level / m.

    Parameters
    ----------
    what
        The judgement: by "ranks", by those of the "kernel", or, of truths and of draws alike, by the "exact" answer.
    """
    share = _SHARES[bool(plan.components(model)), plan.kernel][what]
    return math.log(len(plan.engines) * len(plan.models) / (share * plan.level))

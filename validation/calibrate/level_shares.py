"""Who has which share of the level."""

from __future__ import annotations

import math
from typing import Final

from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan

# The exact answer judges twice: truths and draws.
_SHARES: Final = {"ranks": 0.5, "exact": 0.25}


def log_threshold(plan: CalibrationPlan, model: str, what: str) -> float:
    """Return the logarithm of the evidence at which an engine fails: engines, models and judgements share the level.

    The mean of e-processes is one; by Ville's inequality a right engine's ever reaches m / level with a probability of
    at most level / m.

    Parameters
    ----------
    what
        The judgement: by ranks, or by the exact answer. Ranks have all of the level where a model has no such answer.
    """
    share = _SHARES[what] if plan.components(model) else 1.0
    return math.log(len(plan.engines) * len(plan.models) / (share * plan.level))

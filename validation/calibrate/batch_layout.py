"""The arrays of a batch: kinds and shapes, wherever they come from, a worker or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.kept_points import width
from pplcompare.validation.calibrate.rank_evidence import DEGREES
from pplcompare.validation.calibrate.ranks import KEPT, NO_RANK, RANKS
from pplcompare.validation.calibrate.replicated_batch import RankedBatch

KINDS: Final[Mapping[str, DTypeLike]] = {
    "ranks": np.uint8,
    "lag": np.float32,
    "seconds": np.float32,
    "successes": np.int64,
    "truths": np.float64,
    "direct": np.float64,
    "tabulated": np.bool_,
    "kernel": np.uint8,
    "points": np.float64,
}
"""The type of each array of a `RankedBatch`."""


def shapes(plan: CalibrationPlan, entry: PlanEntry, replications: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array for so many replications of an entry."""
    model = plan.model(entry.model)
    quantities, components = len(plan.quantities(entry.model).names), len(plan.components(entry.model))
    own = {
        "ranks": (quantities,),
        "lag": (quantities,),
        "successes": (len(plan.counts.groups),),
        "truths": (components,),
        "direct": (components, DEGREES),
        "kernel": (quantities if plan.tries_kernel(entry) else 0,),
        "points": (RANKS, width(model.structure, plan.counts.groups) if plan.keep_draws else 0),
    }
    return {name: (replications, *own.get(name, ())) for name in KINDS}


def empty_batch(plan: CalibrationPlan, entry: PlanEntry) -> RankedBatch:
    """Return a batch of no replications."""
    return RankedBatch(**{name: np.empty(shape, KINDS[name]) for name, shape in shapes(plan, entry, 0).items()})


def fault(found: Mapping[str, NDArray[Any]], expected: Mapping[str, tuple[int, ...]]) -> str:
    """Say what is wrong with the arrays of a batch that has these shapes; empty if nothing is."""
    for name, shape in expected.items():
        if found[name].shape != shape or found[name].dtype != KINDS[name]:
            return f"{name} of another kind"
    ranks = np.concatenate([found["ranks"], found["kernel"]], axis=1)
    return "" if bool(np.all((ranks <= KEPT) | (ranks == NO_RANK))) else "ranks out of range"

"""The verdict on all runs of a history together, which is beside that on each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.level_shares import alone_log_threshold
from pplcompare.validation.calibrate.night_evidence import night_evidence
from pplcompare.validation.calibrate.night_history import Night, NightRanks
from pplcompare.validation.calibrate.rank_evidence import reached_after


@dataclass(frozen=True, slots=True)
class NightVerdict:
    """What all runs say of one model on one engine; true unless they have failed it.

    Attributes
    ----------
    runs, replications
        How many there are of it.
    log_threshold
        The logarithm of the evidence that fails it.
    log_evidence, highest
        The logarithm of the evidence after the last run, minus infinity where nothing may be tested, and after that run
        after which it was highest.
    decided
        The line of the file, from 1, after which it failed; None if it did not.
    begins
        The line since which there was most evidence then, or, where it did not fail, when it was highest.
    """

    model: str
    engine: str
    runs: int
    replications: int
    log_threshold: float
    log_evidence: float
    highest: float
    decided: int | None
    begins: int

    def __bool__(self) -> bool:
        return self.decided is None


def judged_nights(plan: CalibrationPlan, nights: Sequence[Night]) -> list[NightVerdict]:
    """Return what all runs say of each model on each engine that has any."""
    threshold = alone_log_threshold(plan)
    found = []
    for model in plan.models:
        names = plan.quantities(model.name).names
        for engine in plan.engines:
            own = [
                (at, ranks)
                for at, night in enumerate(nights, 1)
                for ranks in night["ranks"]
                if (ranks["model"], ranks["engine"]) == (model.name, engine)
            ]
            if own:
                found.append(_judged(names, own, threshold))
    return found


def _judged(names: Sequence[str], own: Sequence[tuple[int, NightRanks]], threshold: float) -> NightVerdict:
    lines, ranks = [at for at, _ in own], [each for _, each in own]
    counts = np.array([[each["counts"][name] for name in names] for each in ranks], np.int64)
    tested = np.array([[name not in each["underpowered"] for name in names] for each in ranks])
    evidence = night_evidence(counts, tested)
    after = reached_after(evidence.path, threshold)
    when = int(evidence.path.argmax()) if after is None else after - 1
    return NightVerdict(
        model=ranks[0]["model"],
        engine=ranks[0]["engine"],
        runs=len(own),
        replications=int(counts.sum(axis=2).max(axis=1).sum()),
        log_threshold=threshold,
        log_evidence=float(evidence.path[-1]),
        highest=max(0.0, float(evidence.path.max())),
        decided=None if after is None else lines[when],
        begins=lines[int(evidence.begins[when])],
    )

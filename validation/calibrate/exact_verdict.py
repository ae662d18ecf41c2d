"""What exact probabilities say of one model on one engine: of the truths, of the draws, and where these are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry, shared_transform
from pplcompare.validation.calibrate.data_places import DataPlace, data_places, wave_scores
from pplcompare.validation.calibrate.exact_evidence import ExactEvidence, direct_evidence, truth_evidence
from pplcompare.validation.calibrate.level_shares import log_threshold
from pplcompare.validation.calibrate.planned_source import planned_source
from pplcompare.validation.calibrate.ranks import RANKS
from pplcompare.validation.calibrate.replicated_batch import RUN, RankedBatch
from pplcompare.validation.calibrate.table_certificate import CERTIFIED, TableCertificate, table_certificate


@dataclass(frozen=True, slots=True, eq=False)
class ExactVerdict:
    """Both judgements; true if neither has failed.

    Attributes
    ----------
    truths, direct
        The evidence against the simulator, or the exact answer, and against the sampler.
    log_threshold
        What either must reach to fail.
    general
        How many replications the general quadrature answered, since the tables of the run were not good enough.
    tables
        How far those tables are from the general quadrature on some of the data sets.
    truth_counts : (component, rank)
        How many exact probabilities of truths lie in each hundredth: uniform, as ranks are.
    scores : (component, 2)
        Normal scores of the place and the spread of the draws.
    places
        Data sets on which draws are wrong; looked for only if the sampler has failed.
    """

    truths: ExactEvidence
    direct: ExactEvidence
    log_threshold: float
    general: int
    tables: TableCertificate
    truth_counts: NDArray[np.int64]
    scores: Float
    places: tuple[DataPlace, ...]

    def __bool__(self) -> bool:
        return not self.reason

    @property
    def decided(self) -> int | None:
        """After how many replications one of them failed; None if neither did."""
        found = [one.decided(self.log_threshold) for one in (self.truths, self.direct)]
        return min((number for number in found if number is not None), default=None)

    @property
    def blames_truths(self) -> bool:
        """Whether truths are wrong."""
        return self.truths.decided(self.log_threshold) is not None

    @property
    def reason(self) -> str:
        """What has failed, in words; empty if nothing has."""
        if self.blames_truths:
            return f"truths of {self.truths.worst} are not as the exact answer has them: it or the simulator is wrong"
        if self.direct.decided(self.log_threshold) is None:
            return ""
        told = f"draws of {self.direct.worst} are not those of the exact posterior"
        return f"{told}, most clearly where: {self.places[0].where}" if self.places else told


def judged_exact(plan: CalibrationPlan, entry: PlanEntry, found: RankedBatch) -> ExactVerdict | None:
    """Return what exact probabilities say; None where there is no exact answer, or no replication.

    Raises
    ------
    AccuracyError
        If the tables of the run are not good enough where they were used.
    """
    names, counts = plan.components(entry.model), plan.counts
    if not names or not len(found.ranks):
        return None
    tables = _tables(plan.text(), entry.model)
    if not tables:
        what = "tables of the exact answer differ from the general quadrature"
        raise AccuracyError(what, where=entry.model, seen=f"by {tables.largest:.1e}")
    groups, limit = len(counts.groups), log_threshold(plan, entry.model, "exact")
    truths, direct = truth_evidence(found.truths, names, groups), direct_evidence(found.direct, names, groups)
    certain = np.isfinite(found.truths).all(axis=1)
    failed = direct.decided(limit) is not None
    places = data_places(found.direct, found.successes, plan.trials, names, counts.groups) if failed else ()
    general = int((certain & ~found.tabulated).sum())
    hundredths = _hundredths(found.truths[certain])
    return ExactVerdict(truths, direct, limit, general, tables, hundredths, wave_scores(found.direct), places)


def _hundredths(probabilities: Float) -> NDArray[np.int64]:
    """Return how many probabilities lie in each hundredth, (component, rank), of (replication, component)."""
    places = np.minimum((RANKS * probabilities).astype(np.int64), RANKS - 1)
    return np.stack([np.bincount(of, minlength=RANKS) for of in places.T])


@lru_cache(maxsize=4)
def _tables(text: str, name: str) -> TableCertificate:
    """Return the certificate of the tables of a plan, which all engines of a model share."""
    plan = CalibrationPlan.read(text)
    model, transform = plan.model(name), shared_transform(plan, name)
    if transform is None or not transform.hierarchy.hyperparameters:
        return TableCertificate(0, 0.0)
    source = planned_source(plan, model)
    chosen = [source.replication(plan.seed, number, RUN) for number in range(CERTIFIED)]
    return table_certificate(transform, chosen)

"""What ``pplcompare calibrate --json`` prints, typed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, NotRequired, TypedDict

from pplcompare.models.document import model_hash
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.calibrate.exact_evidence import ExactEvidence
from pplcompare.validation.calibrate.exact_verdict import ExactVerdict
from pplcompare.validation.calibrate.kernel_verdict import KernelVerdict
from pplcompare.validation.calibrate.quantity_ranks import QuantityRanks
from pplcompare.validation.calibrate.ranks import KEPT
from pplcompare.validation.output.calibrate.night_documents import NightsDocument
from pplcompare.validation.output.documents import CountsDocument, ModelHashDocument
from pplcompare.validation.output.summary import data_document
from pplcompare.validation.study.machine import Machine
from pplcompare.validation.study.verdict import exit_code


class QuantityRanksDocument(TypedDict):
    """The ranks of one quantity.

    `counts` says how often each rank from 0 to 99 came, `evidence` is log10 of the evidence against uniform ranks at
    the end, `highest` at any time. `shift` and `spread` are mean and standard deviation of the normal scores of ranks:
    0 and 1 if draws are right.
    """

    name: str
    counts: list[int]
    evidence: float
    highest: float
    p_value: float
    lag: float
    underpowered: bool
    coverage_50: float
    coverage_90: float
    shift: float
    spread: float


class ExactEvidenceDocument(TypedDict):
    """Evidence from exact probabilities, log10 at its highest, and the component against which there is most.

    `decided` is after how many replications it reached its limit; null if it did not.
    """

    highest: float
    decided: int | None
    worst: str


class DataPlaceDocument(TypedDict):
    """Data sets on which draws of one component are wrong, in their place or their spread.

    `inside` and `outside` are normal scores of these data sets and of all others.
    """

    where: str
    component: str
    what: str
    replications: int
    inside: float
    outside: float


class ExactVerdictDocument(TypedDict):
    """What exact probabilities say of the truths, which test the simulator, and of the draws.

    `general` data sets were beyond the tables of the run and took the general quadrature; `uncertified` ones have no
    certified exact answer and count for nothing. On `certified` data sets the tables were compared with the quadrature,
    and distribution functions differed by `table_error` at most.
    """

    limit: float
    truths: ExactEvidenceDocument
    draws: ExactEvidenceDocument
    general: int
    uncertified: int
    certified: int
    table_error: float
    places: list[DataPlaceDocument]


class KernelVerdictDocument(TypedDict):
    """Ranks of truths among ten states of the backend's own kernel; evidence as log10, at its highest.

    It fails if `highest` reaches `limit`, which it did after `decided` replications, and if there are `lost` ones, with
    states that are no numbers. `untried` says why the kernel was not tried; empty if it was.
    """

    limit: float
    highest: float
    decided: int | None
    worst: str
    untried: str
    lost: int


class CalibratedDocument(TypedDict):
    """One model on one backend; `evidence`, `highest` and `limit` are log10, of all its quantities together.

    It fails if `highest` reaches `limit`, which it did after `decided` replications. `finds_shift` and
    `finds_narrowing` are the least errors of one quantity that so many replications find with 99.9 % power, in standard
    deviations and as a part of one; null if there is none.
    `exact` is null where a model has no exact answer, `kernel` where it was not asked for.
    """

    model: str
    backend: str
    verdict: str
    reason: str
    versions: Mapping[str, str]
    thin: int
    replications: int
    decided: int | None
    evidence: float
    highest: float
    limit: float
    finds_shift: float | None
    finds_narrowing: float | None
    seconds: float | None
    quantities: list[QuantityRanksDocument]
    exact: ExactVerdictDocument | None
    kernel: KernelVerdictDocument | None


class CalibrationDocument(TypedDict):
    """What ``calibrate --json`` prints; `store` is null where nobody keeps the batches.

    `history` is there with ``--history``; `exit_code` is 1 if that has failed, too.
    """

    schema_version: int
    pplcompare: str
    exit_code: int
    required: list[str]
    data_name: str
    data: CountsDocument
    models: Mapping[str, ModelHashDocument]
    source: str
    multiple: int
    kept: int
    warmup: int
    seed: int
    level: float
    mutant: str | None
    replications: int
    store: str | None
    machine: Machine
    calibrated: list[CalibratedDocument]
    history: NotRequired[NightsDocument]


_LOG10: Final = 1.0 / math.log(10.0)


def calibration_document(
    plan: CalibrationPlan,
    replications: int,
    found: Sequence[Calibrated],
    required: Collection[str],
    machine: Machine,
    store: Path | None,
) -> CalibrationDocument:
    """Return the document of a calibration.

    Parameters
    ----------
    replications
        How many of each model on each engine were asked for.
    required
        Engines that somebody asked for by name.
    store
        The folder that is kept; None where none is.
    """
    counts = plan.counts
    return {
        "schema_version": 1,
        "pplcompare": version("pplcompare"),
        "exit_code": int(exit_code([(one.entry.engine, one.verdict) for one in found], required)),
        "required": sorted(required),
        "data_name": plan.data,
        "data": data_document(counts),
        "models": {model.name: {"hash": model_hash(model)} for model in plan.models},
        "source": plan.source,
        "multiple": plan.multiple,
        "kept": KEPT,
        "warmup": plan.warmup,
        "seed": plan.seed,
        "level": plan.level,
        "mutant": plan.mutant or None,
        "replications": replications,
        "store": None if store is None else str(store),
        "machine": machine,
        "calibrated": [_calibrated(plan, one) for one in found],
    }


def _calibrated(plan: CalibrationPlan, one: Calibrated) -> CalibratedDocument:
    return {
        "model": one.entry.model,
        "backend": one.entry.engine,
        "verdict": one.verdict.value,
        "reason": one.reason,
        "versions": dict(plan.versions.get(one.entry.engine, {})),
        "thin": one.entry.thin,
        "replications": one.replications,
        "decided": one.decided,
        "evidence": one.log_evidence * _LOG10,
        "highest": one.highest * _LOG10,
        "limit": one.log_threshold * _LOG10,
        "finds_shift": one.least_shift,
        "finds_narrowing": one.least_narrowing,
        "seconds": one.seconds,
        "quantities": [_quantity(row) for row in one.quantities],
        "exact": None if one.exact is None else _exact(one.exact),
        "kernel": None if one.kernel is None else _kernel(one.kernel),
    }


def _kernel(found: KernelVerdict) -> KernelVerdictDocument:
    return {
        "limit": found.log_threshold * _LOG10,
        "highest": found.highest * _LOG10,
        "decided": found.decided,
        "worst": found.worst,
        "untried": found.untried,
        "lost": found.lost,
    }


def _exact(found: ExactVerdict) -> ExactVerdictDocument:
    return {
        "limit": found.log_threshold * _LOG10,
        "truths": _evidence(found.truths, found.log_threshold),
        "draws": _evidence(found.direct, found.log_threshold),
        "general": found.general,
        "certified": found.tables.compared,
        "table_error": found.tables.largest,
        "uncertified": found.truths.left_out,
        "places": [
            {
                "where": place.where,
                "component": place.component,
                "what": place.what,
                "replications": place.replications,
                "inside": place.inside,
                "outside": place.outside,
            }
            for place in found.places
        ],
    }


def _evidence(found: ExactEvidence, threshold: float) -> ExactEvidenceDocument:
    highest = max(0.0, float(found.path.max()))
    return {"highest": highest * _LOG10, "decided": found.decided(threshold), "worst": found.worst}


def _quantity(row: QuantityRanks) -> QuantityRanksDocument:
    half, most = row.coverage
    return {
        "name": row.name,
        "counts": row.counts.tolist(),
        "evidence": row.log_evidence * _LOG10,
        "highest": row.highest * _LOG10,
        "p_value": row.p_value,
        "lag": row.lag,
        "underpowered": row.underpowered,
        "coverage_50": half,
        "coverage_90": most,
        "shift": row.shift,
        "spread": row.spread,
    }

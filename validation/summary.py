"""A finished study as plain data: what `results.json`, the report and ``--json`` show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

from pplcompare.models.document import model_hash, structure_document
from pplcompare.validation.critical_values import normal_limit
from pplcompare.validation.detectable import detectable_variance
from pplcompare.validation.exact_summary import exact_summary, plain
from pplcompare.validation.result import CheckReport, CheckResult, Outcome
from pplcompare.validation.study import Row, Study
from pplcompare.validation.verdict import ExitCode

SCHEMA_VERSION: Final = 1


def summary(study: Study, code: ExitCode, machine: Mapping[str, object]) -> dict[str, Any]:
    """Return everything about a study but its draws; finite numbers, strings, lists and dictionaries only."""
    plan = study.plan
    counts = plan.counts
    document: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "pplcompare": version("pplcompare"),
            "exit_code": int(code),
            "seed": plan.seed,
            "settings": plan.settings.as_dict(),
            "family_level": plan.family_level,
            "comparisons": plan.comparisons,
            "level": plan.level,
            "limit": normal_limit(plan.level),
            "machine": machine,
            "data": {
                "group": list(counts.groups),
                "n": counts.trials.tolist(),
                "k": counts.successes.tolist(),
            },
            "models": {
                model.name: {
                    "hash": model_hash(model),
                    "structure": structure_document(model.structure),
                    "constants": dict(model.constants),
                    "exact": exact_summary(study.exact[model.name]),
                }
                for model in plan.models
            },
            "fits": [_row(row, plan.level) for row in study.rows],
        }
    )
    return document


def _row(row: Row, level: float) -> dict[str, Any]:
    return {
        "model": row.model,
        "backend": row.backend,
        "verdict": row.verdict,
        "reason": row.reason,
        "versions": row.status.versions,
        "same_model": _report(row.same_model),
        "posterior": _report(row.posterior),
        "prediction": _report(row.prediction),
        "settings_passed": {} if row.fit is None else row.fit.native,
        "seed": None if row.fit is None else row.fit.seed,
        "seconds": None if row.fit is None else asdict(row.fit.timing),
        "speed": None if row.speed is None else asdict(row.speed),
        "detectable_variance": None if row.speed is None else detectable_variance(level, row.speed.ess),
        "divergences": None
        if row.fit is None or "diverging" not in row.fit.statistics
        else int(row.fit.statistics["diverging"].sum()),
    }


def _report(report: CheckReport) -> dict[str, Any]:
    counted = {outcome.value: len(report.of(outcome)) for outcome in Outcome}
    compared = [result for result in report.results if math.isfinite(result.limit)]
    worst = max(compared, key=lambda result: abs(result.statistic), default=None)
    return {
        "outcome": report.outcome,
        "comparisons": report.comparisons,
        "counted": counted,
        "worst": None if worst is None else _result(worst),
        "failed": [_result(result) for result in report.failures[:20]],
        "underpowered": [_result(result) for result in report.of(Outcome.UNDERPOWERED)[:20]],
    }


def _result(result: CheckResult) -> dict[str, Any]:
    return {**asdict(result), "text": str(result)}

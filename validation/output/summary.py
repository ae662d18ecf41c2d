"""A finished study as plain data: what `results.json`, the report and ``--json`` show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

from pplcompare.models.document import model_hash, structure_document
from pplcompare.validation.checks.critical_values import normal_limit
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, excess
from pplcompare.validation.output.exact_summary import plain
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.nothing_checked import nothing_checked
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import ExitCode, Verdict

SCHEMA_VERSION: Final = 1


def summary(
    study: Study, code: ExitCode, machine: Mapping[str, object], *, marginal: bool = False, mutant: str | None = None
) -> dict[str, Any]:
    """Return everything about a study but its draws; finite numbers, strings, lists and dictionaries only.

    Parameters
    ----------
    marginal
        Whether backends sampled without the rates.
    mutant
        How every backend was broken on purpose.
    """
    plan = study.plan
    counts = plan.counts
    fits = [_timed(row) for row in study.rows]
    document: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "pplcompare": version("pplcompare"),
            "exit_code": int(code),
            "nothing_checked": nothing_checked(study.rows, code),
            "interrupted": code is ExitCode.INTERRUPTED,
            "seed": plan.seed,
            "settings": plan.settings.as_dict(),
            "marginal": marginal,
            "mutant": mutant,
            "family_level": plan.own_level,
            "comparisons": plan.comparisons,
            **level_document(plan.levels),
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
                    "exact": study.answers[model.name],
                }
                for model in plan.models
            },
            "fits": fits,
            "not_tested": not_tested(fits),
        }
    )
    return document


def not_tested(fits: Sequence[Mapping[str, Any]]) -> int:
    """Return how many comparisons of these fits were begun and could not be made."""
    return sum(fit[group]["counted"]["not tested"] for fit in fits for group in ("posterior", "prediction"))


def level_document(levels: Levels) -> dict[str, Any]:
    """Return the level of one comparison in each share of the family-wise level, and the least of all limits."""
    return {"levels": levels.by_share(), "limit": normal_limit(max(levels.each.values()))}


def notes_of(fit: Mapping[str, Any]) -> list[str]:
    """Return what people should know of a fit that is no fault, a clause each."""
    return list(dict.fromkeys(note for group in ("posterior", "prediction") for note in fit[group]["notes"]))


def _timed(row: FitResult) -> dict[str, Any]:
    seconds, speed = row.fit and asdict(row.fit.timing), row.speed and asdict(row.speed)
    return {**fit_document(row), "seconds": seconds, "speed": speed}


def fit_document(row: FitResult) -> dict[str, Any]:
    """Return everything about one fit but its draws and its seconds."""
    tested = row.verdict in (Verdict.PASSED, Verdict.FAILED) and row.first_look is None
    return {
        "model": row.model,
        "backend": row.backend,
        "verdict": row.verdict,
        "reason": row.reason,
        "versions": row.status.versions,
        "same_model": _report(row.same_model),
        "posterior": _report(row.posterior),
        "prediction": _report(row.prediction),
        "over_fits": _report(row.over_fits),
        "settings_passed": {} if row.fit is None else row.fit.native,
        "seed": None if row.fit is None else row.fit.seed,
        "attempts": None if row.fit is None else row.fit.attempts,
        "ess": row.ess,
        "detectable": detectable(row.compared.results) if tested else {},
        "detectable_over_fits": detectable(row.over_fits.results) if tested else {},
        "divergences": None
        if row.fit is None or "diverging" not in row.fit.statistics
        else int(row.fit.statistics["diverging"].sum()),
        "first_look": None if row.first_look is None else _first_look(row.first_look),
    }


def _report(report: CheckReport) -> dict[str, Any]:
    counted = {outcome.value: len(report.of(outcome)) for outcome in Outcome}
    compared = [result for result in report.results if math.isfinite(result.limit)]
    worst = max(compared, key=excess, default=None)
    return {
        "outcome": report.outcome,
        "comparisons": report.comparisons,
        "counted": counted,
        "worst": None if worst is None else _result(worst),
        "failed": [_result(result) for result in report.failures[:20]],
        "underpowered": [_result(result) for result in report.of(Outcome.UNDERPOWERED)[:20]],
        "not_certified": [_result(result) for result in report.of(Outcome.NOT_CERTIFIED)[:20]],
        "notes": list(report.notes),
    }


def _first_look(row: FitResult) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "reason": row.reason,
        "posterior": _report(row.posterior),
        "prediction": _report(row.prediction),
        "over_fits": _report(row.over_fits),
    }


def _result(result: CheckResult) -> dict[str, Any]:
    return {**asdict(result), "ratio": excess(result), "text": str(result)}

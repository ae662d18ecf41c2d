"""A finished study as plain data: what `results.json`, the report and ``--json`` show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Final, cast

from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.document import model_hash, structure_document
from pplcompare.models.plain import plain
from pplcompare.validation.checks.critical_values import normal_limit
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, ratio_to_limit
from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.output.diagnostic_words import diagnostics_document
from pplcompare.validation.output.documents import (
    ComparisonDocument,
    CountsDocument,
    FirstLookDocument,
    FitDocument,
    LevelsDocument,
    ReportDocument,
    ResultDocument,
    RunDocument,
    RunFitDocument,
    SettingsDocument,
    SpeedDocument,
    TimingDocument,
)
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.machine import Machine
from pplcompare.validation.study.nothing_checked import nothing_checked
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import ExitCode, Verdict

SCHEMA_VERSION: Final = 1


def summary(
    study: Study, code: ExitCode, machine: Machine, *, marginal: bool = False, mutant: str | None = None
) -> RunDocument:
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
    document: RunDocument = {
        "schema_version": SCHEMA_VERSION,
        "pplcompare": version("pplcompare"),
        "exit_code": int(code),
        "nothing_checked": nothing_checked(study.rows, code),
        "interrupted": code is ExitCode.INTERRUPTED,
        "seed": plan.seed,
        "settings": settings_document(plan.settings),
        "marginal": marginal,
        "mutant": mutant,
        "family_level": plan.own_level,
        "comparisons": plan.comparisons,
        **level_document(plan.levels),
        "machine": machine,
        "data": data_document(counts),
        "models": {
            model.name: {
                "hash": model_hash(model),
                "structure": structure_document(model.structure),
                "constants": dict(model.constants),
                "exact": cast("ExactDocument", study.answers[model.name]),
            }
            for model in plan.models
        },
        "fits": fits,
        "not_tested": not_tested(fits),
    }
    return plain(document)


def settings_document(settings: NUTSSettings) -> SettingsDocument:
    """Return the settings as plain data."""
    return cast("SettingsDocument", settings.as_dict())


def not_tested(fits: Sequence[FitDocument]) -> int:
    """Return how many comparisons of these fits were begun and could not be made."""
    reports = (report for fit in fits for report in (fit["posterior"], fit["prediction"]))
    return sum(report["counted"]["not tested"] for report in reports)


def data_document(counts: Counts) -> CountsDocument:
    """Return the counts as plain data."""
    return cast("CountsDocument", counts.to_dict())


def level_document(levels: Levels) -> LevelsDocument:
    """Return the level of one comparison in each share of the family-wise level, and the least of all limits."""
    return {"levels": levels.by_share(), "limit": normal_limit(max(levels.each.values()))}


def _timed(row: FitResult) -> RunFitDocument:
    return {
        **fit_document(row),
        "seconds": timing_document(row),
        "speed": None if row.speed is None else cast("SpeedDocument", asdict(row.speed)),
    }


def timing_document(row: FitResult) -> TimingDocument | None:
    """Return the seconds of a fit by phase; None if nothing was sampled."""
    return None if row.fit is None else cast("TimingDocument", asdict(row.fit.timing))


def fit_document(row: FitResult) -> FitDocument:
    """Return everything about one fit but its draws and its seconds."""
    tested = row.verdict in (Verdict.PASSED, Verdict.FAILED) and row.first_look is None
    found = detectable(row.compared.results) if tested else {}
    return {
        "model": row.model,
        "backend": row.backend,
        "verdict": row.verdict,
        "reason": row.reason,
        "versions": row.status.versions,
        "registered": row.status.registered,
        "same_model": _report(row.same_model),
        "posterior": _report(row.posterior),
        "prediction": _report(row.prediction),
        "over_fits": _report(row.over_fits),
        "settings_passed": {} if row.fit is None else row.fit.native,
        "seed": None if row.fit is None else row.fit.seed,
        "attempts": None if row.fit is None else row.fit.attempts,
        "ess": row.ess,
        "detectable": found,
        "detectable_over_fits": detectable(row.over_fits.results) if tested else {},
        "divergences": None
        if row.fit is None or "diverging" not in row.fit.statistics
        else int(row.fit.statistics["diverging"].sum()),
        "diagnostics": None if row.diagnostics is None else diagnostics_document(row.diagnostics, found),
        "first_look": None if row.first_look is None else _first_look(row.first_look),
    }


def _report(report: CheckReport) -> ReportDocument:
    counted = {outcome.value: len(report.of(outcome)) for outcome in Outcome}
    compared = [result for result in report.results if math.isfinite(result.limit)]
    worst = max(compared, key=ratio_to_limit, default=None)
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


def _first_look(row: FitResult) -> FirstLookDocument:
    return {
        "verdict": row.verdict,
        "reason": row.reason,
        "posterior": _report(row.posterior),
        "prediction": _report(row.prediction),
        "over_fits": _report(row.over_fits),
    }


def _result(result: CheckResult) -> ResultDocument:
    return {**comparison_document(result), "ratio": ratio_to_limit(result), "text": str(result)}


def comparison_document(result: CheckResult) -> ComparisonDocument:
    """Return the fields of one comparison."""
    return cast("ComparisonDocument", asdict(result))

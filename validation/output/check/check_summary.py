"""A finished check as plain data: what ``check --json``, the terminal, JUnit and annotations show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from typing import Final

from pplcompare.models.document import model_hash
from pplcompare.models.plain import plain
from pplcompare.models.spec import Model
from pplcompare.validation.output.documents import (
    CheckDataDocument,
    CheckDocument,
    CheckFitDocument,
    CheckHeaderDocument,
    LooksDocument,
)
from pplcompare.validation.output.summary import (
    data_document,
    fit_document,
    level_document,
    not_tested,
    settings_document,
    timing_document,
)
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.machine import Machine
from pplcompare.validation.study.nothing_checked import nothing_checked
from pplcompare.validation.study.plan import planned
from pplcompare.validation.study.second_look import SCREEN, confirmation, false_alarm_bound, screen
from pplcompare.validation.study.sizes import MORE_DRAWS
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import exit_code

SCHEMA_VERSION: Final = 1


def check_summary(
    studies: Sequence[Study],
    required: Collection[str],
    machine: Machine,
    *,
    seed: int,
    looks: int,
    references: Collection[str] = (),
) -> CheckDocument:
    """Return everything about a check but its draws; finite numbers, strings, lists and dictionaries only.

    Parameters
    ----------
    studies
        One for each data set; their plans share the family-wise level.
    looks
        How many a fit may get: one or two.
    references
        Backends that are the exact answer itself.
    """
    plans = [study.plan for study in studies]
    level = plans[0].family_level
    first = screen(plans[0]) if looks == 2 else plans[0]
    fits: list[CheckFitDocument] = [
        {"data": study.plan.data, "seconds": timing_document(row), **fit_document(row)}
        for study in studies
        for row in study.rows
    ]
    rows = [row for study in studies for row in study.rows]
    levels = level_document(first.levels)
    header: CheckHeaderDocument = {
        "seed": seed,
        "settings": settings_document(plans[0].settings),
        "looks": _two_looks_document(level) if looks == 2 else one_look_document(level),
        "family_level": level,
        "comparisons": planned(plans).total(),
        "levels": levels["levels"],
        "limit": levels["limit"],
        "machine": machine,
    }
    data: dict[str, CheckDataDocument] = {
        plan.data: {"seed": plan.seed, **data_document(plan.counts)} for plan in plans
    }
    return check_document(header, data, plans[0].models, rows, fits, required, references)


def one_look_document(level: float) -> LooksDocument:
    """Return how a check decides with one look at this family-wise level."""
    return {"number": 1, "screen": None, "more_draws": None, "confirmation": None, "false_alarm_bound": level}


def _two_looks_document(level: float) -> LooksDocument:
    return {
        "number": 2,
        "screen": SCREEN,
        "more_draws": MORE_DRAWS,
        "confirmation": confirmation(level),
        "false_alarm_bound": false_alarm_bound(level),
    }


def check_document(
    header: CheckHeaderDocument,
    data: Mapping[str, CheckDataDocument],
    models: Sequence[Model],
    rows: Sequence[FitResult],
    fits: Sequence[CheckFitDocument],
    required: Collection[str],
    references: Collection[str] = (),
) -> CheckDocument:
    """Return the document of a check with this header."""
    code = exit_code([(row.backend, row.verdict) for row in rows], required, references)
    document: CheckDocument = {
        "schema_version": SCHEMA_VERSION,
        "pplcompare": version("pplcompare"),
        "exit_code": int(code),
        "nothing_checked": nothing_checked(rows, code),
        **header,
        "required": sorted(required),
        "data": data,
        "models": {model.name: {"hash": model_hash(model)} for model in models},
        "fits": list(fits),
        "not_tested": not_tested(fits),
    }
    return plain(document)

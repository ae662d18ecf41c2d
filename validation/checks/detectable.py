"""The least errors that comparisons find with 99 % power, from the limits that they have.

A statistic lies beyond its limit with power p if the error is (limit + Phi^-1(p)) standard errors. The spread of a
scale's estimate grows with the scale, so that an error e has the standard error (1 + e) times as large: solved for e.
Those of antithetic chains, whose limits are those of fewer draws, are a little larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from pplcompare.validation.checks.levels import KINDS
from pplcompare.validation.checks.result import CheckResult
from scipy import special

POWER: Final = 0.99

MARGIN: Final = float(special.ndtri(POWER))
"""By how many standard errors an error has to be beyond a limit to be found with this power."""


def least_error(limit: float, error: float, *, scale: bool = False) -> float:
    """Return the least error that is found, in the units of the standard error `error`.

    Parameters
    ----------
    scale
        Whether it is a relative error of a scale, which is then made too large.
    """
    found = (limit + MARGIN) * error
    if not scale:
        return found
    return found / (1.0 - MARGIN * error) if MARGIN * error < 1.0 else math.inf


def detectable(results: Iterable[CheckResult]) -> dict[str, float]:
    """Return the error that every comparison of a kind finds, by kind, of the kinds that tell one."""
    found: dict[str, float] = {}
    for result in results:
        kind = KINDS.get(result.kind)
        if kind is None or not kind.found or not math.isfinite(result.limit):
            continue
        least = result.finds
        if math.isnan(least):
            least = least_error(result.limit, result.error, scale=kind.scale)
        if not math.isnan(least):
            found[result.kind] = max(least, found.get(result.kind, 0.0))
    return found


def detectable_sentence(found: Iterable[Mapping[str, float | str]]) -> str:
    """Return the clauses of `detectable_clauses` as one text; empty if there are none."""
    return ", ".join(detectable_clauses(found))


def detectable_clauses(found: Iterable[Mapping[str, float | str]]) -> list[str]:
    """Return the errors that are found in all of several reports, a clause for people each.

    Parameters
    ----------
    found
        What `detectable` returned, or a document says of it, in which an infinite error is a word.
    """
    reports = list(found)
    clauses: list[str] = []
    for name, kind in KINDS.items():
        told = (report[name] for report in reports if name in report)
        errors = [math.inf if isinstance(error, str) else error for error in told]
        # A share of more than all draws is no error that could be there.
        if errors and kind.found and math.isfinite(most := max(errors)) and most <= kind.most:
            clauses.append(kind.found.format((100.0 if "%" in kind.found else 1.0) * most))
    return clauses

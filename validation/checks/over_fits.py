"""What is a little wrong everywhere: pooled scores, summed over all fits of one backend.

The seeds of fits differ by data, model and backend, so that fits are independent of each other, and under the null
hypothesis the sum of F scores divided by sqrt(F) is a score again. It has lighter tails than each of them, so that the
limit of one is on the safe side. But the mean of a score need not be quite zero: that of a studentised skewed
quantity is c / sqrt(ESS), and the sum has sqrt(F) times that bias. It was measured with chains of known law
(``benchmarks/over_fits.py``), by kind, and is added to the limit. An error that is the same everywhere grows with
sqrt(F), too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pplcompare.validation.checks.critical_values import limit
from pplcompare.validation.checks.levels import KINDS, SUMMED, Levels, over_fits
from pplcompare.validation.checks.result import CheckReport, CheckResult, compared

LEAST_FITS: Final = 2
"""How many fits have a sum that is not one of them."""

SUBJECT: Final = "all fits"


def planned_over_fits(fits: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return how many comparisons the sums over these fits need: one for each kind that several of them have.

    Parameters
    ----------
    fits
        The planned comparisons of each fit of one backend, by kind.
    """
    every = list(fits)
    return {over_fits(kind): 1 for kind in SUMMED if sum(bool(fit.get(kind)) for fit in every) >= LEAST_FITS}


def check_over_fits(reports: Sequence[CheckReport], levels: Levels) -> CheckReport:
    """Test the sums of scores over independent fits of one backend.

    Parameters
    ----------
    reports
        What was found in each fit.
    levels
        False-alarm probability of each comparison, by kind.
    """
    results = []
    for kind in SUMMED:
        found = [result for report in reports for result in report.results if _counts(result, kind)]
        if len(found) >= LEAST_FITS:
            results.append(_summed(kind, found, levels))
    return CheckReport(tuple(results), len(results))


def _counts(result: CheckResult, kind: str) -> bool:
    return result.kind == kind and math.isfinite(result.limit)


def _summed(kind: str, found: Sequence[CheckResult], levels: Levels) -> CheckResult:
    root = math.sqrt(len(found))
    score = sum(result.statistic for result in found) / root
    size = min(result.size for result in found)
    most = limit(KINDS[kind].summed, levels.of(over_fits(kind)), size) + root * score_bias(KINDS[kind].summed, size)
    precision = sum(1.0 / result.error for result in found)
    detail = f"sum of {len(found)} fits, {score / root:+.2f} standard errors in each"
    return compared(kind, SUBJECT, score, most, detail, kind=over_fits(kind), size=size, error=root / precision)


def score_bias(kind: str, size: float) -> float:
    """Return a bound on the modulus of the mean of a score, by its kind of limit and its effective draws."""
    return float(measured_bias()["bias_times_root_of_size"][kind]) / math.sqrt(size)


@cache
def measured_bias() -> Mapping[str, Any]:
    """Return the table of this package: bounds by kind, what they were measured from, and how sums kept to them."""
    text = files("pplcompare.validation.checks").joinpath("over_fits.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found

"""What is a little wrong everywhere: pooled scores, summed over all fits of one backend.

The seeds of fits differ by data, model and backend, so that fits are independent of each other, and under the null
hypothesis a sum of scores with weights whose squares sum to one is a score again. It has lighter tails than each of
them, so that the limit of one is on the safe side. The more groups a fit has, the more it has to say of what is wrong
in all of them: its weight is the root of their number, divided by the root of the sum over fits. The data's groups are
known before anything is sampled, so that nothing in the draws has a part in the weights.

But the mean of a score need not be quite zero: that of a studentised skewed quantity is at most c / sqrt(ESS), and that
of the sum at most c / sqrt(least ESS) times the sum of the weights, which for F fits is at most sqrt(F) (Cauchy and
Schwarz: sum w_f <= sqrt(F) sqrt(sum w_f^2)). c was measured with chains of known law (``benchmarks/over_fits.py``), by
kind, and this bound is added to the limit. An error that is the same everywhere grows with the sum of the weights, too.
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


def check_over_fits(reports: Sequence[CheckReport], groups: Sequence[int], levels: Levels) -> CheckReport:
    """Test the weighted sums of scores over independent fits of one backend.

    Parameters
    ----------
    reports
        What was found in each fit.
    groups
        The number of groups in the data of each fit.
    levels
        False-alarm probability of each comparison, by kind.
    """
    results = []
    for kind in SUMMED:
        found = [
            (result, size)
            for report, size in zip(reports, groups, strict=True)
            for result in report.results
            if _counts(result, kind)
        ]
        if len(found) >= LEAST_FITS:
            results.append(_summed(kind, *zip(*found, strict=True), levels=levels))
    return CheckReport(tuple(results), len(results))


def _counts(result: CheckResult, kind: str) -> bool:
    return result.kind == kind and math.isfinite(result.limit)


def _summed(kind: str, found: Sequence[CheckResult], groups: Sequence[int], *, levels: Levels) -> CheckResult:
    weights = weights_of(groups)
    score = sum(weight * result.statistic for weight, result in zip(weights, found, strict=True))
    size, whole = min(result.size for result in found), sum(weights)
    most = limit(KINDS[kind].summed, levels.of(over_fits(kind)), size) + whole * score_bias(KINDS[kind].summed, size)
    precision = sum(weight / result.error for weight, result in zip(weights, found, strict=True))
    detail = f"weighted sum of {len(found)} fits, {score / whole:+.2f} standard errors in each"
    return compared(kind, SUBJECT, score, most, detail, kind=over_fits(kind), size=size, error=1.0 / precision)


def weights_of(groups: Sequence[int]) -> list[float]:
    """Return the weights of fits of so many groups each; their squares sum to one."""
    return [math.sqrt(each / sum(groups)) for each in groups]


def score_bias(kind: str, size: float) -> float:
    """Return a bound on the modulus of the mean of a score, by its kind of limit and its effective draws."""
    return float(measured_bias()["bias_times_root_of_size"][kind]) / math.sqrt(size)


@cache
def measured_bias() -> Mapping[str, Any]:
    """Return the table of this package: bounds by kind, what they were measured from, and how sums kept to them."""
    text = files("pplcompare.validation.checks").joinpath("over_fits.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found

"""How often right samplers are called wrong by a screen and a second look, counted on scores that stand in for draws.

Every comparison of a few fits gets a normal score, as it has under the null hypothesis, and the code that decides on
real fits decides on these. What is promised cannot be waited for, so that the second look has a larger level here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.backends.fit import Fit, Timing
from pplcompare.validation.checks.critical_values import normal_limit
from pplcompare.validation.checks.levels import SUMMED, Levels
from pplcompare.validation.checks.over_fits import planned_over_fits
from pplcompare.validation.checks.result import CheckReport, compared
from pplcompare.validation.study.fit_result import FitResult, judged
from pplcompare.validation.study.second_look import number_flagged, second_decisions
from pplcompare.validation.study.sums import with_sums
from pplcompare.validation.study.verdict import Verdict

COMPARISONS: Final[Mapping[str, int]] = {"mean": 6, "variance": 6, "pooled mean": 1, "pooled variance": 1}
"""Comparisons of one fit."""

FITS: Final = 3

# So many effective draws that limits are normal ones.
_SIZE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Looks:
    """How often right samplers were flagged by the screen, and then failed."""

    repetitions: int
    flagged: int
    failed: int


def counted_looks(repetitions: int, seed: int, screen: float, confirmation: float) -> Looks:
    """Count how often right samplers are called wrong.

    Parameters
    ----------
    screen
        Family-wise level of the first look.
    confirmation
        Level of the second look, over all that is flagged.
    """
    rng = np.random.default_rng(seed)
    planned = Counter({kind: FITS * number for kind, number in COMPARISONS.items()})
    levels = Levels.weighted(screen, planned + Counter(planned_over_fits([COMPARISONS] * FITS)))
    flagged = failed = 0
    for _ in range(repetitions):
        rows = with_sums([_row(levels, rng) for _ in range(FITS)], levels)
        if number := number_flagged(rows):
            flagged += 1
            failed += _fails(_looked_at_again(rows, Levels.equal(confirmation / number), rng))
    return Looks(repetitions, flagged, failed)


def _looked_at_again(rows: Sequence[FitResult], levels: Levels, rng: np.random.Generator) -> list[FitResult]:
    return second_decisions(rows, lambda _: _row(levels, rng), levels)


def _fails(rows: Sequence[FitResult]) -> bool:
    return any(row.verdict is Verdict.FAILED for row in rows)


def _row(levels: Levels, rng: np.random.Generator) -> FitResult:
    results = []
    for kind, number in COMPARISONS.items():
        most = normal_limit(levels.of(kind))
        for index, score in enumerate(rng.standard_normal(number).tolist()):
            subject = kind if kind in SUMMED else f"{kind} {index}"
            results.append(compared("score", subject, score, most, kind=kind, size=_SIZE, error=_SIZE**-0.5))
    report = CheckReport(tuple(results), len(results))
    row = FitResult("model", "backend", Verdict.INCOMPLETE, posterior=report, fit=Fit({}, {}, Timing(), 0))
    return judged(row, report)

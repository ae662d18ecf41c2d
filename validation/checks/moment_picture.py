"""Means and spreads of draws, with the limits of the checks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome
from pplcompare.validation.checks.scores import spread_off
from pplcompare.validation.checks.slots import BEYOND, HEIGHT, LIMIT, slotted
from pplcompare.validation.pictures.drawing import Drawing
from pplcompare.validation.pictures.marks import Bars, Mark, Markers, Rules
from pplcompare.validation.pictures.palette import SeriesLook, looks
from pplcompare.validation.pictures.picture import Picture

_WIDTH: Final = 0.5


def moment_picture(stem: str, reports: Mapping[str, CheckReport], labels: Sequence[str]) -> Iterator[Picture]:
    """Yield means and standard deviations of draws beside the limits of the checks.

    Parameters
    ----------
    reports
        Backend -> what was found in its draws.
    labels
        The quantities that are shown.
    """
    names, look = tuple(reports), looks(reports)
    panels, beyond = [], []
    for label in labels:
        for check, words, unit in _MOMENTS:
            marks: list[Mark] = [Rules("", "muted", (0.0,), level=True)]
            for slot, (backend, report) in enumerate(reports.items()):
                for result in report.results:
                    if (result.check, result.subject) == (check, label) and math.isfinite(result.limit):
                        marks += _moment(slot, look[backend], result, check)
                        beyond += [f"{backend}, {words} of {label}"] * (result.outcome is Outcome.FAILED)
            if len(marks) > 1:
                panels.append(slotted(f"{words} of {label}", marks, names, unit))
    if not panels:
        return
    found = f"beyond their limits: {'; '.join(beyond[:3])}" if beyond else "all within their limits"
    yield Picture(
        f"{stem}-moments",
        "trust",
        f"Means and spreads of the draws: {found}",
        "Draws are compared as normal scores by their exact distribution: 0 is exactly right. Bars are the limits that "
        "the checks used.",
        f"Means and standard deviations of the draws of {', '.join(names)}, less the exact ones; {found}.",
        Drawing.grid(panels, 2, HEIGHT),
    )


_MOMENTS: Final = (("mean of z", "mean", "posterior sd"), ("variance of z", "sd", "%"))


def _moment(slot: int, look: SeriesLook, result: CheckResult, check: str) -> Iterator[Mark]:
    value, low, high = (
        _in_units(check, score, result.error) for score in (result.statistic, -result.limit, result.limit)
    )
    at = (float(slot),)
    yield Bars(LIMIT, "band", at, (low,), (high,), _WIDTH, outline="prior")
    if result.outcome is Outcome.FAILED:
        yield Markers(BEYOND, "failed", at, (value,), "X", size=9.0)
    else:
        yield Markers("", look.colour, at, (value,), look.marker, size=6.0)


def _in_units(check: str, score: float, error: float) -> float:
    """Return a score of a mean in posterior standard deviations, and one of a variance as % of the sd."""
    if check == "mean of z":
        return score * error
    return spread_off(score, error)

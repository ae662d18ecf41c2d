"""Central intervals, and a distribution in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from pplcompare.models.errors import AccuracyError, UsageError

_DIGITS: Final = 12
"""Digits of a probability: by so many, 0.94 is exactly 0.03 to 0.97."""


class _Distribution(Protocol):
    @property
    def mean(self) -> float: ...

    @property
    def sd(self) -> float: ...

    def interval(self) -> tuple[float, float]: ...


def central_levels(probability: float, where: str = "probability") -> tuple[float, float]:
    """Return the probabilities below the ends of the interval that has as much below it as above it.

    Raises
    ------
    UsageError
        If the interval does not have a probability between 0 and 1, or one that is too close to either.
    """
    given: object = probability
    if not isinstance(given, int | float | np.integer | np.floating):
        raise UsageError("a number between 0 and 1 is needed", where=where, seen=given, mend="write for example 0.95")
    if not 0.0 < probability < 1.0:
        raise UsageError("must lie between 0 and 1", where=where, seen=probability, mend="write for example 0.95")
    low, high = round(0.5 - probability / 2.0, _DIGITS), round(0.5 + probability / 2.0, _DIGITS)
    if not 0.0 < low < 0.5:
        mend = "write for example 0.95"
        raise UsageError("is too close to 0 or 1 for an interval", where=where, seen=probability, mend=mend)
    return low, high


def interval_name(probability: float) -> str:
    """Return how a central interval is called, such as 94 % interval."""
    return f"{100 * probability:.12g} % interval"


def described(what: str, of: _Distribution) -> str:
    """Return what it is with mean, standard deviation and central 94 % interval; it never raises."""

    def ends() -> str:
        low, high = of.interval()
        return f"94 % between {low:.6g} and {high:.6g}"

    parts = (
        _certified("mean", lambda: f"mean {of.mean:.6g}"),
        _certified("sd", lambda: f"sd {of.sd:.6g}"),
        _certified("interval", ends),
    )
    return f"<{what}: {', '.join(parts)}>"


def _certified(name: str, words: Callable[[], str]) -> str:
    try:
        return words()
    except AccuracyError:
        return f"{name} not certified"

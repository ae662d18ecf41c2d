"""Rates, differences of rates and probabilities as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from pplcompare.validation.exact.exact_words import between

_SMALLEST: Final = 0.001
_THOUSAND: Final = 1e3
_MILLION: Final = 1e6


def per_cent(rate: object) -> str:
    """Return a rate in per cent with two digits, three from ten per cent on; a word as it is."""
    if not isinstance(rate, float):
        return str(rate)
    value = 100.0 * rate
    if value > 99.0:
        return f"{value:.4g} %" if value < 99.995 else "> 99.99 %"
    return f"{value:.{3 if value >= 10.0 else 2}g} %"


def in_points(difference: float) -> str:
    """Return a difference of rates that is not negative in points of a hundred, with two digits, three from ten on."""
    value = 100.0 * difference
    return f"less than {_SMALLEST} points" if value < _SMALLEST else f"{points(difference)} points"


def points(difference: float) -> str:
    """Return the number of `in_points` for a table; what is too small to matter is 0."""
    value = 100.0 * difference
    if value < _SMALLEST:
        return "0"
    return f"{value:.1f}" if value >= 10.0 else f"{value:#.2g}"


def points_between(mean: object, quantiles: Mapping[str, object]) -> str:
    """Return a difference with the ends of its interval in points, all with equally many decimals.

    There is one decimal, or as many as show two digits of the width of the interval.
    """
    low, *_, high = quantiles.values()
    width = 100.0 * (high - low) if isinstance(low, float) and isinstance(high, float) else math.nan
    decimals = max(1, 1 - math.floor(math.log10(width))) if width > 0.0 else 1
    first, lower, upper = (
        f"{round(100.0 * value, decimals) + 0.0:.{decimals}f}" if isinstance(value, float) else str(value)
        for value in (mean, low, high)
    )
    return f"{first} points on average, {between(quantiles)} between {lower} and {upper} points"


def times_between(quantiles: Mapping[str, object]) -> tuple[str, str] | None:
    """Return the median and the interval of a ratio, before and after what it is of; None where one is missing."""
    numbers = [value for value in quantiles.values() if isinstance(value, float) and math.isfinite(value)]
    if len(numbers) < 3:
        return None
    low, median, high = (f"{x:,.0f}" if x >= _THOUSAND else f"{x:.3g}" for x in numbers)
    return f"{median} times", f"{between(quantiles)} between {low} and {high} times"


def probability_words(p: float | None) -> str:
    """Return a probability with three digits, of itself or of its complement."""
    if p is None:
        return "–"
    if 0.0005 <= p <= 0.9995:
        return f"{p:.3f}"
    return f"{p:.1g}" if p < 0.5 else "> 0.9995"


def ratio_words(log_ratio: float) -> str:
    """Return a ratio above one with two digits, by its logarithm."""
    if log_ratio > math.log(_MILLION):
        return "more than a million"
    ratio = math.exp(log_ratio)
    return f"{round(ratio, 1 - math.floor(math.log10(ratio))):,.0f}"

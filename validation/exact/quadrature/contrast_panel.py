"""The density of a difference as a panel, in which the side where the one is greater is shaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.central import central_levels, interval_name
from pplcompare.validation.exact.quadrature.density_curve import shown_height
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Curve, Mark, Rules, Spans
from pplcompare.validation.pictures.palette import EXACT

if TYPE_CHECKING:
    from pplcompare.validation.exact.quadrature.pair import Contrast

_REACH: Final = np.array([0.03, 0.5, 0.97])
# Of a normal law, a thousandth lies beyond so many times the distance of its outer quantile from the median.
_BEYOND: Final = 1.65
_WIDE: Final = 3.2
_POINTS: Final = 81
_ROOM: Final = 1.2
_LEAST: Final = 1e-4
_LOW: Final = -0.07


def contrast_panel(
    title: str, contrast: Contrast, x_label: str, *, neutral: float = 0.0, interval: float | None = 0.94
) -> Panel:
    """Return the density of a contrast, with its median and its central interval.

    Parameters
    ----------
    neutral
        The value at which both are equal: what is greater is shaded.
    interval
        The probability of the interval; None shows neither median nor interval, which are not always certified.

    Raises
    ------
    AccuracyError
        If its quantiles, or without them its moments, are not certified.
    """
    found = () if interval is None else _quantiles(contrast, interval)
    first, last = _ends(contrast, found)
    x = np.unique([*np.linspace(min(first, neutral), max(last, neutral), _POINTS), neutral])
    y = contrast.density(x)
    # Beyond the ends of its range there is nothing to see.
    seen = np.flatnonzero((y > _LEAST * y.max()) | (x == neutral))
    x, y = x[seen[0] : seen[-1] + 1], y[seen[0] : seen[-1] + 1]
    greater, less = x >= neutral, x <= neutral
    shaded = Curve("", EXACT.colour, _series(x[greater]), _series(y[greater]), width=1.8, shaded=True)
    plain = Curve("", EXACT.colour, _series(x[less]), _series(y[less]), width=1.8)
    top = shown_height(Curve("", EXACT.colour, _series(x), _series(y)))
    marks: list[Mark] = [shaded, plain, Rules("equal", "muted", (neutral,), (4.0, 2.0))]
    if interval is not None:
        low, median, high = found
        marks.append(Spans(interval_name(interval), "vermillion", (0.5 * _LOW * top,), (low,), (high,), 3.0))
        marks.append(Rules("median", "vermillion", (median,), (1.0, 1.5)))
    return Panel(title, tuple(marks), (float(x[0]), float(x[-1])), (_LOW * top, _ROOM * top), x_label, heights=False)


def _quantiles(contrast: Contrast, interval: float) -> Sequence[float]:
    below, above = central_levels(interval)
    return _series(contrast.quantile(np.array([below, 0.5, above])))


def _ends(contrast: Contrast, shown: Sequence[float]) -> tuple[float, float]:
    """Return how far the picture reaches: beyond the quantiles that are shown, and the same for every interval."""
    if not shown:
        return contrast.mean - _WIDE * contrast.sd, contrast.mean + _WIDE * contrast.sd
    low, median, high = _series(contrast.quantile(_REACH))
    return min(median - _BEYOND * (median - low), *shown), max(median + _BEYOND * (high - median), *shown)


def _series(values: Float) -> tuple[float, ...]:
    return tuple(values.tolist())

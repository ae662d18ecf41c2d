"""The density of a difference as a panel, in which the side where the one is greater is shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.density_curve import highest
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Curve, Mark, Rules, Spans
from pplcompare.validation.pictures.palette import EXACT

if TYPE_CHECKING:
    from pplcompare.validation.exact.quadrature.pair import Contrast

_QUANTILES: Final = np.array([0.03, 0.5, 0.97])
# Of a normal law, a thousandth lies beyond so many times the distance of its outer quantile from the median.
_BEYOND: Final = 1.65
_WIDE: Final = 3.2
_POINTS: Final = 81
_ROOM: Final = 1.2
_LEAST: Final = 1e-4
_LOW: Final = -0.07


def contrast_panel(
    title: str, contrast: Contrast, x_label: str, *, neutral: float = 0.0, interval: bool = True
) -> Panel:
    """Return the density of a contrast, with its median and its central 94 % interval.

    Parameters
    ----------
    neutral
        The value at which both are equal: what is greater is shaded.
    interval
        Whether median and interval are shown, which take longer than the density where priors have heavy tails.

    Raises
    ------
    AccuracyError
        If its quantiles, or without them its moments, are not certified.
    """
    found = contrast.quantile(_QUANTILES).tolist() if interval else []
    first, last = (
        _ends(*found) if interval else (contrast.mean - _WIDE * contrast.sd, contrast.mean + _WIDE * contrast.sd)
    )
    x = np.unique([*np.linspace(min(first, neutral), max(last, neutral), _POINTS), neutral])
    y = contrast.density(x)
    # Beyond the ends of its range there is nothing to see.
    seen = np.flatnonzero((y > _LEAST * y.max()) | (x == neutral))
    x, y = x[seen[0] : seen[-1] + 1], y[seen[0] : seen[-1] + 1]
    greater, less = x >= neutral, x <= neutral
    shaded = Curve("", EXACT.colour, _series(x[greater]), _series(y[greater]), width=1.8, shaded=True)
    plain = Curve("", EXACT.colour, _series(x[less]), _series(y[less]), width=1.8)
    top = highest(shaded, plain)
    marks: list[Mark] = [shaded, plain, Rules("equal", "muted", (neutral,), (4.0, 2.0))]
    if found:
        low, median, high = found
        marks.append(Spans("94 % interval", "vermillion", (0.5 * _LOW * top,), (low,), (high,), 3.0))
        marks.append(Rules("median", "vermillion", (median,), (1.0, 1.5)))
    return Panel(title, tuple(marks), (float(x[0]), float(x[-1])), (_LOW * top, _ROOM * top), x_label, heights=False)


def _ends(low: float, median: float, high: float) -> tuple[float, float]:
    return median - _BEYOND * (median - low), median + _BEYOND * (high - median)


def _series(values: Float) -> tuple[float, ...]:
    return tuple(values.tolist())

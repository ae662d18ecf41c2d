"""The density of a marginal distribution as a curve, from its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Curve, Mark, Rules, Words
from pplcompare.validation.pictures.palette import EXACT
from pplcompare.validation.pictures.trace import PLACES, TWENTIETHS, QuantityTrace

if TYPE_CHECKING:
    from pplcompare.validation.exact.quadrature.marginal import Marginal

PICTURED: Final = 1e-6
"""The error of a table that no picture shows."""

_ENDS: Final = np.array([0.001, 0.25, 0.75, 0.999])
_REACH: Final = 4.0
_EVENLY: Final = 121
_BY_PROBABILITY: Final = np.linspace(0.005, 0.995, 67)
# The room over the highest exact density.
_ROOM: Final = 1.3
# A density goes to infinity where it is much higher, on a part of the axis that can just be seen, than on all the rest.
_SEEN: Final = 0.02
_MUCH: Final = 3.0


def shown_range(marginal: Marginal) -> tuple[float, float]:
    """Return what a picture shows: all but a thousandth at either end, at most four quartile ranges beyond quartiles.

    Raises
    ------
    AccuracyError
        If the distribution could not be tabulated.
    """
    low, lower, upper, high = marginal.table(PICTURED).quantile(_ENDS).tolist()
    reach = _REACH * (upper - lower)
    return max(low, lower - reach), min(high, upper + reach)


def density_curve(
    marginal: Marginal,
    ends: tuple[float, float],
    series: str = "exact",
    colour: str = EXACT.colour,
    dash: tuple[float, ...] = (),
    *,
    shaded: bool = True,
    width: float = 1.8,
) -> Curve:
    """Return the density between two ends; more points where there is more probability.

    Raises
    ------
    AccuracyError
        If the distribution could not be tabulated.
    """
    table, (low, high) = marginal.table(PICTURED), ends
    by_probability = table.quantile(_BY_PROBABILITY)
    inside = by_probability[(low < by_probability) & (by_probability < high)]
    x = np.unique(np.concatenate([np.linspace(low, high, _EVENLY), inside]))
    return Curve(series, colour, tuple(x.tolist()), tuple(table.density(x).tolist()), dash, width, shaded=shaded)


def drawn_density(
    marginal: Marginal,
    ends: tuple[float, float],
    trace: QuantityTrace,
    series: str,
    colour: str,
    dash: tuple[float, ...],
) -> Curve:
    """Return the histogram of draws in bins of equal exact probability; what lies beyond the ends is in the last bins.

    Raises
    ------
    AccuracyError
        If the distribution could not be tabulated.
    """
    low, high = ends
    borders = marginal.table(PICTURED).quantile(np.array(TWENTIETHS))
    inside = (low < borders) & (borders < high)
    x = np.array([low, *borders[inside], high])
    shares = np.interp(TWENTIETHS, PLACES, trace.below)[inside]
    heights = np.diff(shares, prepend=0.0, append=1.0) / np.diff(x)
    return Curve(series, colour, tuple(x.tolist()), tuple(heights.tolist()), dash, 1.4, steps=True)


def density_panel(marginal: Marginal) -> Panel:
    """Return the exact density of one quantity, with its median and its 94 % interval of highest density.

    Raises
    ------
    AccuracyError
        If the distribution could not be tabulated.
    """
    ends = shown_range(marginal)
    curve = density_curve(marginal, ends)
    low, high = marginal.hdi()
    median = float(marginal.quantile(np.array(0.5)))
    marks: list[Mark] = [
        curve,
        Rules("94 % highest density", "muted", (low, high), (4.0, 2.0)),
        Rules("median", "muted", (median,)),
    ]
    return Panel("", tuple(marks), ends, (0.0, _ROOM * shown_height(curve)), heights=False)


def shown_height(curve: Curve) -> float:
    """Return the highest density of a curve; where it goes to infinity, what a fiftieth of the axis exceeds."""
    wide, y = np.diff(curve.x), np.array(curve.y)
    least = np.minimum(y[:-1], y[1:])
    order = np.argsort(-least)
    reached = np.cumsum(wide[order])
    usual = float(least[order[np.searchsorted(reached, _SEEN * reached[-1])]])
    top = highest(curve)
    return usual if top > _MUCH * usual > 0.0 else top


def highest(*curves: Curve) -> float:
    """Return the highest of all densities, and 1 if there is none."""
    found = max((y for curve in curves for y in curve.y if np.isfinite(y)), default=1.0)
    return found if found > 0.0 else 1.0


def refused_panel(title: str, reason: str) -> Panel:
    """Return a panel that says why nothing is drawn."""
    return Panel(title, (Words("doubtful", 0.5, 0.5, f"not drawn: {reason}"),), (0.0, 1.0), (0.0, 1.0), heights=False)

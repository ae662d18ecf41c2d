"""Cumulative distribution functions as tables: for millions of draws, certified when built."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval
from pplcompare.validation.exact.quadrature.chart import Graded
from pplcompare.validation.exact.quadrature.lattice import Lattice

TABLE_TOLERANCE: Final = 1e-8
"""The absolute error that tables are made to have, if they can; each carries its own."""

# In standard deviations, where they are smaller than the unit of the coordinate.
_SPACINGS: Final = (1.0 / 40.0, 1.0 / 80.0, 1.0 / 160.0)


@dataclass(frozen=True, slots=True, eq=False)
class CDFTable:
    """Cubic Hermite interpolation of a CDF, from its values and slopes at equidistant points of a graded coordinate.

    Attributes
    ----------
    start, spacing
        The points.
    coefficients : (cell, 4)
        Coefficients of powers of the place within a cell, constant first.
    error
        The certified error of its values.
    """

    support: Interval
    map: Graded
    start: float
    spacing: float
    coefficients: Float
    error: float

    def cdf(self, x: Float) -> Float:
        """Return P(X <= x), the values of any shape."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.cdf_at(self.support.unconstrain(np.clip(x, self.support.low, self.support.high)))

    def cdf_at(self, u: Float) -> Float:
        """Return P(X <= x) at values of the unbounded coordinate of x."""
        return self.at(self.map.t(np.clip(u, -1e300, 1e300)))

    def sf(self, x: Float) -> Float:
        """Return P(X > x), as accurate absolutely as `cdf`."""
        return np.asarray(1.0 - self.cdf(x))

    def at(self, t: Float) -> Float:
        """Return the CDF at values of the graded coordinate."""
        place = np.clip((t - self.start) / self.spacing, 0.0, len(self.coefficients))
        cell = np.minimum(place.astype(np.int64), len(self.coefficients) - 1)
        rest = place - cell
        c = self.coefficients[cell]
        value = c[..., 0] + rest * (c[..., 1] + rest * (c[..., 2] + rest * c[..., 3]))
        return np.asarray(np.clip(value, 0.0, 1.0))

    def density(self, x: Float) -> Float:
        """Return the density of x, the derivative of the table: for pictures; zero outside the support.

        Between the points, whose slopes are exact, its error is of the third order of their spacing.
        """
        x = np.asarray(x, dtype=np.float64)
        found = np.zeros(x.shape)
        inside = (self.support.low < x) & (x < self.support.high)
        t = self.map.t(np.clip(self.support.unconstrain(x[inside]), -1e300, 1e300))
        place = (t - self.start) / self.spacing
        cell = np.clip(place.astype(np.int64), 0, len(self.coefficients) - 1)
        rest, c = place - cell, self.coefficients[cell]
        slope = (c[..., 1] + rest * (2.0 * c[..., 2] + rest * 3.0 * c[..., 3])) / self.spacing
        on_table = (place >= 0.0) & (place <= len(self.coefficients))
        slope = np.where(on_table, np.maximum(slope, 0.0), 0.0)
        found[inside] = slope / np.exp(self.map.log_slope(t)) / self.support.slope(x[inside])
        return found

    def quantile(self, p: Float) -> Float:
        """Return x with P(X <= x) = p, as good as a straight line between the points is: for pictures."""
        return self.support.constrain(self.map.u(self.inverse(p)))

    def inverse(self, p: Float) -> Float:
        """Return approximate values of the graded coordinate where the CDF is `p`."""
        knots = np.maximum.accumulate(self.coefficients[:, 0])
        return np.asarray(np.interp(p, knots, self.start + self.spacing * np.arange(len(knots))))


def cdf_table(support: Interval, line: Lattice, known: float = 0.0) -> CDFTable:
    """Tabulate the CDF of the one variable of a lattice, to `TABLE_TOLERANCE` if it can be had.

    The error is the largest of that of the lattice's density, `known`, of the change when every second node is left
    out, and of the distance between the table and the lattice's own CDF.
    """
    nodes, step = line.t[0], line.steps[0]
    error, sd = float(np.max([known, halving_error(line)])), _sd(line)
    for spacing in _SPACINGS:
        parts = math.ceil(step / (spacing * min(sd, 1.0)))
        below, density = line.cdf_between(2 * parts), line.density_between(parts)
        cubics = _cubics(below[::2], density * (step / parts))
        missed = float(np.abs(cubics @ 0.5 ** np.arange(4) - below[1::2]).max())
        if missed <= TABLE_TOLERANCE:
            break
    # NumPy's maximum, unlike Python's, keeps NaN.
    return CDFTable(
        support, line.chart.outer, float(nodes[0]), step / parts, cubics, error=float(np.max([error, missed]))
    )


def _sd(line: Lattice) -> float:
    """Return the standard deviation of the coordinate."""
    weights, t = line.weights[:, 0], line.t[0]
    return math.sqrt(float(weights @ (t - weights @ t) ** 2))


def _cubics(value: Float, slope: Float) -> Float:
    """Return coefficients of the Hermite cubics between values and slopes per cell."""
    low, high, rise, fall = value[:-1], value[1:], slope[:-1], slope[1:]
    cubic = [low, rise, 3.0 * (high - low) - 2.0 * rise - fall, 2.0 * (low - high) + rise + fall]
    return np.stack(cubic, axis=1)


def halving_error(line: Lattice) -> float:
    """Return the largest change of the CDF of a lattice's one variable when every second node is left out."""
    # Midway between nodes, which is at quarters of the double step.
    halved = line.every_second((0,)).cdf_between(4)[1::2]
    return float(np.abs(line.cdf_between(2)[1::2][: halved.size] - halved).max())

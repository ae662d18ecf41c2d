"""What every marginal distribution of an exact posterior offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval
from pplcompare.validation.exact.quadrature.central import central_levels
from pplcompare.validation.exact.quadrature.density_curve import density_panel
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.exact.quadrature.refusal import answered, attempted
from pplcompare.validation.exact.quadrature.shortest_interval import shortest_interval
from pplcompare.validation.exact.quadrature.shown_law import ShownLaw
from pplcompare.validation.exact.quadrature.tabulated import TABLE_TOLERANCE, CDFTable, cdf_table
from pplcompare.validation.pictures.plots import PlotAxes, plotted

_POLISH: Final = 4


class Marginal(ShownLaw, ABC):
    """The distribution of one variable.

    Attributes
    ----------
    support
        An open interval.
    """

    support: Interval

    @property
    @abstractmethod
    def moments(self) -> Moments:
        """Mean and standard deviation."""

    @property
    def mean(self) -> float:
        """The mean, infinite where it does not exist."""
        return self.moments.mean

    @property
    def sd(self) -> float:
        """The standard deviation, infinite where it does not exist."""
        return self.moments.sd

    @abstractmethod
    def log_density(self, u: Float) -> Float:
        """Return the log density of the unbounded coordinate `u` (point,) of the support."""

    @abstractmethod
    def cdf(self, x: Float) -> Float:
        """Return P(X <= x)."""

    @abstractmethod
    def sf(self, x: Float) -> Float:
        """Return P(X > x)."""

    @property
    @abstractmethod
    def line(self) -> Lattice:
        """The density of the unbounded coordinate on a lattice that holds all of it, certified."""

    @property
    @abstractmethod
    def best_line(self) -> tuple[Lattice, float]:
        """The best such lattice, certified or not, and the error of its CDF as far as the lattice does not show it."""

    def density(self, x: Float) -> Float:
        """Return the density; zero outside the support, infinite where no number is large enough."""
        x = np.asarray(x, dtype=np.float64)
        inside = (self.support.low < x) & (x < self.support.high)
        at = x[inside]
        found = np.zeros(x.shape)
        with np.errstate(over="ignore"):
            found[inside] = np.exp(self.log_density(self.support.unconstrain(at))) / self.support.slope(at)
        return found

    def quantile(self, p: Float) -> Float:
        """Return x with P(X <= x) = p, as accurate in p as the table."""
        p = np.asarray(p, dtype=np.float64)
        line, table = self.line, self.table()
        t = np.ravel(table.inverse(p))
        for _ in range(_POLISH):
            miss = line.cdf(line.chart.order[0], table.map.u(t)) - p.ravel()
            t -= np.clip(miss / np.maximum(line.density(t), 1e-300), -table.spacing, table.spacing)
        x = self.support.constrain(table.map.u(t)).reshape(p.shape)
        return np.where(p <= 0.0, self.support.low, np.where(p >= 1.0, self.support.high, x))

    def interval(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the central interval: below it and above it lies the same probability.

        Raises
        ------
        UsageError
            If `probability` does not lie between 0 and 1.
        AccuracyError
            If the ends are not certified.
        """
        low, high = self.quantile(np.array(central_levels(probability)))
        return float(low), float(high)

    def hdi(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the shortest interval that holds `probability`.

        At its ends inside the support the density is the same. Where the density has two peaks, the region of highest
        density may be two intervals; this one is still the shortest.
        """
        return shortest_interval(self.quantile, self.density, probability)

    def plot(self, axes: PlotAxes | None = None, label: str = "") -> PlotAxes:
        """Draw the density, with the median and the 94 % interval of highest density.

        Parameters
        ----------
        axes
            Axes of matplotlib; new ones by default. What they have already stays in sight.
        label
            What the legend calls the distribution.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        AccuracyError
            If the distribution could not be tabulated.
        """
        itself: Any = self
        return plotted(density_panel(itself), axes, label)

    def table(self, tolerance: float = TABLE_TOLERANCE) -> CDFTable:
        """Return the CDF as a table whose certified error is at most `tolerance`; it is made, or refused, once.

        Raises
        ------
        AccuracyError
            If the error is larger, or there is no table at all.
        """
        table = answered(self._table)
        if not table.error <= tolerance:
            raise AccuracyError(
                f"a CDF could not be tabulated to {tolerance:.1e}",
                where="exact answer",
                seen=f"an error of {table.error:.1e}",
            )
        return table

    @property
    def refusal(self) -> str:
        """Why there is no table of the CDF; empty where there is one, whatever its error."""
        return str(self._table) if isinstance(self._table, AccuracyError) else ""

    @cached_property
    def _table(self) -> CDFTable | AccuracyError:
        return attempted(lambda: cdf_table(self.support, *self.best_line))

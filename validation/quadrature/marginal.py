"""What every marginal distribution of an exact posterior offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.interval import Interval
from pplcompare.validation.quadrature.lattice import Lattice
from pplcompare.validation.quadrature.posterior import Moments
from pplcompare.validation.quadrature.tabulated import CDFTable, cdf_table

Float = NDArray[np.float64]

_POLISH: Final = 4


class Marginal(ABC):
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
        """The density of the unbounded coordinate on a lattice that holds all of it."""

    def density(self, x: Float) -> Float:
        """Return the density; zero outside the support."""
        x = np.asarray(x, dtype=np.float64)
        inside = (self.support.low < x) & (x < self.support.high)
        at = x[inside]
        found = np.zeros(x.shape)
        found[inside] = np.exp(self.log_density(self.support.unconstrain(at))) / self.support.slope(at)
        return found

    def quantile(self, p: Float) -> Float:
        """Return x with P(X <= x) = p, as accurate in p as the table."""
        p = np.asarray(p, dtype=np.float64)
        table, line = self.table(), self.line
        t = np.ravel(table.inverse(p))
        for _ in range(_POLISH):
            miss = line.cdf(line.chart.order[0], table.map.u(t)) - p.ravel()
            t -= np.clip(miss / np.maximum(line.density(t), 1e-300), -table.spacing, table.spacing)
        x = self.support.constrain(table.map.u(t)).reshape(p.shape)
        return np.where(p <= 0.0, self.support.low, np.where(p >= 1.0, self.support.high, x))

    def table(self) -> CDFTable:
        """Return the CDF as a table, certified to 1e-8; made once."""
        return self._table

    @cached_property
    def _table(self) -> CDFTable:
        return cdf_table(self.support, self.line)

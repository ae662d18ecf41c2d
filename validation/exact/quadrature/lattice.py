"""The trapezoid rule on the whole line, for one or two variables: nodes, weights, and the sums they give.

For functions that are analytic near the real axis and decay at both ends, its error falls geometrically with the step
(Trefethen and Weideman 2014, SIAM Review 56, 385-458). So does, at half the rate, that of the antiderivative by sinc
interpolation between the nodes (Stenger 1993, Numerical Methods Based on Sinc and Analytic Functions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.chart import Chart, LogDensityFunction
from scipy import fft, special

_LONG: Final = 1024

type Box = tuple[tuple[float, float], ...]
"""Ends in the coordinates of a chart, the outer variable first."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes with weights.

    Attributes
    ----------
    t : one array per variable, in the order of the chart
        Equidistant nodes.
    u : one array per variable, in the order of the variables
        The unbounded variables at the nodes, broadcast to (outer, inner).
    log_terms : (outer, inner)
        Log of the density in the coordinates of the chart; inner is 1 if there is one variable.
    """

    chart: Chart
    t: tuple[Float, ...]
    u: tuple[Float, ...]
    log_terms: Float

    @property
    def steps(self) -> tuple[float, ...]:
        """The distance of neighbouring nodes, by variable in the order of the chart."""
        return tuple(float(t[1] - t[0]) for t in self.t)

    @cached_property
    def _sums(self) -> tuple[Float, float]:
        peak = self.log_terms.max()
        terms = np.exp(self.log_terms - peak)
        total = terms.sum()
        return terms / total, float(peak + math.log(total) + sum(math.log(step) for step in self.steps))

    @property
    def edges(self) -> tuple[tuple[float, float], ...]:
        """The largest term on each side of the box, relative to the largest of all: (low, high) by variable."""
        rows, columns = self.log_terms[[0, -1], :].max(axis=1), self.log_terms[:, [0, -1]].max(axis=0)
        sides = (rows, columns)[: len(self.t)]
        low_high = [np.exp(side - self.log_terms.max()) for side in sides]
        return tuple((float(low), float(high)) for low, high in low_high)

    def edge_share(self, values: Float) -> float:
        """Return which share of the expectation of positive values comes from the edges of the box."""
        terms = values * self.weights
        inner = terms[1:-1, 1:-1] if len(self.t) == 2 else terms[1:-1]
        total = terms.sum()
        return float((total - inner.sum()) / total) if total > 0.0 else 0.0

    @property
    def line(self) -> Lattice:
        """The lattice of the outer variable alone."""
        chart = replace(self.chart, order=(0,), knots=self.chart.knots[:0])
        peak = self.log_terms.max()
        with np.errstate(divide="ignore"):
            log_sums = np.log(np.exp(self.log_terms - peak).sum(axis=1, keepdims=True)) + peak
        log_sums += sum(math.log(step) for step in self.steps[1:])
        return Lattice(chart, self.t[:1], (chart.outer.u(self.t[0])[:, None],), log_sums)

    @property
    def weights(self) -> Float:
        """Normalised weights, (outer, inner)."""
        return self._sums[0]

    @property
    def log_total(self) -> float:
        """Log of the integral."""
        return self._sums[1]

    def every_second(self, first: Sequence[int]) -> Lattice:
        """Return the lattice of twice the step that begins at the given nodes, 0 or 1 for each variable."""
        cut = self.cut(first)
        return replace(
            self,
            t=tuple(t[i::2] for t, i in zip(self.t, first, strict=True)),
            u=tuple(u[cut] for u in self.u),
            log_terms=self.log_terms[cut],
        )

    @staticmethod
    def cut(first: Sequence[int]) -> tuple[slice, ...]:
        """Return the index of the nodes of `every_second`."""
        return tuple(slice(i, None, 2) for i in first)

    def mean(self, values: Float) -> Float:
        """Return the expectation of values (..., outer, inner)."""
        return np.asarray((values * self.weights).sum(axis=(-2, -1)))

    def sd(self, values: Float, mean: float) -> float:
        """Return the standard deviation of values (outer, inner), whose squares need not be within float64."""
        parts = np.abs(values - mean) * np.sqrt(self.weights)
        largest = float(parts.max())
        return largest * float(np.linalg.norm(parts / largest)) if largest > 0.0 else 0.0

    def cdf(self, variable: int, u: Float, *, upper: bool = False) -> Float:
        """Return P(variable <= u), or with `upper` P(variable > u), by the sinc antiderivative along that variable.

        Parameters
        ----------
        u : (point,)
        """
        step, side = self.steps[self.chart.order.index(variable)], -1.0 if upper else 1.0

        def rise(distance: Float) -> Float:
            return np.asarray(0.5 + side * special.sici(math.pi * distance / step)[0] / math.pi)

        if self.chart.order[0] == variable:
            at = self.chart.outer.t(u)[:, None]
            total = (rise(at - self.t[0]) * self.weights.sum(axis=1)).sum(axis=1)
        else:
            lines = self.chart.inner(self.chart.outer.u(self.t[0]))
            # One point after the other: all nodes at once are memory enough.
            total = np.array([(rise(lines.t(at)[:, None] - self.t[1]) * self.weights).sum() for at in u])
        return np.clip(total, 0.0, 1.0)

    def cdf_between(self, parts: int) -> Float:
        """Return the CDF of the outer variable's coordinate from the first node to the last, `parts` per step.

        As `cdf`, whose sums are convolutions at such points.
        """
        return np.clip(self._between(_kernel(_sinc_rise, self.t[0].size, parts)), 0.0, 1.0)

    def density_between(self, parts: int) -> Float:
        """Return the density of the outer variable's coordinate at the same points."""
        return self._between(_kernel(_sinc, self.t[0].size, parts)) / self.steps[0]

    def _between(self, of: Float) -> Float:
        weights = self.weights.sum(axis=1)
        found = np.array([_convolved(row, weights) for row in of]).T
        return found.ravel()[: (weights.size - 1) * len(of) + 1]

    def density(self, t: Float) -> Float:
        """Return the density of the outer variable's coordinate at `t` (point,), by sinc interpolation."""
        step = self.steps[0]
        return np.asarray(np.sinc((t[:, None] - self.t[0]) / step) @ self.weights.sum(axis=1) / step)


def _convolved(of: Float, weights: Float) -> Float:
    """Return the valid part of a convolution, by Fourier transforms where it is long."""
    if weights.size < _LONG:
        return np.convolve(of, weights, "valid")
    size = fft.next_fast_len(of.size, real=True)
    # What wraps around falls outside of the valid part.
    found = fft.irfft(fft.rfft(of, size) * fft.rfft(weights, size), size)
    return np.asarray(found[weights.size - 1 : of.size])


type _Kernel = Callable[[int, int], Float]


def _kernel(of: _Kernel, nodes: int, parts: int) -> Float:
    """Return what many lattices share, kept if it is short."""
    return _kept(of, nodes, parts) if nodes < _LONG else of(nodes, parts)


@lru_cache(maxsize=128)
def _kept(of: _Kernel, nodes: int, parts: int) -> Float:
    return of(nodes, parts)


def _sinc_rise(nodes: int, parts: int) -> Float:
    """Return the sinc antiderivative at distances from -nodes to nodes, (part of a step, distance)."""
    return np.asarray(0.5 + special.sici(math.pi * _distances(nodes, parts))[0] / math.pi)


def _sinc(nodes: int, parts: int) -> Float:
    """Return sinc at the same distances."""
    return np.sinc(_distances(nodes, parts))


def _distances(nodes: int, parts: int) -> Float:
    return np.arange(1 - nodes, nodes) + np.arange(parts)[:, None] / parts


def lattice(log_density: LogDensityFunction, chart: Chart, box: Box, step: float) -> Lattice:
    """Evaluate a density at nodes that begin at the low ends of a box, `step` apart or a little less.

    The number of nodes along each variable is even.
    """
    t = []
    for low, high in box:
        count = 2 * math.ceil((high - low) / (2.0 * step))
        t.append(np.linspace(low, high, count + 1)[:-1])
    u, slope = chart.point([t[0][:, None], *t[1:]])
    values = log_density(u) + slope
    return Lattice(chart, tuple(t), tuple(np.broadcast_to(v, values.shape) for v in u), values)

"""The distribution of a number that compares two rates: of their difference, or of their ratio."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError, UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.crossing import TOLERANCE, Crossing
from pplcompare.validation.exact.beta_binomial.image import Image, Scaled, Shifted
from pplcompare.validation.exact.quadrature.central import central_levels, described
from pplcompare.validation.exact.quadrature.contrast_panel import contrast_panel
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.exact.quadrature.pair import Certain
from pplcompare.validation.exact.quadrature.shortest_interval import shortest_interval
from pplcompare.validation.exact.quadrature.shown_law import ShownLaw
from pplcompare.validation.pictures.plots import PlotAxes, plotted
from scipy import special

_CLOSE: Final = 0.1 * TOLERANCE
_ROUNDS: Final = 100
# A quantile takes as long as a density in a table of thousands.
_HDI_PLACES: Final = 17
_HDI_EDGE: Final = 1e-6
_ROUNDING: Final = 1e-12
# Of a width: it moves a density by less than a picture shows.
_STEP: Final = 0.02
# Nearer to zero a difference is zero.
_SMALLEST: Final = 1e-300
# The logarithms of the ratios that float64 has.
_RATIOS: Final = (-745.0, 709.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A number that compares two rates, by a coordinate that changes its sign when the rates change places.

    Attributes
    ----------
    image
        The function that returns the map of a rate whose number is given by its coordinate.
    ends, support
        The least and the largest coordinate, and number.
    coordinate, number
        The functions from numbers to coordinates and back.
    slope
        The function that returns the derivative of the coordinate at a number.
    name
        The name of the number.
    """

    image: Callable[[float], Image]
    ends: tuple[float, float]
    support: tuple[float, float]
    coordinate: Callable[[Float], Float]
    number: Callable[[Float], Float]
    slope: Callable[[Float], Float]
    name: str


def _log(ratio: Float) -> Float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ratio > 0.0, np.log(ratio), -math.inf)


DIFFERENCE: Final = Scale(Shifted, (-1.0, 1.0), (-1.0, 1.0), lambda x: x, lambda c: c, np.ones_like, "difference")
RATIO: Final = Scale(Scaled, _RATIOS, (0.0, math.inf), _log, np.exp, np.reciprocal, "ratio")


@dataclass(frozen=True, eq=False, repr=False)
class RateContrast(ShownLaw):
    """The distribution of what one rate has more than another, or of how many times as high it is.

    Attributes
    ----------
    moments_of
        The function returns mean and standard deviation, infinite where they do not exist.
    crossing
        Both rates.
    turned
        Whether the narrower rate is the one, not the other.
    scale
        The number that it is.
    start
        The coordinate of about the middle, and a width.
    label
        What it compares, for pictures; empty stands for the name of its scale.
    """

    moments_of: Callable[[], Moments]
    crossing: Crossing
    turned: bool
    scale: Scale
    start: tuple[float, float]
    label: str = ""

    def __repr__(self) -> str:
        return described(f"{self.scale.name} of two rates", self)

    def named(self, label: str) -> RateContrast:
        """Return the same distribution, whose pictures say what it compares."""
        return replace(self, label=label)

    @cached_property
    def moments(self) -> Moments:
        """Mean and standard deviation, infinite where they do not exist."""
        return self.moments_of()

    @property
    def mean(self) -> float:
        """The mean, infinite where it does not exist."""
        return self.moments.mean

    @property
    def sd(self) -> float:
        """The standard deviation, infinite where it does not exist."""
        return self.moments.sd

    def cdf(self, x: Float) -> Float:
        """Return P(X <= x), each within 1e-8.

        Raises
        ------
        AccuracyError
            If twice as many nodes give another answer.
        """
        at = self.scale.coordinate(np.asarray(x, dtype=np.float64))
        return np.array([self._below(float(c)).value for c in at.ravel()]).reshape(at.shape)

    def sf(self, x: Float) -> Float:
        """Return P(X > x), as accurate absolutely as `cdf`."""
        return np.asarray(1.0 - self.cdf(x))

    def density(self, x: Float) -> Float:
        """Return the density, for pictures: its error is not certified.

        It is the difference quotient of probabilities from few nodes, whose own slopes can be far off where a prior has
        heavy tails.
        """
        x = np.asarray(x, dtype=np.float64)
        at, step = self.scale.coordinate(x), _STEP * self.start[1]
        inside = (self.scale.ends[0] < at - step) & (at + step < self.scale.ends[1])
        found = np.zeros(x.shape)
        rise = [self._roughly_below(float(c) + step) - self._roughly_below(float(c) - step) for c in at[inside]]
        found[inside] = np.maximum(rise, 0.0) / (2.0 * step) * self.scale.slope(x[inside])
        return found

    def _roughly_below(self, c: float) -> float:
        """Return P(coordinate <= c) from few nodes."""
        value, _ = self.crossing.value_and_slope(self.scale.image(-c if self.turned else c))
        return 1.0 - value if self.turned else value

    def quantile(self, p: Float) -> Float:
        """Return x with P(X <= x) = p, to 1e-8 in p.

        Raises
        ------
        AccuracyError
            If that is not certified.
        """
        p = np.asarray(p, dtype=np.float64)
        if not np.all((p > 0.0) & (p < 1.0)):
            raise UsageError("must lie between 0 and 1", where="p", seen=p.tolist())
        return self.scale.number(np.array([self._solved(float(each))[0] for each in p.ravel()]).reshape(p.shape))

    def interval(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the central interval: below it and above it lies the same probability."""
        low, high = self.quantile(np.array(central_levels(probability)))
        return float(low), float(high)

    def hdi(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the shortest interval that holds `probability`, to 1e-8 in it.

        Densities at its ends are compared as few nodes give them, to about 1e-4 of them; the interval is shortest where
        they are equal, so that its length is right to the square of that.

        Raises
        ------
        AccuracyError
            If a quantile is not certified.
        """
        return shortest_interval(self._quantile_or_end, self._density, probability, places=_HDI_PLACES, edge=_HDI_EDGE)

    def _quantile_or_end(self, p: Float) -> Float:
        """Return quantiles; those of 0 and 1, to rounding, are the ends of the support."""
        found = np.where(p < 0.5, *self.scale.support)
        inside = (p > _ROUNDING) & (p < 1.0 - _ROUNDING)
        found[inside] = self.quantile(p[inside])
        return found

    def _density(self, x: Float) -> Float:
        """Return the density, from few nodes; x (point,) inside the support."""
        c = self.scale.coordinate(x)
        images = (self.scale.image(-each if self.turned else each) for each in c.tolist())
        return np.array([self.crossing.value_and_slope(image)[1] for image in images]) * self.scale.slope(x)

    def plot(self, axes: PlotAxes | None = None, label: str = "") -> PlotAxes:
        """Draw the density, in which the side where the one is greater is shaded, with median and 94 % interval.

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
            If a quantile is not certified.
        """
        neutral = float(self.scale.number(np.zeros(())))
        return plotted(contrast_panel("", self, self.label or self.scale.name, neutral=neutral), axes, label)

    @cached_property
    def error(self) -> float:
        """The error of the probabilities that belong to the 3 %, 50 % and 97 % quantiles, as certified."""
        return max(self._solved(p)[1] for p in (0.03, 0.5, 0.97))

    def _below(self, c: float) -> Certain:
        """Return P(coordinate <= c)."""
        if math.isnan(c):
            raise UsageError("a number is needed", where="cdf", seen=c)
        if not self.scale.ends[0] < c < self.scale.ends[1]:
            return Certain(float(c > 0.0), 0.0)
        if not self.turned:
            return self.crossing.below(self.scale.image(c))
        found = self.crossing.below(self.scale.image(-c))
        return Certain(1.0 - found.value, found.error)

    @cached_property
    def _quantiles(self) -> dict[float, tuple[float, float]]:
        return {}

    def _solved(self, p: float) -> tuple[float, float]:
        """Return the coordinate of a quantile, and the error in p."""
        if p not in self._quantiles:
            middle, width = self.start
            at = (-middle if self.turned else middle) + width * float(special.ndtri(1.0 - p if self.turned else p))
            for rough in (True, False):
                at, around = self._root(1.0 - p if self.turned else p, at, rough=rough)
                c = at
                if self.turned:
                    c, around = -c, (-around[1], -around[0])
                low, high = (self._below(end) for end in around)
                error = max(low.value - p, p - high.value, 0.0) + max(low.error, high.error)
                if error <= TOLERANCE:
                    break
            else:
                raise AccuracyError("a quantile could not be certified", where="exact answer", seen=f"{error:.1e} in p")
            self._quantiles[p] = c, error
        return self._quantiles[p]

    def _root(self, p: float, c: float, *, rough: bool) -> tuple[float, tuple[float, float]]:
        """Solve P(coordinate <= c) = p by Newton's method within a bracket, for the rates as they are in `crossing`.

        With `rough` that probability has few nodes, else as many as it needs; its derivative always has few.

        Returns
        -------
        c, around
            The bracket is `c` itself; it is wider where there is a step that float64 does not resolve.
        """
        low, high = self.scale.ends
        c = min(max(c, 0.99 * low), 0.99 * high)
        for _ in range(_ROUNDS):
            image = self.scale.image(c)
            value, slope = self.crossing.value_and_slope(image)
            value = value if rough else self.crossing.below(image).value
            if abs(value - p) <= _CLOSE:
                return c, (c, c)
            low, high = (c, high) if value < p else (low, c)
            step = c - (value - p) / slope if slope > 0.0 else math.nan
            c = step if low < step < high else _between(low, high)
            if high - low <= _SMALLEST or not low < c < high:
                break
        return (low if abs(low) < _SMALLEST else high), (low, high)


def _between(low: float, high: float) -> float:
    """Return a number between two, that has the digits of the smaller one where they have the same sign."""
    if low < 0.0 < high:
        return 0.0
    least, most = sorted((abs(low), abs(high)))
    if most <= 2.0 * least:
        return 0.5 * (low + high)
    return math.copysign(math.sqrt(max(least, _SMALLEST * 1e-5) * most), low + high)

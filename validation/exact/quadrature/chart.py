"""Coordinates in which a posterior of one or two unbounded variables is smooth, centred and of unit width.

The outer variable has one graded map to the whole line; the inner one has a map of its own for each value of the outer,
so that a posterior that is narrow here and wide there, or lies along a ridge, looks alike everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float

type LogDensityFunction = Callable[[Sequence[Float]], Float]
"""Takes one array per variable, in the order of the variables; they broadcast."""

FARTHEST: Final = 650.0
"""exp(650) and exp(-650), also times counts up to 2^53, are numbers: the range of what is computed from a logarithm."""

_SCAN: Final = 2.0 * np.sinh(np.linspace(-1.0, 1.0, 41) * np.arcsinh(FARTHEST / 2.0))
_ZOOM: Final = np.linspace(0.0, 1.0, 9)
_ROUNDS: Final = 60
_ROUNDING: Final = 1e-13
# Of a bracket in which values still differ: by the rounding of huge sums, not by the peak.
_NARROWEST: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """The map u = center + scale sinh(strength t) / strength: steps grow with the distance from the center."""

    center: Float
    scale: Float
    strength: float

    def u(self, t: Float) -> Float:
        """Return the image of `t`."""
        return self.center + self.scale * np.sinh(self.strength * t) / self.strength

    def t(self, u: Float) -> Float:
        """Return the inverse image of `u`."""
        return np.asarray(np.arcsinh(self.strength * (u - self.center) / self.scale) / self.strength)

    def log_slope(self, t: Float) -> Float:
        """Return log(du/dt)."""
        return np.log(self.scale) + np.log(np.cosh(self.strength * t))


def peaks(log_density: Callable[[Float], Float], lines: int) -> tuple[Float, Float, Float]:
    """Find where each of many functions of one variable peaks, and how wide the peak is.

    A graded scan of the whole range, then zooms into the best bracket until no function falls by more than one in it;
    a parabola gives the rest. Centers and scales need not be accurate: they decide how many nodes are needed, not
    what the integral is.

    Parameters
    ----------
    log_density
        The function takes and returns (line, point).

    Returns
    -------
    center, scale, height : (line,)
    """
    u = np.tile(_SCAN, (lines, 1))
    row = np.arange(lines)
    settled = np.zeros(lines, dtype=bool)
    brackets = np.zeros((6, lines))
    for _ in range(_ROUNDS):
        y = log_density(u)
        best = np.clip(np.argmax(y, axis=1), 1, u.shape[1] - 2)
        found = np.stack([a[row, best + i] for a in (u, y) for i in (-1, 0, 1)])
        brackets = np.where(settled, brackets, found)
        left, _, right, f, g, h = brackets
        settled = (g - np.minimum(f, h) <= 1.0 + _ROUNDING * np.abs(g)) | (right - left <= _NARROWEST)
        if settled.all():
            break
        u = left[:, None] + (right - left)[:, None] * _ZOOM
    return _parabola(*brackets)


def _parabola(left: Float, middle: Float, right: Float, f: Float, g: Float, h: Float) -> tuple[Float, Float, Float]:
    """Return center, scale and height of a peak from three points; where they do not bend, those of the bracket."""
    rise, fall = (g - f) / (middle - left), (h - g) / (right - middle)
    half = 0.5 * (right - left)
    curvature = (fall - rise) / half
    bent = curvature < -1e-3 / half**2
    safe = np.where(bent, -curvature, 1.0)
    vertex = np.clip(0.5 * (left + middle) + rise / safe, left, right)
    return np.where(bent, vertex, middle), np.where(bent, np.clip(safe**-0.5, 0.5 * half, 2.0 * half), half), g


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """The coordinates (t_outer, t_inner).

    Attributes
    ----------
    order
        Indices of the variables: the outer one, then the inner one if there is one.
    outer
        The map of the outer variable.
    knots, centers, log_scales : (knot,)
        The map of the inner variable, given at some values of the outer one and linear between.
    farthest
        The range of the variables.
    """

    order: tuple[int, ...]
    outer: Graded
    knots: Float
    centers: Float
    log_scales: Float
    farthest: float

    def inner(self, outer: Float) -> Graded:
        """Return the maps of the inner variable at values `outer` of the outer one."""
        center = np.interp(outer, self.knots, self.centers)
        return Graded(center, np.exp(np.interp(outer, self.knots, self.log_scales)), self.outer.strength)

    def point(self, t: Sequence[Float]) -> tuple[tuple[Float, ...], Float]:
        """Return the variables, in their own order and within the range, and the log Jacobian."""
        u = [self._within(self.outer.u(t[0]))]
        slope = self.outer.log_slope(t[0])
        if len(self.order) == 2:
            line = self.inner(u[0])
            u.append(self._within(line.u(t[1])))
            slope = slope + line.log_slope(t[1])
        return tuple(u[self.order.index(i)] for i in range(len(self.order))), slope

    def regraded(self, strength: float) -> Chart:
        """Return the same centers and scales with other steps."""
        return replace(self, outer=replace(self.outer, strength=strength))

    def _within(self, u: Float) -> Float:
        return np.clip(u, -self.farthest, self.farthest)


def chart(
    log_density: LogDensityFunction, order: tuple[int, ...], strength: float, spacing: float, farthest: float = FARTHEST
) -> Chart:
    """Center and scale the variables, the inner one at knots `spacing` apart that span the whole range of the outer."""

    def lines(outer: Float) -> tuple[Float, Float, Float]:
        """Return center, scale and height of the inner peak for each value of the outer variable."""
        if len(order) == 1:
            return np.zeros_like(outer), np.ones_like(outer), log_density((outer,))
        at = outer[:, None]
        return peaks(lambda u: log_density((at, u) if order == (0, 1) else (u, at)), outer.size)

    def profile(outer: Float) -> Float:
        _, scale, height = lines(outer[0])
        return (height + np.log(scale))[None, :]

    with np.errstate(all="ignore"):  # what is not finite is refused
        center, scale, height = peaks(profile, 1)
    if not (np.isfinite(center[0]) and np.isfinite(scale[0]) and np.isfinite(height[0])):
        raise AccuracyError(
            "the posterior has no peak that float64 can find",
            where="exact answer",
            seen=f"{float(height[0]):g} at {float(center[0]):g}",
            mend="the priors may be too extreme",
        )
    outer = Graded(center[0], scale[0], strength)
    low, high = outer.t(np.array(-farthest)), outer.t(np.array(farthest))
    knots = outer.u(np.linspace(low, high, int(np.ceil((high - low) / spacing)) + 1))
    with np.errstate(all="ignore"):
        centers, scales, _ = lines(knots)
    return Chart(order, outer, knots, centers, np.log(scales), farthest)

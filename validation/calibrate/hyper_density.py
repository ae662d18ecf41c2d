"""The density of the hyper-parameters of one data set, tabulated for its run, and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.cubic_table import CubicTable
from pplcompare.validation.calibrate.rising_factorials import RisingFactorials
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy
from pplcompare.validation.exact.quadrature.lattice import Box

NEGLIGIBLE: Final = 40.0
"""How far below its peak the log density is negligible: a normal law has fallen so far at 9 sd."""

_SCAN: Final = 25
_ROUNDS: Final = 60
_SETTLED: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class HyperDensity:
    """The posterior density of the hyper-parameters' unbounded coordinates, but for a constant.

    Attributes
    ----------
    successes, failures, trials
        Logarithms of rising factorials, as functions of the logarithms of the shapes and of their sum.
    """

    hierarchy: Hierarchy[Shapes]
    successes: CubicTable
    failures: CubicTable
    trials: CubicTable

    @classmethod
    def given(cls, hierarchy: Hierarchy[Shapes], rising: RisingFactorials, counts: Counts) -> HyperDensity:
        """Return the density given counts."""
        k, n = counts.successes, counts.trials
        return cls(hierarchy, rising.curve(k), rising.curve(n - k), rising.curve(n))

    def log(self, u: Sequence[Float]) -> Float:
        """Return the log density at coordinates that broadcast, one array for each hyper-parameter."""
        shapes = self.hierarchy.shapes(u)
        prior = sum(item.log_density(at) for item, at in zip(self.hierarchy.hyperparameters, u, strict=True))
        ratio = self.successes.at(np.log(shapes.first)) + self.failures.at(np.log(shapes.second))
        return np.asarray(prior + ratio - self.trials.at(np.log(shapes.total)))

    def scanned(self, box: Box) -> Scan | None:
        """Return the density at coarse places of the part of a box beyond which it is negligible; None if not found.

        A scan of the box, then of the part that holds all places within `NEGLIGIBLE` of the highest and their
        neighbours, which may lie outside of the last part, until the part stays as it is.
        """
        part = box
        for _ in range(_ROUNDS):
            axes = [np.linspace(low, high, _SCAN) for low, high in part]
            found = self.log(np.meshgrid(*axes, indexing="ij", sparse=True))
            heavy = np.nonzero(found >= found.max() - NEGLIGIBLE)
            last, part = part, tuple(_around(axis, at, side) for axis, at, side in zip(axes, heavy, box, strict=True))
            if all(_alike(old, new) for old, new in zip(last, part, strict=True)):
                return Scan(axes, found)
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """The log density at equidistant coarse places.

    Attributes
    ----------
    axes
        The places, (place,) for each hyper-parameter.
    log
        (place,) or (place, place).
    """

    axes: Sequence[Float]
    log: Float

    def outer(self, depth: float) -> tuple[float, float]:
        """Return the range of the first variable beyond which the density is so far below its peak."""
        highest = self.log.reshape(len(self.axes[0]), -1).max(axis=1)
        heavy, spacing = self.axes[0][highest >= highest.max() - depth], self.axes[0][1] - self.axes[0][0]
        return float(heavy[0] - spacing), float(heavy[-1] + spacing)

    def inner(self, first: Float, depth: float) -> tuple[Float, Float]:
        """Return the ends of the second variable, given values of the first, (value,) each.

        They are those at both neighbouring places of the first, beyond which the density is so far below its peak
        there.
        """
        axis, second = self.axes
        spacing, last = second[1] - second[0], len(second) - 1
        heavy = self.log >= self.log.max(axis=1, keepdims=True) - depth
        low, high = second[heavy.argmax(axis=1)] - spacing, second[last - heavy[:, ::-1].argmax(axis=1)] + spacing
        before = np.clip((first - axis[0]) / (axis[1] - axis[0]), 0.0, len(axis) - 2.0).astype(np.intp)
        return np.minimum(low[before], low[before + 1]), np.maximum(high[before], high[before + 1])


def _around(
    axis: Float, heavy: np.ndarray[tuple[int], np.dtype[np.intp]], side: tuple[float, float]
) -> tuple[float, float]:
    """Return the ends of heavy places and their neighbours, within a side of the box."""
    spacing = float(axis[1] - axis[0])
    return max(float(axis[heavy.min()]) - spacing, side[0]), min(float(axis[heavy.max()]) + spacing, side[1])


def _alike(old: tuple[float, float], new: tuple[float, float]) -> bool:
    slack = _SETTLED * (old[1] - old[0])
    return abs(old[0] - new[0]) <= slack and abs(old[1] - new[1]) <= slack

"""The density of the second hyper-parameter along lines, one for each value of the first, each between its own ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.hyper_density import HyperDensity

NODES: Final = 65
"""Lines of a lattice, and nodes of a line, before any are put between them."""

BORDER: Final = -20.0
"""A log density at an end is negligible so far below its peak."""
GROWTH: Final = 0.25
"""An end at which it is not moves out by this part of the range."""
GROWTHS: Final = 12
"""It does so as often at the most."""


@dataclass(frozen=True, slots=True, eq=False)
class DensityLines:
    """Log densities at equidistant nodes from the one end of each line to the other.

    Attributes
    ----------
    first : (line,)
        The values of the first hyper-parameter.
    low, high : (line,)
        The ends; of a density of one variable, whose lines are one node each, 0 and 1.
    log : (line, node)
    """

    first: Float
    low: Float
    high: Float
    log: Float

    @classmethod
    def of_one(cls, density: HyperDensity, first: Float) -> Self:
        """Return the lines of a density of one variable."""
        return cls(first, np.zeros(first.size), np.ones(first.size), density.log((first,))[:, None])

    @classmethod
    def along(
        cls,
        density: HyperDensity,
        first: Float,
        ends: tuple[Float, Float],
        side: tuple[float, float],
        lattice: int,
        nodes: int,
    ) -> Self | None:
        """Return lines at values of the first hyper-parameter; None where the density is not negligible at an end.

        Such an end moves out first, as far as the box goes.

        Parameters
        ----------
        first : (line,)
        ends
            Where lines begin and end at first, (line,) each.
        side
            The range of the second hyper-parameter in the box.
        lattice
            So many lines are those of a lattice: what is negligible is so beside the peak of all of them, also where
            the box ends. On the others it is so beside their own peak, and nothing lies beyond the box.
        """
        low, high = (np.clip(end, *side) for end in ends)
        share = np.linspace(0.0, 1.0, nodes)
        log = _along(density, first, low, high, share)
        for _ in range(GROWTHS):
            top = log.max(axis=1)
            if lattice:
                top[:lattice] = top[:lattice].max()
            below, above = log[:, 0] - top > BORDER, log[:, -1] - top > BORDER
            moved = np.flatnonzero((below & (low > side[0])) | (above & (high < side[1])))
            if not moved.size:
                return None if (below | above)[:lattice].any() else cls(first, low, high, log)
            step = GROWTH * (high - low)
            low[moved] = np.maximum(low - step * below, side[0])[moved]
            high[moved] = np.minimum(high + step * above, side[1])[moved]
            log[moved] = _along(density, first[moved], low[moved], high[moved], share)
        return None

    def part(self, lines: slice) -> DensityLines:
        """Return some of the lines."""
        return DensityLines(self.first[lines], self.low[lines], self.high[lines], self.log[lines])

    def finer(self, density: HyperDensity) -> DensityLines:
        """Return the lines with a node more between each two."""
        gaps = self.log.shape[1] - 1
        between = _along(density, self.first, self.low, self.high, (np.arange(gaps) + 0.5) / gaps)
        return replace(self, log=_merged(self.log.T, between.T).T)

    def denser(self, between: DensityLines) -> DensityLines:
        """Return the lines with one more between each two."""
        return DensityLines(
            _merged(self.first, between.first),
            _merged(self.low, between.low),
            _merged(self.high, between.high),
            _merged(self.log, between.log),
        )


def _along(density: HyperDensity, first: Float, low: Float, high: Float, share: Float) -> Float:
    return density.log((first[:, None], low[:, None] + (high - low)[:, None] * share))


def _merged(outer: Float, between: Float) -> Float:
    """Return rows of both, by turns."""
    merged = np.empty((len(outer) + len(between), *outer.shape[1:]))
    merged[::2], merged[1::2] = outer, between
    return merged

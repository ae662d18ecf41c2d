"""The density of the second hyper-parameter along lines, one for each value of the first, each between its own ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.hyper_density import HyperDensity

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
    low, high : (line,)
        The ends.
    log : (line, node)
    """

    low: Float
    high: Float
    log: Float

    @classmethod
    def along(
        cls,
        density: HyperDensity,
        first: Float,
        ends: tuple[Float, Float],
        side: tuple[float, float],
        nodes: int,
        lattice: int,
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
        log = _along(density, first, low, high, nodes)
        for _ in range(GROWTHS):
            top = log.max(axis=1)
            top[:lattice] = top[:lattice].max()
            below, above = log[:, 0] - top > BORDER, log[:, -1] - top > BORDER
            moved = np.flatnonzero((below & (low > side[0])) | (above & (high < side[1])))
            if not moved.size:
                return None if (below | above)[:lattice].any() else cls(low, high, log)
            step = GROWTH * (high - low)
            low[moved] = np.maximum(low - step * below, side[0])[moved]
            high[moved] = np.minimum(high + step * above, side[1])[moved]
            log[moved] = _along(density, first[moved], low[moved], high[moved], nodes)
        return None


def _along(density: HyperDensity, first: Float, low: Float, high: Float, nodes: int) -> Float:
    return density.log((first[:, None], low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, nodes)))

"""A smooth function of one variable, tabulated with its slopes: what is asked for at thousands of places at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pplcompare.models.float_array import Float


@dataclass(frozen=True, slots=True, eq=False)
class CubicTable:
    """Cubics between equidistant places.

    Attributes
    ----------
    low, step
        The first place and the distance between places.
    coefficients : (cell, 4)
        Coefficients of powers of the position within a cell, which is from 0 to 1, constant first.
    """

    low: float
    step: float
    coefficients: Float

    @classmethod
    def through(cls, places: Float, value: Float, slope: Float) -> CubicTable:
        """Return the curve with these values and slopes at equidistant places, (place,) each."""
        step = float(places[-1] - places[0]) / (places.size - 1)
        low, high, rise, fall = value[:-1], value[1:], slope[:-1] * step, slope[1:] * step
        cubic = [low, rise, 3.0 * (high - low) - 2.0 * rise - fall, 2.0 * (low - high) + rise + fall]
        return cls(float(places[0]), step, np.stack(cubic, axis=1))

    def at(self, x: Float) -> Float:
        """Return the values at places of any shape; beyond the ends the values at the ends."""
        # In place: half of the time would go into new arrays.
        rest = np.asarray((x - self.low) / self.step)
        rest.clip(0.0, float(len(self.coefficients)), out=rest)
        cell = rest.astype(np.intp)
        np.minimum(cell, len(self.coefficients) - 1, out=cell)
        rest -= cell
        of_cell = self.coefficients.take(cell, axis=0)
        value = of_cell[..., 3] * rest
        value += of_cell[..., 2]
        value *= rest
        value += of_cell[..., 1]
        value *= rest
        value += of_cell[..., 0]
        return value

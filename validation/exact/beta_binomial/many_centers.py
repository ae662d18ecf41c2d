"""A map of the whole line to itself whose image is dense around several places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float

_TABLE: Final = 33
_NEWTON: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class ManyCenters:
    """The map s -> t, t the sum of arsinh((s - center) / scale) over all centers, and its inverse.

    Both are analytic, so that the trapezoid rule in t is as good as with one center.

    Attributes
    ----------
    centers, scales : (center,)
    """

    centers: Float
    scales: Float

    def t(self, s: Float) -> Float:
        """Return the image of `s`."""
        return np.asarray(np.arcsinh((s[..., None] - self.centers) / self.scales).sum(axis=-1))

    def slope(self, s: Float) -> Float:
        """Return ds/dt at `s`."""
        return np.asarray(1.0 / (1.0 / np.hypot(s[..., None] - self.centers, self.scales)).sum(axis=-1))

    def s(self, t: Float) -> Float:
        """Return the inverse image of `t`."""
        if self.centers.size == 1:
            return np.asarray(self.centers[0] + self.scales[0] * np.sinh(t))
        # Of each of its parts the map is the graded one of a center; Newton's method starts from a table of them.
        graded = np.sinh(np.linspace(-1.0, 1.0, _TABLE) * np.abs(t).max())
        table = np.unique(np.concatenate([c + w * graded for c, w in zip(self.centers, self.scales, strict=True)]))
        image = self.t(table)
        found = np.interp(t, image, table)
        low, high = (table[np.clip(np.searchsorted(image, t) + i, 0, table.size - 1)] for i in (-1, 0))
        for _ in range(_NEWTON):
            miss = self.t(found) - t
            low, high = np.where(miss < 0.0, found, low), np.where(miss > 0.0, found, high)
            step = found - miss * self.slope(found)
            step = np.where((step > low) & (step < high), step, 0.5 * (low + high))
            if np.all(np.abs(step - found) <= 1e-15 * (1.0 + np.abs(found))):
                break
            found = step
        return np.asarray(found)

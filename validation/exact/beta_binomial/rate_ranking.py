"""All rates of a plate in order: their ranks, and the nodes on which they are integrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.panels import Panels, panels

# How far a rate can be, in standard deviations of its logit, and with few successes or failures in its exponents.
_WIDTHS: Final = 8.0
_FARTHEST: Final = 28.0
_FEW: Final = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Ranks of each distinct datum, (datum,) each.

    Attributes
    ----------
    best, rank, above
        The probability of being the best, the expected rank, and P(above the next).
    loss
        By how much the best of all rates exceeds this one on average.
    """

    best: Float
    rank: Float
    above: Float
    loss: Float

    def away(self, other: Ranks) -> float:
        """Return the largest difference in probability, or in ranks relative to all of them."""
        scale = max(float(self.rank.max()), 1.0)
        # The last one has no next.
        last = (self.rank - other.rank) / scale, self.loss - other.loss
        gaps = (self.best - other.best, (self.above - other.above)[:-1], *last)
        return max(float(np.abs(gap).max(initial=0.0)) for gap in gaps)

    def __add__(self, other: Ranks) -> Ranks:
        more = self.above + other.above, self.loss + other.loss
        return Ranks(self.best + other.best, self.rank + other.rank, *more)

    def times(self, factor: float) -> Ranks:
        """Return them multiplied by a number."""
        return Ranks(self.best * factor, self.rank * factor, self.above * factor, self.loss * factor)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Distinct data in order of their means, the highest first, and nodes on which all rates are integrated.

    Attributes
    ----------
    k, n, groups : (datum,)
        Successes, trials, and the number of groups that have them.
    first, last : (datum,)
        The panels between which a rate is, the last one exclusive.
    """

    k: Float
    n: Float
    groups: Float
    nodes: Panels
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    @classmethod
    def of(cls, k: Float, n: Float, groups: Float, shapes: Components, *, parts: int = 1) -> Field:
        """Return nodes for data, given the law of a rate before its datum."""
        first, second = (float(shapes.weights @ each) for each in shapes[1:])
        a, b = first + k, second + (n - k)
        centers, sds = np.log(a / b), np.sqrt(1.0 / a + 1.0 / b)
        least, other = float(shapes.first.min()), float(shapes.second.min())
        low = centers - _WIDTHS * sds - np.where(k < _FEW, _FARTHEST / (least + k), 0.0)
        high = centers + _WIDTHS * sds + np.where(n - k < _FEW, _FARTHEST / (other + (n - k)), 0.0)
        nodes = panels(centers, sds, float(low.min()), float(high.max()), parts=parts)
        ends = nodes.u[:, -1]
        return cls(k, n, groups, nodes, np.searchsorted(ends, low), np.searchsorted(ends, high) + 1)

    @property
    def places(self) -> int:
        """The number of nodes at which all densities have to be computed, about."""
        return int(sum((self.last - self.first).tolist()) * self.nodes.u.shape[1])

"""Panels of Gauss-Legendre nodes on the logits of many rates at once, and integrals from one end up to each node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import legendre
from pplcompare.models.float_array import Float

_NODES: Final = 10
_LEVELS: Final = 40
# In standard deviations of a logit: the widest panel where it has weight, and how far it has weight.
_WIDEST: Final = 1.6
_REACH: Final = 8.5


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Nodes by panel.

    Attributes
    ----------
    u : (panel, node)
        The logits.
    halves : (panel,)
        Half the width of each panel.
    """

    u: Float
    halves: Float

    @property
    def weights(self) -> Float:
        """Weights of the nodes, (panel * node,)."""
        return np.asarray(self.halves[:, None] * legendre.leggauss(_NODES)[1]).ravel()

    def above(self, values: Float) -> Float:
        """Return the integrals from each node up to the end of the last panel; values (row, panel * node)."""
        rows = values.reshape(len(values), *self.u.shape) * self.halves[:, None]
        # Row by row: so small a product is done by one thread, several would wait for each other.
        inside = rows @ _ABOVE
        # The last column is that of whole panels.
        later = np.cumsum(inside[:, ::-1, -1], axis=1)[:, ::-1] - inside[:, :, -1]
        return np.asarray((inside[:, :, :-1] + later[:, :, None]).reshape(len(values), -1))

    def between(self, first: int, last: int) -> Panels:
        """Return the panels from one of them to another, exclusive."""
        return Panels(self.u[first:last], self.halves[first:last])


def _matrix() -> Float:
    """Return the weights of the integrals from each node to 1, and in the last column those from -1 to 1."""
    nodes, weights = legendre.leggauss(_NODES)
    one = np.eye(_NODES)
    # A polynomial through values at the nodes has these Legendre coefficients: the rule is exact for their products.
    coefficients = legendre.legvander(nodes, _NODES - 1) * weights[:, None] * (np.arange(_NODES) + 0.5)
    rest = np.stack([legendre.legval(1.0, p) - legendre.legval(nodes, p) for p in map(legendre.legint, one)])
    return np.concatenate([coefficients @ rest, weights[:, None]], axis=1)


_ABOVE: Final = _matrix()


def panels(centers: Float, sds: Float, low: float, high: float, *, parts: int = 1) -> Panels:
    """Return panels from `low` to `high` that resolve normal densities of these centers and standard deviations."""
    edges = np.linspace(low, high, max(int((high - low) / 2.0), 4, min(int(high - low), 100)) + 1)
    order = np.argsort(sds)
    centers, sds = centers[order], sds[order]
    for _ in range(_LEVELS):
        widths = np.diff(edges)
        wide = np.zeros(widths.size, dtype=bool)
        # Panels are halved together if they have one width: the narrow densities decide.
        for width in np.unique(widths.round(12)):
            narrow = slice(0, int(np.searchsorted(sds, width / _WIDEST)))
            reach = _REACH * sds[narrow]
            first, last = (np.searchsorted(edges, centers[narrow] + side * reach) for side in (-1.0, 1.0))
            marks = np.zeros(edges.size + 1)
            np.add.at(marks, np.clip(first - 1, 0, None), 1.0)
            np.add.at(marks, last, -1.0)
            wide |= (np.cumsum(marks)[: widths.size] > 0.0) & (np.abs(widths - width) < 1e-11)
        if not wide.any():
            break
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[:-1] + edges[1:])[wide]]))
    fine = [np.linspace(edges[:-1], edges[1:], parts + 1)[i] for i in range(parts)]
    lows, halves = np.stack(fine, axis=1).ravel(), np.repeat(np.diff(edges) / (2.0 * parts), parts)
    return Panels((lows + halves)[:, None] + halves[:, None] * legendre.leggauss(_NODES)[0], halves)

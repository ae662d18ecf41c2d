"""Who is the best of many rates, at a cost that grows with the rates, not with their pairs.

Given the shapes of their law rates are independent. P(best) is the integral of a rate's density times the product of
the distribution functions of all others, an expected rank that of its density times the sum of their complements;
product and sum are made once for all rates. Shapes are taken at few nodes of their posterior: the density of a rate by
one of them is that by another times a function that all rates share, so that sums over rates are products of matrices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import Components, logs
from pplcompare.validation.exact.beta_binomial.rate_ranking import Field, Ranks
from pplcompare.validation.exact.quadrature.small_products import product
from scipy import special

_ROWS: Final = 64
# The logarithm by which densities of one rate may differ if one of them is made of the other.
_MOST_TILT: Final = 300.0
# Where so many rates are expected above, none below is the best: their product is less than exp(-45).
_NO_BEST: Final = 45.0
_SMALLEST_SHARE: Final = 2.0**-53


def ranks(field: Field, shapes: Components) -> Ranks:
    """Return the ranks, averaged over the shapes of the rates' law before the data."""
    total, left = Ranks(*np.zeros((4, field.k.size))), shapes
    while left.weights.size:
        tilted = Tilted.near_the_heaviest(field, left)
        total += tilted.ranks()
        left = Components(*(part[~tilted.taken] for part in left))
    return total


class _Some(NamedTuple):
    """Some of the data, at the nodes where their rates are.

    Attributes
    ----------
    rows : (row,)
        Their numbers.
    span
        The nodes.
    density : (row, node)
        The densities of their rates by the shapes at the origin, up to a factor.
    """

    rows: NDArray[np.intp]
    span: slice
    density: Float


@dataclass(frozen=True, slots=True, eq=False)
class Tilted:
    """Shapes that are near one another: a density by one of them is that at the origin times a tilt.

    Attributes
    ----------
    origin
        The shapes there.
    taken : (shape,)
        Which of the shapes that were given are here.
    weights : (shape here,)
        Their weights.
    tilts : (node, shape here)
        By what densities at the origin are multiplied, up to a factor.
    """

    field: Field
    origin: tuple[float, float]
    taken: NDArray[np.bool_]
    weights: Float
    tilts: Float

    @classmethod
    def near_the_heaviest(cls, field: Field, shapes: Components) -> Tilted:
        """Return those of the shapes that are near the heaviest."""
        heaviest = int(np.argmax(shapes.weights))
        origin = float(shapes.first[heaviest]), float(shapes.second[heaviest])
        away = np.stack([shapes.first - origin[0], shapes.second - origin[1]])
        log_rate, log_complement = logs(field.nodes.u.ravel())
        farthest = np.abs([log_rate.min(), log_complement.min()])
        taken = farthest @ np.abs(away) <= _MOST_TILT
        tilts = np.exp(np.stack([log_rate, log_complement], axis=1) @ away[:, taken])
        return cls(field, origin, taken, shapes.weights[taken], tilts)

    def ranks(self) -> Ranks:
        """Return the ranks, each shape counted with its weight."""
        field, weighted = self.field, self.tilts * self.field.nodes.weights[:, None]
        masses, densities = np.empty((field.k.size, self.weights.size)), np.zeros_like(self.tilts)
        for some in self._all():
            masses[some.rows] = product(some.density, weighted[some.span])
            densities[some.span] += product(some.density.T, field.groups[some.rows, None] / masses[some.rows])
        expected = field.nodes.above((densities * self.tilts).T).T
        (rank, mean), counted = np.empty((2, field.k.size)), weighted * expected
        rates = weighted * special.expit(field.nodes.u.ravel())[:, None]
        for some in self._all():
            own = product(some.density, counted[some.span]) / masses[some.rows]
            rank[some.rows] = (own + 0.5) @ self.weights
            mean[some.rows] = product(some.density, rates[some.span]) / masses[some.rows] @ self.weights
        best, highest = self._best(expected, masses)
        return Ranks(best, rank, self._above_next(weighted, masses), highest - mean)

    def _all(self, first: int = 0) -> Iterator[_Some]:
        """Yield all data whose rates reach beyond the first panels."""
        # Rates that are at the same places cost least together.
        order = np.lexsort((self.field.first, self.field.last))
        order = order[self.field.last[order] > first]
        for i in range(0, order.size, _ROWS):
            rows = order[i : i + _ROWS]
            yield self._some(rows, max(int(self.field.first[rows].min()), first), int(self.field.last[rows].max()))

    def _some(self, rows: NDArray[np.intp], start: int, stop: int) -> _Some:
        field, (first, second) = self.field, self.origin
        size, nodes = field.nodes.u.shape[1], field.nodes.between(start, stop)
        after = np.stack([first + field.k[rows], second + (field.n[rows] - field.k[rows])], axis=1)
        terms = after @ np.stack(logs(nodes.u.ravel()))
        terms -= self._highest(after)[:, None]
        return _Some(rows, slice(start * size, stop * size), np.exp(terms, out=terms))

    def _highest(self, after: Float) -> Float:
        """Return the logarithms of densities at their highest nodes, by their shapes after the data, (row, 2).

        A density may be far narrower than the nodes are apart; relative to its peak between them it would be nothing.
        """
        u = self.field.nodes.u.ravel()
        place = np.clip(np.searchsorted(u, np.log(after[:, 0] / after[:, 1])), 1, u.size - 1)
        beside = np.stack(logs(u[np.stack([place - 1, place])]), axis=-1)
        return np.asarray((beside * after).sum(axis=-1).max(axis=0))

    def _above_next(self, weighted: Float, masses: Float) -> Float:
        """Return the probability that each rate is above the next, integrated over the narrower of them; last NaN."""
        field, pairs = self.field, np.arange(self.field.k.size - 1)
        found, widths = np.full(field.k.size, math.nan), field.last - field.first
        turned = widths[:-1] <= widths[1:]
        narrow, wide = pairs + ~turned, pairs + turned
        order = np.lexsort((field.first[narrow], field.last[narrow]))
        for i in range(0, order.size, _ROWS):
            chosen = order[i : i + _ROWS]
            ours, theirs = narrow[chosen], wide[chosen]
            start, stop = int(field.first[ours].min()), int(field.last[ours].max())
            one = self._some(ours, start, stop)
            other = self._some(theirs, start, max(int(field.last[theirs].max()), stop))
            nodes, size = field.nodes.between(start, stop), one.density.shape[1]
            beyond = product(other.density[:, size:], weighted[one.span.stop : other.span.stop])
            higher, near = np.zeros(chosen.size), other.density[:, :size]
            for s in range(self.weights.size):
                above = nodes.above(near * self.tilts[one.span, s])
                above += beyond[:, s, None]
                # One mass after the other: where shapes are far from the origin the product of both is no number.
                above /= masses[theirs, s, None]
                above *= one.density
                higher += self.weights[s] * (above @ weighted[one.span, s]) / masses[ours, s]
            found[chosen] = np.where(turned[chosen], self.weights.sum() - higher, higher)
        return found

    def _best(self, expected: Float, masses: Float) -> tuple[Float, float]:
        """Return P(best) and the mean of the highest rate, each shape counted with its weight.

        Both are integrals from the first panel on where few rates are expected above.
        """
        field, size, best = self.field, self.field.nodes.u.shape[1], np.zeros(self.field.k.size)
        few = np.searchsorted(-expected[::size].min(axis=1), -_NO_BEST)
        upper, highest = list(self._all(max(int(few) - 1, 0))), 0.0
        rates = special.expit(field.nodes.u.ravel())
        for s, weight in enumerate(self.weights.tolist()):
            log_all, parts = np.zeros(field.nodes.u.size), []
            for some in upper:
                nodes = field.nodes.between(some.span.start // size, some.span.stop // size)
                density = some.density * (self.tilts[some.span, s] / masses[some.rows, s, None])
                log_below = np.log1p(-np.minimum(nodes.above(density), 1.0 - _SMALLEST_SHARE))
                log_all[some.span] += field.groups[some.rows] @ log_below
                log_all[: some.span.start] += math.log(_SMALLEST_SHARE) * field.groups[some.rows].sum()
                parts.append((density * nodes.weights, log_below))
            for some, (density, log_below) in zip(upper, parts, strict=True):
                at = weight * density * np.exp(log_all[some.span] - log_below)
                best[some.rows] += at.sum(axis=1)
                highest += float(field.groups[some.rows] @ (at @ rates[some.span]))
        return best, highest

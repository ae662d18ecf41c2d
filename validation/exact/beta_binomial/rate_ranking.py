"""All rates of a plate in order: who is the best, at a cost that grows with the groups, not with their pairs.

Given the shapes of their law rates are independent. P(best) is the integral of a rate's density times the product of
the distribution functions of all others, an expected rank that of its density times the sum of their complements;
product and sum are made once for all rates. Shapes are taken at few nodes of their posterior.
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
from pplcompare.validation.exact.beta_binomial.panels import Panels, panels
from scipy import special

_ROWS: Final = 64
# How far a rate can be, in standard deviations of its logit, and with few successes or failures in its exponents.
_WIDTHS: Final = 10.0
_FARTHEST: Final = 40.0
_FEW: Final = 40.0
# Where so many rates are expected above, none below is the best: their product is less than exp(-45).
_NO_BEST: Final = 45.0
_SMALLEST_SHARE: Final = 2.0**-53
_MOST_KEPT: Final = 1 << 25


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """For each distinct datum, (datum,) each.

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
        Successes, trials, and how many groups have them.
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
        """At how many nodes all densities have to be computed, about."""
        return int(sum((self.last - self.first).tolist()) * self.nodes.u.shape[1])

    def ranks(self, shapes: Components) -> Ranks:
        """Return the ranks, averaged over the shapes of the rates' law."""
        total = Ranks(*np.zeros((4, self.k.size)))
        for weight, first, second in zip(*shapes, strict=True):
            total += _ranks(self, _Given(self, float(first), float(second))).times(float(weight))
        return total


class _Some(NamedTuple):
    """Some of the data, at the nodes where their rates are.

    Attributes
    ----------
    rows
        Their numbers.
    start, nodes
        The first of those panels, and the panels.
    density : (datum, node)
        The densities of their rates, with that of the next datum if there is one.
    """

    rows: slice
    start: int
    nodes: Panels
    density: Float

    @property
    def own(self) -> Float:
        """Their own densities."""
        return self.density[: self.rows.stop - self.rows.start]

    @property
    def span(self) -> slice:
        """The nodes."""
        size = self.nodes.u.shape[1]
        return slice(self.start * size, (self.start + len(self.nodes.u)) * size)


class _Given:
    """The densities of rates at the nodes, given the shapes of their law; they are kept if they are few."""

    def __init__(self, field: Field, first: float, second: float) -> None:
        self._field, self._shapes = field, (first, second)
        self._kept: list[_Some] = []

    def __iter__(self) -> Iterator[_Some]:
        if self._kept:
            yield from self._kept
            return
        kept: list[_Some] = []
        entries = 0
        for i in range(0, self._field.k.size, _ROWS):
            some = self._some(slice(i, min(i + _ROWS, self._field.k.size)))
            entries += some.density.size
            kept = [*kept, some] if entries <= _MOST_KEPT else []
            yield some
        self._kept = kept if entries <= _MOST_KEPT else []

    def _some(self, rows: slice) -> _Some:
        field, (first, second) = self._field, self._shapes
        more = slice(rows.start, rows.stop + 1)
        start, stop = int(field.first[more].min()), int(field.last[more].max())
        nodes = field.nodes.between(start, stop)
        log_rate, log_complement = logs(nodes.u.ravel())
        k, n = field.k[more, None], field.n[more, None]
        terms = (first + k) * log_rate + (second + (n - k)) * log_complement
        terms -= terms.max(axis=1, keepdims=True)
        np.exp(terms, out=terms)
        terms /= (terms @ nodes.weights)[:, None]
        return _Some(rows, start, nodes, terms)


def _ranks(field: Field, given: _Given) -> Ranks:
    """Return the ranks given the shapes."""
    groups, size, count = field.groups, field.nodes.u.shape[1], field.k.size
    expected, above_next = np.zeros(field.nodes.u.size), np.full(count, math.nan)
    for some in given:
        above = some.nodes.above(some.own)
        expected[some.span] += groups[some.rows] @ above
        expected[: some.span.start] += groups[some.rows].sum()
        following = some.density[1:]
        pairs = slice(some.rows.start, some.rows.start + len(following))
        above_next[pairs] = (above[: len(following)] * following) @ some.nodes.weights
    rank = [some.own @ (some.nodes.weights * expected[some.span]) for some in given]
    means = [some.own @ (some.nodes.weights * special.expit(some.nodes.u.ravel())) for some in given]
    first = max(int(np.searchsorted(-expected[::size], -_NO_BEST)) - 1, 0)
    best, highest = _best(field, given, first)
    return Ranks(best, np.concatenate(rank) + 0.5, above_next, highest - np.concatenate(means))


def _best(field: Field, given: _Given, first: int) -> tuple[Float, float]:
    """Return P(best) and the mean of the highest rate, given the shapes.

    Both are integrals from the first panel on where few rates are expected above.
    """
    size = field.nodes.u.shape[1]
    product, parts = np.zeros(field.nodes.u.size), []
    for some in given:
        cut = max(first - some.start, 0)
        if cut < len(some.nodes.u):
            nodes, density = some.nodes.between(cut, len(some.nodes.u)), some.own[:, cut * size :]
            log_below = np.log1p(-np.minimum(nodes.above(density), 1.0 - _SMALLEST_SHARE))
            span = slice(some.span.start + cut * size, some.span.stop)
            product[span] += field.groups[some.rows] @ log_below
            product[: span.start] += math.log(_SMALLEST_SHARE) * field.groups[some.rows].sum()
            parts.append((some.rows, span, density * nodes.weights, log_below))
    best, highest = np.zeros(field.k.size), 0.0
    rates = special.expit(field.nodes.u.ravel())
    for rows, span, density, log_below in parts:
        at = density * np.exp(product[span] - log_below)
        best[rows] = at.sum(axis=1)
        highest += float(field.groups[rows] @ (at @ rates[span]))
    return best, highest

"""The ranking of all rates: mixed over few nodes of the hyper-parameters, as many as its error asks for."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.rate_ranking import Field, Ranks
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.beta_binomial.tilted_rates import ranks
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.pair import Ranked

_GOOD: Final = 1e-5
# How often the step between nodes is doubled, and at how many places densities may be computed to halve it again.
_LEVELS: Final = (5, 4, 3)
_MOST_PLACES: Final = 1 << 28
_NO_WEIGHT: Final = 1e-10
_ROUNDING: Final = 1e-12


def ranked_rates(mixing: Mixing[Shapes], means: Float) -> Ranked:
    """Return the ranking of all rates, the highest mean first.

    Parameters
    ----------
    means : (group,)
        The means of the rates.
    """
    k, n = mixing.data
    order = np.lexsort((np.arange(means.size), -n, -k, -means))
    changes = (np.diff(k[order]) != 0) | (np.diff(n[order]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    datum = np.concatenate([[0], np.cumsum(changes)])
    firsts = order[starts]
    groups = np.diff(np.append(starts, means.size)).astype(np.float64)
    found, error = _mixed(mixing, k[firsts].astype(np.float64), n[firsts].astype(np.float64), groups)
    above = np.where(np.append(datum[1:] == datum[:-1], False), 0.5, found.above[datum])
    # What is below zero is less than the error.
    loss = np.maximum(found.loss[datum], 0.0)
    return Ranked(order, means[order], found.best[datum], found.rank[datum], above, loss, max(error, _ROUNDING))


def _mixed(mixing: Mixing[Shapes], k: Float, n: Float, groups: Float) -> tuple[Ranks, float]:
    if mixing.nodes is None:
        shapes = Components.at_shapes(mixing.shapes)
        found, finer = (ranks(Field.of(k, n, groups, shapes, parts=parts), shapes) for parts in (1, 2))
        return finer, finer.away(found)
    for level in _LEVELS:
        halves = _halves(mixing, mixing.nodes, level)
        field = Field.of(k, n, groups, halves[0])
        one, other = (ranks(field, half) for half in halves)
        heaviest = Components(*(part[[int(np.argmax(halves[0].weights))]] for part in halves[0]))
        finer = ranks(Field.of(k, n, groups, halves[0], parts=2), heaviest)
        # One of all is the best, by any shapes: this sees nodes that are too far apart for the narrowest of them.
        missed = max(abs(float(groups @ half.best) - 1.0) for half in (one, other))
        error = one.away(other) + finer.away(ranks(field, heaviest)) + missed
        if error <= _GOOD or field.places * 4 * sum(half.weights.size for half in halves) > _MOST_PLACES:
            break
    return (one + other).times(0.5), error


def _halves(mixing: Mixing[Shapes], nodes: Lattice, level: int) -> tuple[Components, Components]:
    """Return the nodes of a wider lattice in two halves, like the black and the white fields of a board."""
    # A posterior that needs few nodes has no wider lattice.
    while min(t.size for t in nodes.t) < 4 << level:
        level -= 1
    for _ in range(level - 1):
        nodes = nodes.every_second((0,) * len(nodes.t))
    found = []
    for parity in (0, 1):
        starts = [start for start in itertools.product((0, 1), repeat=len(nodes.t)) if sum(start) % 2 == parity]
        parts = [nodes.every_second(start) for start in starts]
        shares = np.exp([part.log_total - parts[0].log_total for part in parts])
        mixtures = [Components.at(mixing.shapes_at, part) for part in parts]
        weights = np.concatenate([s / shares.sum() * each.weights for s, each in zip(shares, mixtures, strict=True)])
        first, second = (np.concatenate([each[i] for each in mixtures]) for i in (1, 2))
        heavy = weights > _NO_WEIGHT
        found.append(Components(weights[heavy] / weights[heavy].sum(), first[heavy], second[heavy]))
    return found[0], found[1]

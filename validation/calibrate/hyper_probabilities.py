"""Hyper-parameters become exact probabilities: the first by its margin, the second given the first.

The density is summed by the trapezoid rule along lines of the second variable, each of which has ends of its own: most
nodes of a rectangle would lie where there is no density. Lines stand at the nodes of the first variable, whose margin
they give, and at its values in all draws, for the second given the first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.density_lines import BORDER, GROWTH, GROWTHS, DensityLines
from pplcompare.validation.calibrate.hyper_density import HyperDensity, Scan
from pplcompare.validation.calibrate.sinc_antiderivative import sinc_antiderivative
from pplcompare.validation.exact.quadrature.lattice import Box

HALVED: Final = 1e-4
"""The largest change of a probability without every second node; the error of all nodes is about its square."""

_FEWEST: Final = 64
_MOST: Final = 480
# How many more nodes than a geometric error would need.
_SPARE: Final = 1.15
# A larger change does not tell how fast it will fall.
_COARSE: Final = 0.05


def hyper_probabilities(density: HyperDensity, box: Box, u: Sequence[Float]) -> Float | None:
    """Return the probabilities of hyper-parameters by the trapezoid rule; None where they are not certified.

    They are where the density is negligible at the ends of all ranges, and every second node gives the same.

    Parameters
    ----------
    box
        The range in which the density is looked for.
    u
        Unbounded coordinates, (point,) for each of one or two hyper-parameters.

    Returns
    -------
    (point, hyper-parameter)
    """
    scan = density.scanned(box)
    if scan is None:
        return None
    nodes = [_FEWEST] * len(u)
    while max(nodes) <= _MOST:
        found = _one(density, scan, box, u, nodes) if len(u) == 1 else _both(density, scan, box, u, nodes)
        if found is None:
            return None
        probabilities, changes = found
        if max(changes) <= HALVED:
            return np.clip(np.stack(probabilities, axis=1), 0.0, 1.0)
        nodes = [_enough(number, change) for number, change in zip(nodes, changes, strict=True)]
    return None


type _Found = tuple[list[Float], list[float]]
"""The probabilities of each variable, and how much any changes without every second node of each."""


def _one(density: HyperDensity, scan: Scan, box: Box, u: Sequence[Float], nodes: Sequence[int]) -> _Found | None:
    low, high = scan.outer(-BORDER)
    for _ in range(GROWTHS):
        low, high = max(low, box[0][0]), min(high, box[0][1])
        log = density.log((np.linspace(low, high, nodes[0]),))
        grown = _grown(low, high, log)
        if grown == (low, high):
            whole, halved = _probabilities((low, high), u[0], np.exp(log - log.max()))
            return [whole], [_change(whole, halved)]
        if (low, high) == box[0]:
            return None
        low, high = grown
    return None


def _both(density: HyperDensity, scan: Scan, box: Box, u: Sequence[Float], nodes: Sequence[int]) -> _Found | None:
    low, high = scan.outer(-BORDER)
    for _ in range(GROWTHS):
        low, high = max(low, box[0][0]), min(high, box[0][1])
        first = np.concatenate([np.linspace(low, high, nodes[0]), u[0]])
        lines = DensityLines.along(density, first, scan.inner(first, -BORDER), box[1], nodes[1], nodes[0])
        if lines is None:
            return None
        top = lines.log.max(axis=1)
        grown = _grown(low, high, top[: nodes[0]])
        if grown == (low, high):
            break
        if (low, high) == box[0]:
            return None
        low, high = grown
    else:
        return None
    top[: nodes[0]] = top[: nodes[0]].max()
    terms = np.exp(lines.log - top[:, None])
    of_lattice, of_draws = terms[: nodes[0]], terms[nodes[0] :]
    length = (lines.high - lines.low)[: nodes[0]]
    margin, halved, without = _probabilities(
        (low, high), u[0], length * of_lattice.sum(axis=1), length * of_lattice[:, ::2].sum(axis=1)
    )
    of_ends = lines.low[nodes[0] :], lines.high[nodes[0] :]
    given, given_halved = _probabilities(of_ends, u[1], of_draws)
    return [margin, given], [_change(margin, halved), max(_change(margin, without), _change(given, given_halved))]


def _grown(low: float, high: float, log: Float) -> tuple[float, float]:
    """Return the range with those ends moved out at which the density is not negligible."""
    below, above = (log[[0, -1]] - log.max() > BORDER).tolist()
    step = GROWTH * (high - low)
    return low - step * below, high + step * above


def _probabilities(ends: tuple[float, float] | tuple[Float, Float], u: Float, *weights: Float) -> list[Float]:
    """Return P(variable <= u) by the sinc antiderivative, (point,) each.

    Parameters
    ----------
    ends
        Of the nodes, for all points or (point,) each.
    u : (point,)
    weights
        (node,) for all points, or (point, node).

    Returns
    -------
    By the first weights, by every second node of them, and by all other weights.
    """
    nodes, (low, high) = weights[0].shape[-1], ends
    place = np.clip((u - low) / (high - low), 0.0, 1.0) * (nodes - 1.0)
    distance = place[:, None] - np.arange(nodes)
    rise = sinc_antiderivative(distance)
    sums = [(rise, weights[0]), (sinc_antiderivative(distance[:, ::2] / 2.0), weights[0][..., ::2])]
    sums += [(rise, of) for of in weights[1:]]
    return [(of_rise * of).sum(axis=1) / of.sum(axis=-1) for of_rise, of in sums]


def _change(whole: Float, part: Float) -> float:
    change = float(np.abs(whole - part).max())
    return change if math.isfinite(change) else math.inf


def _enough(nodes: int, change: float) -> int:
    """Return how many nodes are enough, where so many change so much without every second one."""
    if change <= HALVED:
        return nodes
    return 2 * nodes if change > _COARSE else math.ceil(_SPARE * nodes * math.log(HALVED) / math.log(change))

"""Hyper-parameters become exact probabilities: the first by its margin, the second given the first.

The density is summed by the trapezoid rule along lines of the second variable, each of which has ends of its own: most
nodes of a rectangle would lie where there is no density. Lines stand at the nodes of the first variable, whose margin
they give, and at its values in all draws, for the second given the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.density_lines import BORDER, GROWTH, GROWTHS, NODES, DensityLines
from pplcompare.validation.calibrate.hyper_density import HyperDensity
from pplcompare.validation.calibrate.sinc_antiderivative import sinc_antiderivative
from pplcompare.validation.exact.quadrature.lattice import Box

HALVED: Final = 1e-4
"""The largest change of a probability without every second node; the error of all nodes is about its square."""

_MOST: Final = 8 * (NODES - 1) + 1
"""Lines of a lattice, and nodes of a line, after which there are no more."""

type _Along = Callable[[Float, int, int], DensityLines | None]
"""Return lines at values of the first variable, of which so many are a lattice's, with so many nodes each."""


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

    def along(first: Float, lattice: int, nodes: int) -> DensityLines | None:
        if len(u) == 1:
            return DensityLines.of_one(density, first)
        return DensityLines.along(density, first, scan.inner(first, -BORDER), box[1], lattice, nodes)

    begun = _begun(along, scan.outer(-BORDER), box[0], u[0])
    if begun is None:
        return None
    lattice, draws = begun
    while True:
        found, of_lines, of_nodes = _summed(lattice, draws, u)
        if max(of_lines, of_nodes) <= HALVED:
            return np.clip(found, 0.0, 1.0)
        lines, nodes = lattice.log.shape
        if (of_lines > HALVED and lines >= _MOST) or (of_nodes > HALVED and nodes >= _MOST):
            return None
        if of_nodes > HALVED:
            lattice, draws = lattice.finer(density), draws.finer(density)
        if of_lines > HALVED:
            middle = 0.5 * (lattice.first[1:] + lattice.first[:-1])
            between = along(middle, middle.size, lattice.log.shape[1])
            if between is None:
                return None
            lattice = lattice.denser(between)


def _begun(
    along: _Along, ends: tuple[float, float], side: tuple[float, float], given: Float
) -> tuple[DensityLines, DensityLines] | None:
    """Return the lines of a lattice, and those at the values of all draws.

    An end of the lattice at which the density is not negligible moves out, as far as the box goes.
    """
    low, high = ends
    for _ in range(GROWTHS):
        low, high = max(low, side[0]), min(high, side[1])
        lines = along(np.concatenate([np.linspace(low, high, NODES), given]), NODES, NODES)
        if lines is None:
            return None
        top = lines.log[:NODES].max(axis=1)
        below, above = (top[[0, -1]] - top.max() > BORDER).tolist()
        if not (below or above):
            return lines.part(slice(NODES)), lines.part(slice(NODES, None))
        if (low, high) == side:
            return None
        step = GROWTH * (high - low)
        low, high = low - step * below, high + step * above
    return None


def _summed(lattice: DensityLines, draws: DensityLines, u: Sequence[Float]) -> tuple[Float, float, float]:
    """Return the probabilities, and how much any changes without every second line, and every second node of lines."""
    terms, length = np.exp(lattice.log - lattice.log.max()), lattice.high - lattice.low
    ends = float(lattice.first[0]), float(lattice.first[-1])
    margin, halved, without = _probabilities(ends, u[0], length * terms.sum(axis=1), length * terms[:, ::2].sum(axis=1))
    if len(u) == 1:
        return margin[:, None], _change(margin, halved), 0.0
    terms = np.exp(draws.log - draws.log.max(axis=1, keepdims=True))
    given, given_halved = _probabilities((draws.low, draws.high), u[1], terms)
    of_nodes = max(_change(margin, without), _change(given, given_halved))
    return np.stack([margin, given], axis=1), _change(margin, halved), of_nodes


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

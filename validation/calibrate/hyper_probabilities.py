"""Hyper-parameters become exact probabilities: the first by its margin, the second given the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.hyper_density import HyperDensity
from pplcompare.validation.calibrate.sinc_antiderivative import sinc_antiderivative
from pplcompare.validation.exact.quadrature.lattice import Box

HALVED: Final = 1e-4
"""The largest change of a probability without every second node; the error of all nodes is about its square."""

_NODES: Final = (80, 160, 320)
# Of the log density on the border of a window, relative to its peak.
_BORDER: Final = -20.0
# A side that moves out does so by this part of the window, so often at the most.
_GROWTH: Final = 0.25
_GROWTHS: Final = 12


def hyper_probabilities(density: HyperDensity, box: Box, u: Sequence[Float]) -> Float | None:
    """Return the probabilities of hyper-parameters by the trapezoid rule; None where they are not certified.

    They are where the density is negligible on the border of its window, and every second node gives the same.

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
    window = density.window(box)
    if window is None:
        return None
    for nodes in _NODES:
        window, t, log_terms = _held(density, window, box, nodes)
        if np.max(_borders(log_terms)) > _BORDER:
            return None
        terms = np.exp(log_terms)
        alone = terms.reshape(nodes, -1)
        found = [_probability(t[0], u[0], alone.sum(axis=1), alone[::2, ::2].sum(axis=1))]
        if len(u) == 2:
            lines = density.log((u[0][:, None], t[1]))
            lines = np.exp(lines - lines.max(axis=1, keepdims=True))
            found.append(_probability(t[1], u[1], lines, lines[:, ::2]))
        if max(change for _, change in found) <= HALVED:
            return np.stack([probability for probability, _ in found], axis=1)
    return None


def _held(density: HyperDensity, window: Box, box: Box, nodes: int) -> tuple[Box, list[Float], Float]:
    """Return a window, its nodes, and the log density there relative to its peak.

    A side on which the density is not negligible moves out, as far as the box goes: a scan does not see a thin ridge.
    """
    for _ in range(_GROWTHS):
        t = [np.linspace(low, high, nodes) for low, high in window]
        log_terms = density.log(np.meshgrid(*t, indexing="ij", sparse=True))
        log_terms -= log_terms.max()
        last, window = window, _grown(window, box, _borders(log_terms) > _BORDER)
        if window == last:
            break
    return last, t, log_terms


def _borders(relative: Float) -> Float:
    """Return the greatest value on each side, (variable, 2)."""
    axes = range(relative.ndim)
    return np.array([[float(relative.take(end, axis).max()) for end in (0, -1)] for axis in axes])


def _grown(window: Box, box: Box, out: NDArray[np.bool_]) -> Box:
    """Return the window with some of its sides, (variable, 2), moved out."""
    grown = []
    for (low, high), (least, most), (below, above) in zip(window, box, out.tolist(), strict=True):
        step = _GROWTH * (high - low)
        grown.append((max(low - step * below, least), min(high + step * above, most)))
    return tuple(grown)


def _probability(t: Float, u: Float, weights: Float, halved: Float) -> tuple[Float, float]:
    """Return P(variable <= u) by the sinc antiderivative, and its largest change when every second node is left out.

    Parameters
    ----------
    t : (node,)
    u : (point,)
    weights
        (node,) for all points, or (point, node).
    halved
        Weights of every second node.
    """
    step = float(t[1] - t[0])
    distance = (u[:, None] - t) / step
    whole, part = (
        np.sum(sinc_antiderivative(at) * of, axis=1) / of.sum(axis=-1)
        for at, of in ((distance, weights), (distance[:, ::2] / 2.0, halved))
    )
    change = float(np.abs(whole - part).max())
    return np.clip(whole, 0.0, 1.0), change if math.isfinite(change) else math.inf

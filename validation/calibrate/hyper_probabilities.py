"""Hyper-parameters become exact probabilities: the first by its margin, the second given the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.hyper_density import HyperDensity
from pplcompare.validation.calibrate.sinc_antiderivative import sinc_antiderivative
from pplcompare.validation.exact.quadrature.lattice import Box

HALVED: Final = 1e-4
"""The largest change of a probability without every second node; the error of all nodes is about its square."""

_NODES: Final = (80, 160, 320)
# Of the log density on the border of a window, relative to its peak.
_BORDER: Final = -20.0


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
        t = [np.linspace(low, high, nodes) for low, high in window]
        log_terms = density.log(np.meshgrid(*t, indexing="ij", sparse=True))
        terms = np.exp(log_terms - log_terms.max())
        if _border(log_terms - log_terms.max()) > _BORDER:
            return None
        alone = terms.reshape(nodes, -1)
        found = [_probability(t[0], u[0], alone.sum(axis=1), alone[::2, ::2].sum(axis=1))]
        if len(u) == 2:
            lines = density.log((u[0][:, None], t[1]))
            lines = np.exp(lines - lines.max(axis=1, keepdims=True))
            found.append(_probability(t[1], u[1], lines, lines[:, ::2]))
        if max(change for _, change in found) <= HALVED:
            return np.stack([probability for probability, _ in found], axis=1)
    return None


def _border(relative: Float) -> float:
    """Return the greatest value on the border."""
    return max(float(side.max()) for axis in range(relative.ndim) for side in (relative.take((0, -1), axis),))


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

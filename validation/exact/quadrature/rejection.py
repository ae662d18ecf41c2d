"""Independent draws from the density on a lattice, by rejection with the true density."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.chart import LogDensityFunction
from pplcompare.validation.exact.quadrature.lattice import Lattice

_SLACK: Final = 0.25
_BATCH: Final = 1 << 16


def draw(log_density: LogDensityFunction, nodes: Lattice, draws: int, rng: np.random.Generator) -> tuple[Float, ...]:
    """Draw the variables of a lattice independently.

    Proposals are uniform in the cells between nodes. A cell's bound is the density at its highest corner times
    exp(1/4); draws have the true density, up to the mass outside the box, if no proposal exceeds it.

    Returns
    -------
    One array (draw,) per variable, in the order of the variables: their unbounded coordinates.

    Raises
    ------
    AccuracyError
        If a proposal exceeds the bound.
    """
    axes = len(nodes.t)
    terms = nodes.log_terms if axes == 2 else nodes.log_terms[:, 0]
    corners = [
        terms[tuple(slice(i, i - 1 or None) for i in corner)] for corner in itertools.product((0, 1), repeat=axes)
    ]
    bound = np.max(corners, axis=0) + _SLACK
    mass = np.cumsum(np.exp(bound - bound.max()).ravel())
    accepted: list[tuple[Float, ...]] = []
    missing = draws
    while missing > 0:
        size = min(2 * missing + 64, _BATCH)
        cell = np.searchsorted(mass, rng.uniform(0.0, mass[-1], size), side="right")
        index = np.unravel_index(np.minimum(cell, mass.size - 1), bound.shape)
        t = [nodes.t[i][at] + nodes.steps[i] * rng.uniform(size=size) for i, at in enumerate(index)]
        u, slope = nodes.chart.point(t)
        surplus = log_density(u) + slope - bound[index]
        if not np.all(surplus <= 0.0):
            raise AccuracyError("the bound of the rejection sampler was exceeded", where="exact draws")
        kept = np.flatnonzero(np.log1p(-rng.uniform(size=size)) < surplus)[:missing]
        accepted.append(tuple(v[kept] for v in u))
        missing -= kept.size
    return tuple(np.concatenate([np.zeros(0), *(part[i] for part in accepted)]) for i in range(axes))

"""A lattice in which a given hyper-parameter is the outer variable, as its CDF needs it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from pplcompare.validation.exact.quadrature.box import NEGLIGIBLE
from pplcompare.validation.exact.quadrature.certification import (
    FIRST_MAP,
    REFINEMENTS,
    SECOND_MAP,
    SPACING,
    Certified,
    Map,
)
from pplcompare.validation.exact.quadrature.chart import Chart, Float, chart
from pplcompare.validation.exact.quadrature.evidence import TOLERANCE
from pplcompare.validation.exact.quadrature.lattice import Box, Lattice
from pplcompare.validation.exact.quadrature.posterior import cdf_name
from pplcompare.validation.exact.quadrature.tabulated import halving_error
from pplcompare.validation.exact.quadrature.update import Shapes

type Unlike = Callable[[Lattice, int], Float]
"""Takes a lattice and how often its step was halved, and returns by how much its answers differ from what is known."""

_PROBES: Final = 17


def outer_lattice[S: Shapes](found: Certified[S], variable: int) -> tuple[Lattice, float]:
    """Return a lattice in which a hyper-parameter is the outer variable, and how far its answer is from what is known.

    Its CDF must be that of the inner variable of the lattice that is certified already. Where the posterior is a narrow
    ridge, that one has steps in the outer variable that no nodes resolve: then evidence, mean and standard deviation
    must be the same, and the CDF must be that of a second map. The distance is within the tolerance if that can be had,
    else the least of all that were found.
    """
    posterior, nodes = found.posterior, found.nodes
    if nodes.chart.order[0] == variable:
        return nodes, 0.0
    strength, step = FIRST_MAP
    at = chart(posterior.rough.log_density, nodes.chart.order[::-1], strength, SPACING * step)
    first = Map(posterior, at, step, found=_image(nodes, at))
    known = found.error.certifies(cdf_name(posterior.hierarchy.hyperparameters[variable]))
    unlike = _unlike_inner(nodes, variable) if known else _unlike_second_map(found, variable, at)
    best = first.lattice(0.5), math.inf
    for level in range(REFINEMENTS):
        result = first.lattice(0.5 ** (level + 1)) if level else best[0]
        error = float(np.max([*unlike(result, level), halving_error(result.line)]))
        if error < best[1]:
            best = result, error
        if error <= TOLERANCE:
            break
    return best


def _unlike_inner(nodes: Lattice, variable: int) -> Unlike:
    probes = _probes(nodes, variable)
    expected = nodes.cdf(variable, probes)
    return lambda lattice, _: np.abs(lattice.cdf(variable, probes) - expected)


def _unlike_second_map[S: Shapes](found: Certified[S], variable: int, at: Chart) -> Unlike:
    probes, (mean, sd) = _probes(found.nodes, variable), _moments(found.nodes, variable)
    strength, step = SECOND_MAP
    other = at.regraded(strength)
    second = Map(found.posterior, other, step, found=_image(found.nodes, other))

    def unlike(lattice: Lattice, level: int) -> Float:
        cdfs = [one.cdf(variable, probes) for one in (lattice, second.lattice(0.5**level))]
        here = _moments(lattice, variable)
        moments = [(here[0] - mean) / sd, here[1] / sd - 1.0, lattice.log_total - found.nodes.log_total]
        return np.abs(np.concatenate([cdfs[0] - cdfs[1], moments]))

    return unlike


def _probes(nodes: Lattice, variable: int) -> Float:
    mean, sd = _moments(nodes, variable)
    return mean + sd * np.linspace(-4.0, 4.0, _PROBES)


def _moments(nodes: Lattice, variable: int) -> tuple[float, float]:
    """Return mean and standard deviation of a variable."""
    mean = float(nodes.mean(nodes.u[variable]))
    return mean, math.sqrt(float(nodes.mean((nodes.u[variable] - mean) ** 2)))


def _image(nodes: Lattice, chart: Chart) -> Box:
    """Return the box of a chart that holds all nodes where the density is not negligible."""
    heavy = nodes.log_terms > nodes.log_terms.max() + NEGLIGIBLE
    outer, inner = (nodes.u[variable][heavy] for variable in chart.order)
    ends = chart.outer.t(outer), chart.inner(outer).t(inner)
    return tuple((float(t.min()), float(t.max())) for t in ends)

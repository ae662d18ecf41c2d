"""The box that holds a density: beyond it the density is negligible."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.chart import Chart, LogDensityFunction
from pplcompare.validation.exact.quadrature.lattice import Box, lattice

NEGLIGIBLE: Final = math.log(1e-14)
"""Log of the density, relative to its peak, at which a box ends."""


def find_box(
    log_density: LogDensityFunction,
    chart: Chart,
    spacing: float,
    log_factors: Callable[[Sequence[Float]], Mapping[str, Float]] = lambda u: {},
) -> tuple[Box, frozenset[str]]:
    """Return the box beyond which a density, also when multiplied by each of some factors, is negligible.

    The sides are found one by one.

    Returns
    -------
    box, beyond
        In `beyond` are the names of the factors with which it is not negligible where the range of the variables ends:
        the box does not hold their expectations.

    Raises
    ------
    AccuracyError
        If the density itself is not negligible there.
    """
    outer = chart.outer.t(chart.knots)
    ends = [(float(outer[0]), float(outer[-1]))]
    if len(chart.order) == 2:
        line = chart.inner(chart.knots)
        low, high = (line.t(np.full(chart.knots.shape, end)) for end in (-chart.farthest, chart.farthest))
        ends.append((float(low.min()), float(high.max())))
    coarse = lattice(log_density, chart, tuple(ends), spacing)
    boxes, beyond = [_extents(coarse.t, coarse.log_terms)], set()
    for name, log_factor in log_factors(coarse.u).items():
        try:
            boxes.append(_extents(coarse.t, coarse.log_terms + log_factor))
        except AccuracyError:
            beyond.add(name)
    box = tuple((min(low for low, _ in sides), max(high for _, high in sides)) for sides in zip(*boxes, strict=True))
    return box, frozenset(beyond)


def _extents(t: Sequence[Float], log_terms: Float) -> list[tuple[float, float]]:
    relative = log_terms - log_terms.max()
    return [_extent(nodes, relative.max(axis=1 - axis)) for axis, nodes in enumerate(t)]


def _extent(t: Float, profile: Float) -> tuple[float, float]:
    """Return the innermost nodes beyond which the profile is negligible."""
    inside = np.flatnonzero(profile > NEGLIGIBLE)
    if not inside.size or inside[0] == 0 or inside[-1] == t.size - 1:
        raise AccuracyError(
            "the distribution reaches beyond the range of float64 numbers",
            where="exact answer",
            mend="take a prior with lighter tails",
        )
    return float(t[inside[0] - 1]), float(t[inside[-1] + 1])

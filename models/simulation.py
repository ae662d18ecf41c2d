"""Simulation of a structure from its priors, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array, Interval
from pplcompare.models.structure import Structure, Variable


def simulate(
    structure: Structure,
    inputs: Inputs,
    rng: np.random.Generator,
    draws: int,
    given: Mapping[str, Array] | None = None,
) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Draw variables from their priors and observations given them.

    Parameters
    ----------
    given
        Variables that are not drawn, (draw, *plate).

    Returns
    -------
    name -> (draw, *plate)
        Draws of every variable and of every observation; the observed counts in `inputs` are not looked at. Draws that
        float64 rounds to an end of their open support are moved to the nearest normal number inside.

    Raises
    ------
    SpecificationError
        If a prior is improper.
    """
    drawn: dict[str, Array] = dict(given or {})
    supports = structure.supports(inputs)
    for item in structure.random:
        if item.name in drawn:
            continue
        size = (draws,) if item.plate is None else (draws, inputs.sizes[item.plate])
        arguments = inputs.arguments(item.distribution, item.plate, drawn)
        values = item.distribution.simulate(rng, size, arguments)
        if isinstance(item, Variable):
            values = inside(values, supports[item.name])
        drawn[item.name] = values
    return drawn


def inside(values: Array, support: Interval) -> Array:
    """Move what float64 rounds to an end of an open support to the nearest normal number inside."""
    lowest = max(np.nextafter(support.low, support.high), support.low + np.finfo(np.float64).tiny)
    return np.clip(values, lowest, np.nextafter(support.high, support.low))

"""Simulation of a structure from its priors, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.structure import Structure


def simulate(
    structure: Structure, inputs: Inputs, rng: np.random.Generator, draws: int
) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Draw variables from their priors and observations given them.

    Returns
    -------
    name -> (draw, *plate)
        Of every variable and of every observation; the observed counts in `inputs` are not looked at.

    Raises
    ------
    SpecificationError
        If a prior is improper.
    """
    drawn: dict[str, Array] = {}
    for item in structure.random:
        size = (draws,) if item.plate is None else (draws, inputs.sizes[item.plate])
        arguments = inputs.arguments(item.distribution, item.plate, drawn)
        drawn[item.name] = item.distribution.simulate(rng, size, arguments)
    return drawn

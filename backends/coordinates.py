"""Between named constrained points and the flat unconstrained vectors that samplers move in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.protocol import Points
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


def unconstrained(structure: Structure, inputs: Inputs, points: Points) -> dict[str, NDArray[np.float64]]:
    """Return the canonical unconstrained coordinates by name, (point, *plate)."""
    supports = structure.supports(inputs)
    return {
        variable.name: supports[variable.name].unconstrain(np.asarray(points[variable.name], dtype=np.float64))
        for variable in structure.variables
    }


def flattened(structure: Structure, values: Points) -> NDArray[np.float64]:
    """Return (point, dimension): all variables side by side, in the order of the structure."""
    columns = [np.asarray(values[variable.name]) for variable in structure.variables]
    return np.concatenate([column[:, None] if column.ndim == 1 else column for column in columns], axis=1)


def split(structure: Structure, inputs: Inputs, flat: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Undo `flattened`; `flat` is (..., dimension)."""
    parts: dict[str, NDArray[np.float64]] = {}
    start = 0
    for variable in structure.variables:
        if variable.plate is None:
            parts[variable.name] = flat[..., start]
            start += 1
        else:
            size = inputs.sizes[variable.plate]
            parts[variable.name] = flat[..., start : start + size]
            start += size
    return parts


def constrained(structure: Structure, inputs: Inputs, flat: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the constrained values by name of flat unconstrained vectors (..., dimension)."""
    supports = structure.supports(inputs)
    return {name: supports[name].constrain(part) for name, part in split(structure, inputs, flat).items()}

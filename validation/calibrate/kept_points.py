"""Truths and kept draws as one array, which a store holds where draws are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.structure import Structure


def width(structure: Structure, groups: Sequence[str]) -> int:
    """Return how many numbers one point has: one for each variable that exists once, one a group for each other."""
    return sum(_widths(structure, groups).values())


def flattened(structure: Structure, points: Mapping[str, Float]) -> Float:
    """Return points of all variables, name -> (point, *plate), side by side: (point, width)."""
    columns = [points[variable.name].reshape(len(points[variable.name]), -1) for variable in structure.variables]
    return np.concatenate(columns, axis=1)


def by_name(structure: Structure, groups: Sequence[str], points: Float) -> dict[str, Float]:
    """Undo `flattened`; each array has a memory of its own, in the order in which ranks were computed of it."""
    found, start = {}, 0
    plates = {variable.name: variable.plate for variable in structure.variables}
    for name, size in _widths(structure, groups).items():
        values = points[:, start : start + size]
        found[name] = np.array(values[:, 0] if plates[name] is None else values, order="C")
        start += size
    return found


def _widths(structure: Structure, groups: Sequence[str]) -> dict[str, int]:
    return {variable.name: 1 if variable.plate is None else len(groups) for variable in structure.variables}

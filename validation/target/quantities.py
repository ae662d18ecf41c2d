"""The quantities that draws of a model are compared in, in words."""

from __future__ import annotations

from itertools import groupby

from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


def quantities(structure: Structure, inputs: Inputs) -> str:
    """Return the names of the variables, and of how many groups they are: ``alpha, beta, rate of 71 groups``."""
    told = []
    for plate, members in groupby(structure.variables, lambda variable: variable.plate):
        names = ", ".join(variable.name for variable in members)
        told.append(names if plate is None else f"{names} of {inputs.sizes[plate]} groups")
    return ", ".join(told)

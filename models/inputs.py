"""What a compiled structure is given: numbers, counts, observations, and the names of the groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pplcompare.models.distribution import Distribution
from pplcompare.models.interval import Array


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Values under the names of a `Structure`.

    Attributes
    ----------
    constants
        Float64 numbers: arguments of priors, bounds of supports.
    counts
        Arrays ``(group,)``: inputs on the plate. Int64, but for those of `Structure.amounts`, which are float64.
    observed
        The same of observations.
    groups
        The names of the groups, in the order of the arrays. No computation depends on them.
    plate
        The name of the plate.
    """

    constants: Mapping[str, float]
    counts: Mapping[str, Array]
    observed: Mapping[str, Array]
    groups: tuple[str, ...]
    plate: str

    @property
    def sizes(self) -> dict[str, int]:
        """The number of elements of each plate."""
        return {self.plate: len(self.groups)}

    @property
    def values(self) -> dict[str, float | Array]:
        """Numbers, counts and observations by name."""
        return {**self.constants, **self.counts, **self.observed}

    def arguments(self, distribution: Distribution, plate: str | None, variables: Mapping[str, Array]) -> list[Array]:
        """Return the values of a distribution's arguments, ready to broadcast over (point, *plate).

        Parameters
        ----------
        variables
            Values of the variables: name -> (point, *plate).
        """
        known: Mapping[str, object] = {**self.values, **variables}
        names = [str(name) for name in distribution.arguments.values()]
        values = [np.asarray(known[name]) for name in names]
        return [
            value[:, None] if name in variables and plate is not None and value.ndim == 1 else value
            for name, value in zip(names, values, strict=True)
        ]

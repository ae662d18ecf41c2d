"""The joint log density of a structure and its gradient in float64, for samplers: nothing is known of their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.models.density import STEP
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.structure import Observed, Structure, Variable


class LeanDensity:
    """The log density by the unconstrained coordinates, with their log Jacobian and all constants.

    The terms are those of `reference_density`; here only their sums are formed, and no term is differentiated by a
    variable that it does not hold. The derivatives are complex steps, exact but for rounding.

    Parameters
    ----------
    structure, inputs
        The structure, with numbers and data under its names.
    """

    def __init__(self, structure: Structure, inputs: Inputs) -> None:
        self._inputs: Final = inputs
        self._supports: Final = structure.supports(inputs)
        self._items: Final = tuple((item, self._used(item, structure)) for item in structure.random)
        observed = {item.name: np.asarray(inputs.observed[item.name], np.float64) for item in structure.observed}
        self._observed: Final[Mapping[str, Float]] = observed

    @staticmethod
    def _used(item: Variable | Observed, structure: Structure) -> tuple[str, ...]:
        """Return the names of the variables that the terms of an item hold."""
        known = {variable.name for variable in structure.variables}
        names = (item.name, *map(str, item.distribution.arguments.values()))
        return tuple(name for name in dict.fromkeys(names) if name in known)

    def value(self, points: Mapping[str, Float]) -> Float:
        """Return the log density (point,) at constrained points, name -> (point, *plate), inside all supports."""
        found = np.zeros(len(next(iter(points.values()))))
        for item, _ in self._items:
            found += self._total(item, self._terms(item, points))
        return found

    def gradient(self, points: Mapping[str, Float]) -> dict[str, Float]:
        """Return the derivatives by the unconstrained coordinates, name -> (point, *plate), at the same points."""
        found = {name: np.zeros(values.shape) for name, values in points.items()}
        for item, used in self._items:
            for name in used:
                x = points[name]
                # Elements of a plate do not feed each other, so one step moves all of them.
                stepped = x + 1j * STEP * self._supports[name].slope(x)
                terms = self._terms(item, {**points, name: stepped})
                changes = [term.imag / STEP for term in terms if np.iscomplexobj(term)]
                found[name] += sum(changes) if x.ndim == 2 else self._total(item, changes)
        return found

    def _terms(self, item: Variable | Observed, points: Mapping[str, Array]) -> Sequence[Array]:
        arguments = self._inputs.arguments(item.distribution, item.plate, points)
        if isinstance(item, Observed):
            return item.distribution.log_terms(self._observed[item.name], arguments)
        x = points[item.name]
        return (*item.distribution.log_terms(x, arguments), *self._supports[item.name].log_slope_terms(x))

    def _total(self, item: Variable | Observed, terms: Sequence[Array]) -> Array:
        """Return the sum of an item's terms over its elements."""
        found = np.asarray(sum(terms))
        if item.plate is None:
            return found
        size = self._inputs.sizes[item.plate]
        if found.ndim and found.shape[-1] == size:
            return np.asarray(found.sum(axis=-1))
        # No term has an element's own value: each is the same in all.
        return np.asarray(size * (found[..., 0] if found.ndim else found))

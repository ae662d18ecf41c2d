"""The joint log density of a structure and its gradient in float64, for samplers: nothing is known of their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.density import STEP
from pplcompare.models.distribution import Distribution
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array, Interval
from pplcompare.models.structure import Structure, Variable


@dataclass(frozen=True, slots=True, eq=False)
class _Factor:
    """A variable or an observation, with all that is known of it before there are points.

    Attributes
    ----------
    x, arguments
        Each the name of a variable, or data and numbers themselves.
    support
        That of a variable, whose Jacobian is a part of the factor; None of an observation.
    size
        The number of elements of its plate; 1 without a plate.
    """

    distribution: Distribution
    x: str | Array
    arguments: tuple[str | Array, ...]
    support: Interval | None
    size: int
    plated: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that its terms hold."""
        return tuple(dict.fromkeys(name for name in (self.x, *self.arguments) if isinstance(name, str)))

    def terms(self, points: Mapping[str, Array]) -> Sequence[Array]:
        """Return the terms at points, name -> (point, *plate), ready to broadcast over (point, element)."""
        x = points[self.x] if isinstance(self.x, str) else self.x
        arguments = [self._argument(points[a]) if isinstance(a, str) else a for a in self.arguments]
        terms = self.distribution.log_terms(x, arguments)
        return terms if self.support is None else (*terms, *self.support.log_slope_terms(x))

    def _argument(self, value: Array) -> Array:
        return value[:, None] if self.plated and value.ndim == 1 else value

    def total(self, terms: Sequence[Array]) -> Array:
        """Return the sum of terms over the elements: (point,), or without a dimension where no term has points."""
        found = np.asarray(sum(terms))
        if not self.plated:
            return found
        if found.ndim and found.shape[-1] == self.size:
            return np.asarray(found.sum(axis=-1))
        # No term has an element's own value: each is the same in all.
        return np.asarray(self.size * (found[..., 0] if found.ndim else found))


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
        self._supports: Final = structure.supports(inputs)
        variables = {variable.name for variable in structure.variables}
        known = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.values.items()}
        self._factors: Final = tuple(
            _Factor(
                item.distribution,
                item.name if isinstance(item, Variable) else known[item.name],
                tuple(
                    name if name in variables else known[name]
                    for name in map(str, item.distribution.arguments.values())
                ),
                self._supports[item.name] if isinstance(item, Variable) else None,
                1 if item.plate is None else inputs.sizes[item.plate],
                item.plate is not None,
            )
            for item in structure.random
        )

    def value(self, points: Mapping[str, Float]) -> Float:
        """Return the log density (point,) at constrained points, name -> (point, *plate), inside all supports."""
        found = np.zeros(len(next(iter(points.values()))))
        for factor in self._factors:
            found += factor.total(factor.terms(points))
        return found

    def gradient(self, points: Mapping[str, Float]) -> dict[str, Float]:
        """Return the derivatives by the unconstrained coordinates, name -> (point, *plate), at the same points."""
        found = {name: np.zeros(values.shape) for name, values in points.items()}
        # Elements of a plate do not feed each other, so one step moves all of them.
        stepped = {name: x + 1j * STEP * self._supports[name].slope(x) for name, x in points.items()}
        for factor in self._factors:
            for name in factor.variables:
                terms = factor.terms({**points, name: stepped[name]})
                changes = [term.imag / STEP for term in terms if np.iscomplexobj(term)]
                found[name] += sum(changes) if found[name].ndim == 2 else factor.total(changes)
        return found

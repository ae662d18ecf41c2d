"""The joint log density of a structure in float64, its gradient, and the scale of their rounding errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.structure import Structure, Variable

STEP: Final = 1e-100
"""The complex steps are far below every rounding unit."""


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceDensity:
    """Values at points, with what is needed to say how far another correct computation may be from them.

    Attributes
    ----------
    value : (point,)
        Log density, all constants kept; with the log Jacobian of the unconstrained coordinates if asked for.
    scale : (point,)
        Sum of the absolute values of all terms that are added where nothing is done against cancellation: what other
        computations may lose. The value loses less: twelve digits of a density of counts up to 10^9 are right,
        nine up to 2^53.
    rounding : (point,)
        Sum over variables of |d term / d x| times the largest modulus in the variable's computation: multiplied by the
        machine epsilon, the change of the value when x is rounded on its way through the unconstrained coordinate.
    gradient, gradient_scale, gradient_rounding
        The same for the derivatives by the unconstrained coordinates: name -> (point, *plate).
    elements
        Number of elements of the plate, whose terms the value and the derivatives by scalars add up; 1 without a plate.
    """

    value: Float
    scale: Float
    rounding: Float
    gradient: Mapping[str, Float]
    gradient_scale: Mapping[str, Float]
    gradient_rounding: Mapping[str, Float]
    elements: int


def reference_density(
    structure: Structure, inputs: Inputs, points: Mapping[str, Float], *, jacobian: bool
) -> ReferenceDensity:
    """Evaluate the joint log density of variables and observations at constrained points.

    Parameters
    ----------
    points
        name -> (point, *plate), every variable strictly inside its support.
    jacobian
        Whether log |dx/du| is added, u being the canonical unconstrained coordinates; the gradient is always by u.
    """
    supports = structure.supports(inputs)
    values = dict(points)
    terms = _terms(structure, inputs, values, jacobian)
    gradient, gradient_scale, sensitivity = {}, {}, {}
    for variable in structure.variables:
        x = np.asarray(points[variable.name], dtype=np.float64)
        support = supports[variable.name]
        slope = support.slope(x)
        stepped = _terms(structure, inputs, {**values, variable.name: x + 1j * STEP * slope}, jacobian)
        # Elements of a plate do not feed each other, so one step moves all of them and each is read from its own terms.
        changes = [term.imag / STEP for term in stepped if np.iscomplexobj(term)]
        gradient[variable.name] = _total(changes, x)
        gradient_scale[variable.name] = _total([np.abs(change) for change in changes], x)
        largest = np.maximum(np.abs(x), support.largest)
        sensitivity[variable.name] = gradient_scale[variable.name] / slope * largest
    point = np.empty(len(x))
    rounding = _total(list(sensitivity.values()), point)
    return ReferenceDensity(
        value=_total(_terms(structure, inputs, values, jacobian, whole=True), point),
        scale=_total([np.abs(term) for term in terms], point),
        rounding=rounding,
        gradient=gradient,
        gradient_scale=gradient_scale,
        gradient_rounding={v.name: _rounding(v, sensitivity, rounding) for v in structure.variables},
        elements=max(inputs.sizes.values(), default=1),
    )


def _rounding(variable: Variable, sensitivity: Mapping[str, Float], total: Float) -> Float:
    """Return the sum of the rounding scales that can affect each gradient.

    For a plate element these are its own and the scalars', for a scalar all.
    """
    if variable.plate is None:
        return total
    scalars = sum((s for s in sensitivity.values() if s.ndim == 1), np.zeros_like(total))
    return np.asarray(sensitivity[variable.name] + scalars[:, None])


def _terms(
    structure: Structure, inputs: Inputs, values: Mapping[str, Array], jacobian: bool, *, whole: bool = False
) -> list[Array]:
    """Return all terms, each (point,) or (point, element); with `whole` those of one density as one."""
    supports = structure.supports(inputs)
    points = len(next(iter(values.values())))
    terms: list[Array] = []
    for item in structure.random:
        x = values[item.name] if isinstance(item, Variable) else np.asarray(inputs.observed[item.name], np.float64)
        arguments = inputs.arguments(item.distribution, item.plate, values)
        one = item.distribution
        found = (one.log_density(x, arguments),) if whole else one.log_terms(x, arguments)
        if jacobian and isinstance(item, Variable):
            found = (*found, *supports[item.name].log_slope_terms(x))
        shape = (points,) if item.plate is None else (points, inputs.sizes[item.plate])
        terms.extend(np.broadcast_to(term, shape) for term in found)
    return terms


def _total(terms: list[Array], like: Array) -> Array:
    """Add up terms of shape (point,) or (point, element) into the shape of `like`, over elements if it has none."""
    if like.ndim == 2:
        return np.asarray(sum((term for term in terms if term.ndim == 2), np.zeros(like.shape)))
    return np.asarray(sum((term.sum(axis=1) if term.ndim == 2 else term for term in terms), np.zeros(like.shape)))

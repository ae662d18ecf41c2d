"""Is it the same model? Log densities and gradients against the float64 reference: no sampling, no luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.protocol import LogDensity, Points, Program
from pplcompare.models.density import ReferenceDensity, reference_density
from pplcompare.models.errors import EvaluationError
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, compared, fault

_EPSILON: Final = float(np.finfo(np.float64).eps)
_RANDOM_POINTS: Final = 16
# The logit of a rate of 1e-6.
_FAR: Final = 13.8155
# Coordinates of the plate variables, of the scalars: the corners that random points do not reach.
_CORNERS: Final = ((-_FAR, 0.5), (_FAR, -0.5), (-3.0, 4.0), (3.0, -3.0))


def probe_points(structure: Structure, inputs: Inputs) -> Points:
    """Return 20 fixed points, name -> (point, *plate): random in unconstrained space, and four corners."""
    rng = np.random.Generator(np.random.PCG64(20))
    supports = structure.supports(inputs)
    points: dict[str, NDArray[np.float64]] = {}
    for variable in structure.variables:
        size = () if variable.plate is None else (inputs.sizes[variable.plate],)
        corner = np.array([plate if size else scalar for plate, scalar in _CORNERS])
        # Elements of a plate differ by a little, so that exchanging two of them shows.
        spread = rng.uniform(-0.01, 0.0, (len(_CORNERS), *size)) * np.sign(corner).reshape(-1, *(1 for _ in size))
        corners = corner.reshape(-1, *(1 for _ in size)) + spread
        u = np.concatenate([rng.normal(0.0, 1.5, (_RANDOM_POINTS, *size)), corners])
        points[variable.name] = supports[variable.name].constrain(u)
    return points


def check_same_model(program: Program, structure: Structure, inputs: Inputs) -> CheckReport:
    """Compare value and gradient, with and without Jacobian, at `probe_points`.

    The statistic is the largest difference in units of its tolerance (see `tolerance`), the limit 1. A density of which
    every number is the reference's to the last bit is the reference: no other computation rounds alike at all points.
    """
    points = probe_points(structure, inputs)
    results: list[CheckResult] = []
    ours = True
    for jacobian in (True, False):
        reference = reference_density(structure, inputs, points, jacobian=jacobian)
        label = f"the model {'with' if jacobian else 'without'} Jacobian"
        try:
            found = program.log_density(inputs, points, jacobian=jacobian)
        except EvaluationError as error:
            results.append(fault("log density", label, str(error)))
        else:
            results += compare_densities(found, reference, label)
            ours = ours and _is_reference(found, reference)
    if ours and all(results):
        results = [replace(result, outcome=Outcome.OURS) for result in results]
    return CheckReport(tuple(results), len(results))


def _is_reference(found: LogDensity, reference: ReferenceDensity) -> bool:
    return np.array_equal(found.value, reference.value) and all(
        name in found.gradient and np.array_equal(found.gradient[name], expected)
        for name, expected in reference.gradient.items()
    )


def compare_densities(found: LogDensity, reference: ReferenceDensity, label: str) -> list[CheckResult]:
    """Return one result for the value and one for the gradient by each variable."""
    limit = tolerance(reference.scale, reference.rounding, reference.elements)
    results = [_compared("log density", label, found.value, reference.value, limit)]
    for name, expected in reference.gradient.items():
        added = reference.elements if expected.ndim == 1 else 1
        limit = tolerance(reference.gradient_scale[name], reference.gradient_rounding[name], added)
        gradient = found.gradient.get(name, np.full_like(expected, np.nan))
        results.append(_compared(f"gradient by {name}", label, gradient, expected, limit))
    return results


def tolerance(scale: Array, rounding: Array, elements: int = 1) -> Array:
    """Return how far a correct float64 computation may be off.

    64 units in the last place of the sum of the absolute values of all terms, or half a unit for each of `elements`
    whose terms are added if that is more: one by one, as Stan adds, equal terms lose nearly as much (Higham 2002,
    Accuracy and Stability of Numerical Algorithms, section 4.2). To this come 1e-12 for a sum of nothing, and 4 units
    of each constrained value that came through unconstrained space, times what the density makes of them.
    """
    return np.asarray(max(64.0, 0.5 * elements) * _EPSILON * scale + 1e-12 + 4.0 * _EPSILON * rounding)


def _compared(check: str, label: str, found: Array, expected: Array, limit: Array) -> CheckResult:
    if found.shape != expected.shape:
        return compared(check, label, np.nan, 1.0, f"shape {found.shape}, expected {expected.shape}")
    ratios = np.abs(found - expected) / limit
    worst = np.unravel_index(int(np.argmax(np.where(np.isnan(ratios), np.inf, ratios))), ratios.shape)
    detail = f"at point {worst[0]}: {float(found[worst])!r}, expected {float(expected[worst])!r}"
    return compared(check, label, float(ratios[worst]), 1.0, detail)

"""PyMC's log density without the Jacobian, over flat unconstrained vectors; shared by backends of PyMC models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.coordinates import flattened, split, unconstrained
from pplcompare.backends.protocol import LogDensity, Points
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm

type Density = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]
"""Flat unconstrained vector, variables in the model's order -> log density and gradient."""


def density_without_jacobian(model: pm.Model) -> Density:
    """Compile PyMC's density and its gradient by the unconstrained variables; quick to compile, slow to run."""
    from pytensor.compile.mode import get_mode

    # Sums of sums stay apart: without machine code none may have more than 30 parts.
    mode = get_mode("FAST_COMPILE").excluding("local_add_canonizer")
    value = model.compile_logp(jacobian=False, mode=mode)
    derivative = model.compile_dlogp(jacobian=False, mode=mode)
    shapes = {name: np.shape(start) for name, start in model.initial_point().items()}

    def evaluate(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        point, start = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape, dtype=int))
            point[name] = x[start : start + size].reshape(shape)
            start += size
        return float(value(point)), np.asarray(derivative(point), dtype=np.float64)

    return evaluate


def evaluated(density: Density, structure: Structure, inputs: Inputs, points: Points) -> LogDensity:
    """Evaluate a density of flat unconstrained vectors at named constrained points."""
    flat = flattened(structure, unconstrained(structure, inputs, points))
    results = [density(np.ascontiguousarray(point)) for point in flat]
    gradient = np.array([gradient for _, gradient in results])
    return LogDensity(np.array([value for value, _ in results]), split(structure, inputs, gradient))


def set_data(model: pm.Model, data: dict[str, float | NDArray[Any]]) -> None:
    """Give a model's `pm.Data` their values."""
    for name, value in data.items():
        model.set_data(name, value)

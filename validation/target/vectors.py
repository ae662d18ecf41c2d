"""Flat unconstrained vectors of all variables: their names, their values, the density at them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.coordinates import split
from pplcompare.models.errors import DataError, UsageError, did_you_mean
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.lean_density import LeanDensity
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.gates import quantity_names

_FAR: Final = 30.0


class Vectors:
    """What `Target` says of vectors, with the same words.

    Attributes
    ----------
    names
        The names of the elements of a vector.
    """

    def __init__(self, structure: Structure, inputs: Inputs) -> None:
        self.names: Final = tuple(quantity_names(structure, inputs))
        self._structure: Final = structure
        self._inputs: Final = inputs
        self._supports: Final = structure.supports(inputs)

    @cached_property
    def _density(self) -> LeanDensity:
        return LeanDensity(self._structure, self._inputs)

    def log_density(self, x: ArrayLike) -> Float:
        """Return the log density with the log Jacobian: () or (n,)."""
        vectors = self._vectors(x, "log_density")
        points, usable = self._inside(vectors)
        with np.errstate(all="ignore"):
            value = self._density.value(points)
        value = np.where(usable & ~np.isnan(value), value, -np.inf)
        value[np.isnan(vectors).any(axis=1)] = np.nan
        found: Float = value[0] if np.ndim(x) == 1 else value
        return found

    def gradient(self, x: ArrayLike) -> Float:
        """Return the derivatives of the log density, of the shape of `x`."""
        vectors = self._vectors(x, "gradient")
        points, usable = self._inside(vectors)
        with np.errstate(all="ignore"):
            slopes = self._density.gradient(points)
            # Nearer to zero no term overflows.
            if np.abs(vectors).max(initial=0.0) > _FAR:
                usable &= np.isfinite(self._density.value(points))
        found = np.where(usable[:, None], self._flat(slopes), 0.0)
        found[np.isnan(vectors).any(axis=1)] = np.nan
        return found.reshape(np.shape(x))

    def constrain(self, x: ArrayLike) -> dict[str, Float]:
        """Return the values of the variables: (..., dimension) becomes name -> (..., *plate)."""
        vectors = np.asarray(x, dtype=np.float64)
        if vectors.ndim == 0 or vectors.shape[-1] != len(self.names):
            raise UsageError(f"needs the shape (..., {len(self.names)})", where="constrain", seen=vectors.shape)
        with np.errstate(all="ignore"):
            return {
                name: self._supports[name].constrain(values)
                for name, values in split(self._structure, self._inputs, vectors).items()
            }

    def unconstrain(self, draws: Mapping[str, ArrayLike], where: str = "unconstrain") -> Float:
        """Return the vectors of named values: name -> (..., *plate) becomes (..., dimension)."""
        found: dict[str, Float] = {}
        for variable in self._structure.variables:
            name = variable.name
            if name not in draws:
                raise DataError("variable missing", where=where, seen=name, mend=did_you_mean(name, list(draws)))
            values = np.asarray(draws[name], dtype=np.float64)
            sizes = () if variable.plate is None else (self._inputs.sizes[variable.plate],)
            if sizes and values.shape[-1:] != sizes:
                raise DataError(f"needs the shape (..., {sizes[0]})", where=f"{where}, {name}", seen=values.shape)
            with np.errstate(all="ignore"):
                found[name] = self._supports[name].unconstrain(values)
        return self._flat(found, where)

    def named(self, draws: Any, where: str) -> Any:
        """Return draws by name, whatever they were; an array (chain, draw, dimension) is constrained.

        Where all its numbers are of float32, so are the values: they recur as often as such numbers do.
        """
        if isinstance(draws, Mapping):
            return draws
        needed = f"needs draws by name, or an array of numbers (chain, draw, {len(self.names)})"
        try:
            vectors = np.asarray(draws)
        except ValueError as error:  # nested lists of unequal lengths
            raise DataError(needed, where=where, seen=type(draws).__name__) from error
        if vectors.dtype.kind not in "fiu":
            raise DataError(needed, where=where, seen=type(draws).__name__)
        if vectors.ndim != 3 or vectors.shape[2] != len(self.names):
            raise DataError(needed, where=where, seen=vectors.shape)
        found = self.constrain(vectors)
        with np.errstate(all="ignore"):
            single = vectors.dtype.itemsize < 8 or np.array_equal(vectors, vectors.astype(np.float32), equal_nan=True)
            return {name: values.astype(np.float32) if single else values for name, values in found.items()}

    def _vectors(self, x: ArrayLike, where: str) -> Float:
        vectors = np.atleast_2d(np.asarray(x, dtype=np.float64))
        if np.ndim(x) not in (1, 2) or vectors.shape[1] != len(self.names):
            needed = f"({len(self.names)},) or (n, {len(self.names)})"
            raise UsageError(f"needs the shape {needed}", where=where, seen=np.shape(x))
        return vectors

    def _inside(self, vectors: Float) -> tuple[dict[str, Float], np.ndarray[Any, np.dtype[np.bool_]]]:
        """Return points strictly inside all supports, and which of them are those of the vectors."""
        points, usable = {}, np.ones(len(vectors), dtype=bool)
        for name, values in self.constrain(vectors).items():
            support = self._supports[name]
            inside = (support.low < values) & (values < support.high)
            usable &= inside if values.ndim == 1 else inside.all(axis=1)
            points[name] = values if inside.all() else np.where(inside, values, support.constrain(np.zeros(())))
        return points, usable

    def _flat(self, values: Mapping[str, Float], where: str = "") -> Float:
        """Return all variables side by side."""
        columns = [
            values[variable.name][..., None] if variable.plate is None else values[variable.name]
            for variable in self._structure.variables
        ]
        leading = {column.shape[:-1] for column in columns}
        if len(leading) > 1:
            raise DataError("all variables need the same leading dimensions", where=where, seen=sorted(leading))
        return np.concatenate(columns, axis=-1)

"""Draws made elsewhere, brought into the order of the model and of the data by their names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.models.errors import DataError, did_you_mean
from pplcompare.validation.exact import ExactPosterior

if TYPE_CHECKING:
    import xarray as xr

_LEADING: Final = ("chain", "draw")
_POSTERIOR: Final = "posterior"

type DrawsLike = Mapping[str, Any] | xr.Dataset | xr.DataTree
"""Name -> array (chain, draw[, group]); a dataset with dimensions chain and draw; a tree with a group `posterior`."""


def labelled_draws(exact: ExactPosterior, draws: DrawsLike, where: str = "draws") -> tuple[Draws, tuple[str, ...]]:
    """Return the draws of the model's variables as float64 (chain, draw, *plate), and what was taken for granted.

    Groups are put into the order of the data by their names; where there are no names, the order is taken as it is.
    What else there is besides the model's variables is ignored.

    Raises
    ------
    DataError
        If a variable is missing, has other dimensions, other groups or no numbers.
    """
    given = _posterior(draws)
    known, notes = [str(name) for name in given], list[str]()
    found: dict[str, NDArray[np.float64]] = {}
    for variable in exact.model.structure.variables:
        name = variable.name
        if name not in given:
            raise DataError("variable missing", where=where, seen=name, mend=did_you_mean(name, known))
        values, plated = given[name], variable.plate is not None
        if _is_xarray(values, "DataArray"):
            values, note = _ordered(values, exact, variable.plate, f"{where}, {name}")
            notes += note
        elif plated:
            notes.append(f"{name}: groups in the order of the data ({_names(exact.inputs.groups)})")
        found[name] = _numbers(values, f"{where}, {name}")
        shape = found[name].shape
        if len(shape) != 2 + plated or (plated and shape[2] != len(exact.inputs.groups)):
            needed = f"(chain, draw, {len(exact.inputs.groups)} groups)" if plated else "(chain, draw)"
            raise DataError(f"needs the shape {needed}", where=f"{where}, {name}", seen=shape)
    shapes = {name: values.shape[:2] for name, values in found.items()}
    if len(set(shapes.values())) > 1 or 0 in next(iter(shapes.values())):
        raise DataError("all variables need the same chains and draws, at least one", where=where, seen=shapes)
    return found, tuple(dict.fromkeys(notes))


def _is_xarray(value: object, kind: str) -> bool:
    """Return whether a value is of this class of xarray, which can be only if somebody has imported xarray already."""
    return "xarray" in sys.modules and isinstance(value, getattr(sys.modules["xarray"], kind))


def _posterior(draws: Any) -> Mapping[Any, Any]:
    if _is_xarray(draws, "DataTree"):
        draws = draws[_POSTERIOR].dataset if _POSTERIOR in draws.children else draws.dataset
    found: Mapping[Any, Any] = draws.data_vars if _is_xarray(draws, "Dataset") else draws
    return found


def _ordered(values: xr.DataArray, exact: ExactPosterior, plate: str | None, where: str) -> tuple[Any, list[str]]:
    """Return the values with dimensions (chain, draw, *plate), groups in the order of the data."""
    others = [dim for dim in values.dims if dim not in _LEADING]
    if len(values.dims) != len(_LEADING) + len(others) or len(others) != (plate is not None):
        needed = ", ".join((*_LEADING, *filter(None, (plate,))))
        raise DataError(f"needs the dimensions ({needed})", where=where, seen=tuple(values.dims))
    values = values.transpose(*_LEADING, *others)
    if not others:
        return values.to_numpy(), []
    (dim,), groups = others, exact.inputs.groups
    names = [str(label) for label in values.coords[dim].to_numpy().tolist()] if dim in values.coords else None
    # ArviZ numbers the elements of a dimension that nobody has named.
    unnamed = dim != plate and names == [str(index) for index in range(values.sizes[dim])] and set(names) != set(groups)
    if names is None or unnamed:
        return values.to_numpy(), [f"{values.name}: groups in the order of the data ({_names(groups)})"]
    if sorted(names) != sorted(groups):
        wrong = [name for name in names if name not in groups] or [name for name in groups if name not in names]
        raise DataError(
            "its groups are not those of the data",
            where=f"{where}, coordinate {dim}",
            seen=_names(wrong or names),
            mend=f"the data have {_names(groups)}",
        )
    return values.to_numpy()[:, :, [names.index(group) for group in groups]], []


def _numbers(values: Any, where: str) -> NDArray[np.float64]:
    try:
        found = np.asarray(values)
    except ValueError as error:  # nested lists of unequal lengths
        raise DataError(f"no array: {error}", where=where) from error
    if found.dtype.kind not in "fiu":
        raise DataError("needs numbers", where=where, seen=found.dtype.name)
    return found.astype(np.float64)


def _names(names: Any) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown if len(shown) <= 5 else [*shown[:3], "…", shown[-1]])

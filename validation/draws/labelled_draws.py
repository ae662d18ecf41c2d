"""Draws made elsewhere, brought into the order of the model and of the data by their names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.models.errors import DataError, did_you_mean
from pplcompare.validation.draws.flat_names import Elements, gathered
from pplcompare.validation.draws.group_labels import order_of_groups
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.sizes import MOST_CHAINS

if TYPE_CHECKING:
    import xarray as xr

_LEADING: Final = ("chain", "draw")
_POSTERIOR: Final = "posterior"

type DrawsLike = Mapping[str, Any] | xr.Dataset | xr.DataTree
"""Name -> array (chain, draw[, group]); a dataset with dimensions chain and draw; a tree with a group `posterior`."""


def labelled_draws(exact: ExactPosterior, draws: DrawsLike, where: str = "draws") -> tuple[Draws, tuple[str, ...]]:
    """Return the draws of the model's variables as float64 (chain, draw, *plate), and what was taken for granted.

    Groups are put into the order of the data by their names, which is noted; where there are no names, the order is
    taken as it is. What else there is besides the model's variables is ignored.

    Raises
    ------
    DataError
        If a variable is missing, has other dimensions, other groups or no numbers; if there are over 10,000 chains; if
        arrays without names of dimensions have more chains than draws.
    """
    given = _posterior(draws)
    known, notes = [str(name) for name in given], list[str]()
    groups, plate = exact.inputs.groups, exact.inputs.plate
    found: dict[str, NDArray[np.float64]] = {}
    for variable in exact.model.structure.variables:
        name, place, plated = variable.name, f"{where}, {variable.name}", variable.plate is not None
        elements = gathered(given, name, groups, place) if plated and name not in given else None
        if name not in given and elements is None:
            raise DataError("variable missing", where=where, seen=name, mend=did_you_mean(name, known))
        if elements is None:
            values, labels, dim, is_named = _whole(given[name], plate if plated else None, place)
        else:
            values, labels, dim, is_named = _stacked(elements, plate, place)
        if values.ndim != 2 + plated or (plated and values.shape[2] != len(groups)):
            needed = f"(chain, draw, {len(groups)} groups)" if plated else "(chain, draw)"
            raise DataError(f"needs the shape {needed}", where=place, seen=values.shape)
        notes += _more_chains(values.shape, is_named, place)
        numbers = np.asarray(values).astype(np.float64)
        if plated:
            order, note = order_of_groups(dim, labels, plate, groups, place)
            numbers = numbers if order is None else numbers[:, :, order]
            notes += [f"{name}: {note}"] if note else []
        found[name] = numbers
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


def _whole(given: Any, plate: str | None, where: str) -> tuple[Any, NDArray[Any] | None, str, bool]:
    """Return an array, the labels and the name of its dimension of groups, and whether its dimensions have names."""
    if not _is_xarray(given, "DataArray"):
        return _array(given, where), None, plate or "", False
    values, labels, dim = _transposed(given, plate, where)
    return _array(values, where), labels, dim, True


def _stacked(elements: Elements, plate: str, where: str) -> tuple[NDArray[Any], NDArray[Any], str, bool]:
    """Return (chain, draw, group) of the columns of a variable's elements, as `_whole` does."""
    wholes = [_whole(column, None, f"{where}[{label}]") for column, label in zip(*elements[:2], strict=True)]
    shapes = dict.fromkeys(np.shape(values) for values, *_ in wholes)
    if len(shapes) > 1:
        raise DataError("elements of other shapes than the first", where=where, seen=list(shapes))
    # The name of a dimension that nobody has named: what is along it are positions.
    dim = f"{plate}_dim_0" if elements.are_positions else plate
    return np.stack([np.asarray(values) for values, *_ in wholes], axis=-1), elements.labels, dim, wholes[0][3]


def _transposed(values: xr.DataArray, plate: str | None, where: str) -> tuple[xr.DataArray, NDArray[Any] | None, str]:
    """Return the values with dimensions (chain, draw, *plate), and the labels and the name of the last of these."""
    others = [dim for dim in values.dims if dim not in _LEADING]
    if len(values.dims) != len(_LEADING) + len(others) or len(others) != (plate is not None):
        needed = ", ".join((*_LEADING, *filter(None, (plate,))))
        raise DataError(f"needs the dimensions ({needed})", where=where, seen=tuple(values.dims))
    dim = others[0] if others else ""
    labels = values.coords[dim].to_numpy() if others and dim in values.coords else None
    return values.transpose(*_LEADING, *others), labels, str(dim)


def _more_chains(shape: tuple[int, ...], is_named: bool, where: str) -> list[str]:
    """Refuse too many chains, and more than draws where nothing says which are which; note these where names do."""
    chains, draws = shape[:2]
    if chains > MOST_CHAINS:
        raise DataError(f"over {MOST_CHAINS:,} chains", where=where, seen=shape, mend="needs (chain, draw, ...)")
    if chains <= draws or draws == 0:
        return []
    if is_named:
        return [f"more chains ({chains}) than draws ({draws}), as the names of the dimensions say: transposed?"]
    raise DataError(
        f"more chains ({chains}) than draws ({draws}): transposed?",
        where=where,
        seen=shape,
        mend="needs (chain, draw, ...); for many short chains give an xarray dataset with dimensions chain and draw",
    )


def _array(values: Any, where: str) -> Any:
    """Return numbers as an array; what a file or a library holds of them stays there until its shape is known."""
    try:
        found = values if _is_xarray(values, "DataArray") else np.asarray(values)
    except ValueError as error:  # nested lists of unequal lengths
        raise DataError(f"no array: {error}", where=where) from error
    if found.dtype.kind not in "fiu":
        raise DataError("needs numbers", where=where, seen=found.dtype.name)
    return found

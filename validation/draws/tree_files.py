"""Draws in NetCDF and zarr, as ArviZ and xarray write them: trees with a group ``posterior``, or plain datasets."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pplcompare.models.errors import DataError, said
from pplcompare.validation.draws.flat_names import belongs
from pplcompare.validation.draws.json_files import MEND
from pplcompare.validation.draws.memory import LARGEST, limited_memory
from pplcompare.validation.draws.plain_files import check_hdf5, check_zarr

if TYPE_CHECKING:
    import xarray as xr

# Reader of xarray -> the options that it needs. SciPy reads NetCDF 3.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "h5netcdf": {},
    "scipy": {"mmap": False},
    "zarr": {"consolidated": False},
}


def tree_draws(
    file: str, engine: Literal["h5netcdf", "scipy", "zarr"], variables: Collection[str], where: str
) -> xr.Dataset:
    """Return the variables of a model and their labels; no other variable is read, of whatever size.

    Raises
    ------
    DataError
        If it cannot be read, or what it declares of these variables has more than 256 MiB.
    """
    # Brings pandas; other kinds of files do without.
    import xarray as xr

    def opened(group: str | None) -> xr.Dataset:
        # Without indexes, for which labels of any size would be read.
        options = {**_OPTIONS[engine], **({} if group is None else {"group": group})}
        return xr.open_dataset(file, engine=engine, create_default_indexes=False, **options)

    try:
        with limited_memory(), warnings.catch_warnings():
            # What readers warn of concerns other variables, or is found below.
            warnings.simplefilter("ignore")
            _check_links(file, engine, where)
            try:
                dataset = opened("posterior")
            # Every reader has errors of its own for a group that is not there.
            except Exception:
                dataset = opened(None)
            with dataset:
                wanted = {n: dataset.variables[n] for n in dataset.data_vars if belongs(str(n), variables)}
                dims = dict.fromkeys(dim for values in wanted.values() for dim in values.dims)
                labels = {dim: dataset.variables[dim] for dim in dims if dim in dataset.coords}
                for name, values in (*labels.items(), *wanted.items()):
                    _check_size(f"{where} {file}, {name}", values)
                return xr.Dataset({name: values.load() for name, values in wanted.items()}, labels)
    except DataError:
        raise
    except Exception as error:
        what = next(iter(said(error).splitlines()))
        raise DataError(f"cannot be read as NetCDF or zarr: {what}", where=where, seen=file, mend=MEND) from error


def _check_links(file: str, engine: str, where: str) -> None:
    """Refuse what leads elsewhere; NetCDF 3 has no means to."""
    if engine != "scipy":
        (check_zarr if engine == "zarr" else check_hdf5)(Path(file), f"{where} {file}")


def _check_size(where: str, values: xr.Variable) -> None:
    """Refuse values, none of which has been read, for what their file declares of them."""
    chunk = values.encoding.get("chunksizes") or values.encoding.get("chunks") or ()
    size = max(values.nbytes, math.prod(chunk) * values.dtype.itemsize)
    if size > LARGEST:
        seen = f"{size / 2**30:.3g} GiB in the shape {values.shape}"
        raise DataError("declares over 256 MiB", where=where, seen=seen, mend="keep every tenth draw, or fewer")

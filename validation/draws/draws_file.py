"""Files of draws made elsewhere: NetCDF and zarr as ArviZ writes them, and JSON. Nothing in them is executed."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pplcompare.models.errors import DataError, said
from pplcompare.validation.draws.foreign_files import HEAD, foreign
from pplcompare.validation.draws.labelled_draws import DrawsLike
from pplcompare.validation.draws.memory import limited_memory
from pplcompare.validation.draws.plain_files import check_hdf5, check_zarr

if TYPE_CHECKING:
    import xarray as xr

_WHERE: Final = "--draws"
_MEND: Final = "write it by xarray's or ArviZ's to_netcdf, or as JSON: see pplcompare check --help"
_LARGEST_TEXT: Final = 100_000_000
_LARGEST: Final = 2**28
"""Bytes of the model's variables and their labels; each chunk of them, too, has at most so many."""


def read_draws(file: str, variables: Iterable[str]) -> DrawsLike:
    """Return the draws of a model's variables in a file, all of them in memory.

    A NetCDF file or zarr folder is an ArviZ tree with a group ``posterior`` or a plain dataset; JSON is an object of
    nested lists by name (chain, draw[, group]), or has one under ``posterior``. Which of these a file is, its content
    says. Of NetCDF and zarr only these variables and their labels are read, after their sizes; there may be others of
    any size.

    Parameters
    ----------
    variables
        Names; those that are not there are left out of the result.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, is of another kind, or what it declares of these variables has
        more than 256 MiB (JSON: if it has more than 100 MB).
    """
    path = Path(file)
    try:
        if not path.exists():
            raise DataError("no such file", where=_WHERE, seen=file)
        if path.is_dir():
            return _read_dataset(file, "zarr", set(variables))
        # A FIFO or a device is not opened at all: that could wait for ever.
        if not path.is_file():
            raise DataError("not a file", where=_WHERE, seen=file)
        with path.open("rb") as opened:
            head = opened.read(HEAD)
    except DataError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", where=_WHERE, seen=file) from error
    if (known := foreign(head)) is not None:
        what, mend = known
        raise DataError(f"cannot be read as NetCDF, zarr or JSON: it is {what}", where=_WHERE, seen=file, mend=mend)
    if path.suffix == ".json" or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _read_json(path)
    return _read_dataset(file, "h5netcdf", set(variables))


def _read_dataset(file: str, engine: str, variables: set[str]) -> xr.Dataset:
    # Brings pandas; JSON does without.
    import xarray as xr

    options: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}

    def opened(group: str | None) -> xr.Dataset:
        # Without indexes, for which labels of any size would be read.
        return xr.open_dataset(file, engine=engine, group=group, create_default_indexes=False, **options)

    try:
        with limited_memory(), warnings.catch_warnings():
            # What readers warn of concerns other variables, or is found below.
            warnings.simplefilter("ignore")
            (check_zarr if engine == "zarr" else check_hdf5)(Path(file), f"{_WHERE} {file}")
            try:
                dataset = opened("posterior")
            # Every reader has errors of its own for a group that is not there.
            except Exception:
                dataset = opened(None)
            with dataset:
                wanted = {name: dataset.variables[name] for name in dataset.data_vars if name in variables}
                dims = dict.fromkeys(dim for values in wanted.values() for dim in values.dims)
                labels = {dim: dataset.variables[dim] for dim in dims if dim in dataset.coords}
                for name, values in (*labels.items(), *wanted.items()):
                    _check_size(f"{_WHERE} {file}, {name}", values)
                return xr.Dataset({name: values.load() for name, values in wanted.items()}, labels)
    except DataError:
        raise
    except Exception as error:
        what = next(iter(said(error).splitlines()))
        raise DataError(f"cannot be read as NetCDF or zarr: {what}", where=_WHERE, seen=file, mend=_MEND) from error


def _check_size(where: str, values: xr.Variable) -> None:
    """Refuse values, none of which has been read, for what their file declares of them."""
    chunk = values.encoding.get("chunksizes") or values.encoding.get("chunks") or ()
    size = max(values.nbytes, math.prod(chunk) * values.dtype.itemsize)
    if size > _LARGEST:
        seen = f"{size / 2**30:.3g} GiB in the shape {values.shape}"
        raise DataError("declares over 256 MiB", where=where, seen=seen, mend="keep every tenth draw, or fewer")


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        if (size := path.stat().st_size) > _LARGEST_TEXT:
            raise DataError("JSON of over 100 MB", where=f"{_WHERE} {path}", seen=size, mend=_MEND)
        # As floats whole numbers take linear time, however many digits they have.
        with limited_memory():
            found = json.loads(path.read_text(encoding="utf-8-sig"), parse_int=float, object_pairs_hook=_object)
    except DataError:
        raise
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(
            f"cannot be read as JSON: {str(error) or said(error)}", where=_WHERE, seen=str(path), mend=_MEND
        ) from error
    inner = found.get("posterior", found) if isinstance(found, dict) else found
    if not isinstance(inner, dict):
        raise DataError("needs an object of arrays by name", where=_WHERE, seen=str(path), mend=_MEND)
    return inner


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(name for name in names if names.count(name) > 1)!r}")
    return found

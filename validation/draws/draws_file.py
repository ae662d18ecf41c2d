"""Files of draws made elsewhere: NetCDF and zarr as ArviZ writes them, and JSON. Nothing in them is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pplcompare.models.errors import DataError
from pplcompare.validation.draws.labelled_draws import DrawsLike

_MEND: Final = "write it by xarray's or ArviZ's to_netcdf, or as JSON: see pplcompare check --help"


def read_draws(file: str) -> DrawsLike:
    """Return the draws in a file, all of them in memory.

    A NetCDF file or zarr folder is an ArviZ tree with a group ``posterior`` or a plain dataset; JSON is an object of
    nested lists by name (chain, draw[, group]), or has one under ``posterior``.

    Raises
    ------
    DataError
        If there is no such file or it cannot be read.
    """
    path = Path(file)
    if not path.exists():
        raise DataError("no such file", where="--draws", seen=file)
    if path.suffix == ".json":
        return _read_json(path)
    # Brings pandas; JSON does without.
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="zarr" if path.is_dir() else "h5netcdf") as tree:
            return tree.load()
    # Every reader has errors of its own.
    except Exception as error:
        what = f"cannot be read as NetCDF or zarr: {error}".splitlines()[0]
        raise DataError(what, where="--draws", seen=file, mend=_MEND) from error


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"cannot be read as JSON: {error}", where="--draws", seen=str(path), mend=_MEND) from error
    inner = found.get("posterior", found) if isinstance(found, dict) else found
    if not isinstance(inner, dict):
        raise DataError("needs an object of arrays by name", where="--draws", seen=str(path), mend=_MEND)
    return inner

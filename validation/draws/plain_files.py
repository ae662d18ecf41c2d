"""What a file or folder of draws must not hold: anything that leads elsewhere, waits for ever, or executes.

All of it is looked for before a reader of NetCDF or zarr, which would follow and open it, sees the file.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pplcompare.models.errors import DataError

if TYPE_CHECKING:
    import h5py

_MOST_FILES: Final = 100_000
# Readers take a millisecond or two for each.
_MOST_MEMBERS: Final = 10_000
_LARGEST_METADATA: Final = 1_000_000
METADATA: Final = frozenset({".zarray", ".zgroup", ".zattrs", ".zmetadata", "zarr.json"})
"""The names of the files that describe a zarr folder."""
_MEND: Final = "store the draws themselves in it"


def check_zarr(folder: Path, where: str) -> None:
    """Refuse a zarr folder that holds links, pipes or devices, too many files, or arrays in pickles.

    Raises
    ------
    DataError
        For the first of them.
    OSError
        If something cannot be looked at.
    """
    files = 0
    for inside, folders, names in os.walk(folder, onerror=_raise):
        files += len(names) + len(folders)
        if files > _MOST_FILES:
            raise DataError("holds over 100,000 files", where=where, seen=str(folder), mend="write larger chunks")
        for name in (*folders, *names):
            path = Path(inside, name)
            kind = path.lstat().st_mode
            if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
                raise DataError(
                    "cannot be read as zarr: holds a link, a pipe or a device", where=where, seen=str(path), mend=_MEND
                )
            if name in METADATA and stat.S_ISREG(kind):
                _check_metadata(path, where)


def check_hdf5(path: Path, where: str) -> None:
    """Refuse an HDF5 file in whose groups of draws something lies elsewhere: in another place or another file.

    Raises
    ------
    DataError
        If they hold links, external or virtual arrays, or over 10,000 members.
    Exception
        Whatever the reader raises, if it is no HDF5 file.
    """
    import h5py

    with h5py.File(path, "r") as file:
        _check_group(file, where)
        # Nothing has been opened through a link yet: this one is no link.
        inner = file.get("posterior")
        if isinstance(inner, h5py.Group):
            _check_group(inner, f"{where}, posterior")


def _check_group(group: h5py.Group, where: str) -> None:
    import h5py

    if len(group) > _MOST_MEMBERS:
        raise DataError("holds over 10,000 members", where=where, seen=len(group), mend="keep the model's variables")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise DataError("a link, which is not followed", where=where, seen=name, mend=_MEND)
        member = group[name]
        if isinstance(member, h5py.Dataset) and (member.is_virtual or member.external):
            raise DataError("its values lie in another file", where=where, seen=name, mend=_MEND)


def _check_metadata(path: Path, where: str) -> None:
    if path.lstat().st_size > _LARGEST_METADATA:
        raise DataError("metadata of over 1 MB", where=where, seen=str(path))
    json.loads(path.read_bytes(), object_pairs_hook=lambda pairs: _without_pickles(dict(pairs), path, where))


def _without_pickles(found: dict[str, Any], path: Path, where: str) -> dict[str, Any]:
    if "pickle" in (found.get("id"), found.get("name")):
        raise DataError("a pickle, which could execute anything", where=where, seen=str(path), mend=_MEND)
    return found


def _raise(error: OSError) -> None:
    raise error

"""Draws in zip archives: NumPy's npz, and one file of JSON, as posteriordb's reference draws are."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from pplcompare.models.errors import DataError, said
from pplcompare.validation.draws.flat_names import belongs
from pplcompare.validation.draws.json_files import LARGEST_TEXT, json_draws
from pplcompare.validation.draws.memory import LARGEST, limited_memory

_ARRAY: Final = ".npy"


def archived_draws(path: Path, variables: Collection[str], where: str) -> Mapping[str, Any]:
    """Return the draws of a model's variables in an archive; nothing in it is executed.

    Raises
    ------
    DataError
        If it is neither of the two kinds, is damaged, or declares too much.
    """
    file = str(path)
    try:
        with limited_memory(), zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if any(member.filename.endswith(_ARRAY) for member in members):
                return _npz(path, members, variables, where)
            texts = [member for member in members if member.filename.endswith(".json")]
            if len(texts) != 1:
                mend = "one archive holds one file of JSON"
                raise DataError("a zip archive of other files", where=where, seen=_names(members), mend=mend)
            if texts[0].file_size > LARGEST_TEXT:
                raise DataError("JSON of over 100 MB", where=f"{where} {file}", seen=texts[0].file_size)
            return json_draws(archive.read(texts[0]), where, file)
    except DataError:
        raise
    # Archives, their codecs and NumPy have errors of their own for each kind of damage.
    except Exception as error:
        what = next(iter(said(error).splitlines()))
        raise DataError(f"cannot be read as a zip archive: {what}", where=where, seen=file) from error


def _npz(path: Path, members: Collection[zipfile.ZipInfo], variables: Collection[str], where: str) -> Mapping[str, Any]:
    sizes = {member.filename.removesuffix(_ARRAY): member.file_size for member in members}
    wanted = [name for name in sizes if belongs(name, variables)]
    for name in wanted:
        if sizes[name] > LARGEST:
            seen, mend = f"{sizes[name] / 2**30:.3g} GiB", "keep every tenth draw, or fewer"
            raise DataError("declares over 256 MiB", where=f"{where} {path}, {name}", seen=seen, mend=mend)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in wanted}


def _names(members: Collection[zipfile.ZipInfo]) -> str:
    names = [member.filename for member in members]
    return ", ".join(names[:3]) + ", …" * (len(names) > 3)

"""Reference packs on the disk: entries of a database in posteriordb's format, beside those that are there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pplcompare.models.errors import StorageError, UsageError
from pplcompare.validation.pack.reference_pack import ReferencePack
from pplcompare.validation.storage.files import place


def check_free(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder that has a posterior of one of these names.

    Raises
    ------
    UsageError
        For the first of them.
    """
    for name in names:
        if (there := folder / "posteriors" / f"{name}.json").exists():
            mend = "choose another folder, or remove that entry"
            raise UsageError("has this posterior already", where="--posteriordb", seen=str(there), mend=mend)


def store_pack(pack: ReferencePack, folder: Path) -> None:
    """Write a pack into a folder, which is made if it is not there; other entries in it stay.

    Raises
    ------
    StorageError
        If something cannot be written; every file that is there then is whole.
    """
    # The entry of the posterior is the last: what it names is there.
    for name in sorted(pack.files, key=lambda name: name.startswith("posteriors/")):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            place(path, pack.files[name])
        except OSError as error:
            raise StorageError(f"cannot be written: {error}", where="--posteriordb", seen=str(path)) from error

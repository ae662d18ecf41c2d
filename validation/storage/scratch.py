"""A temporary folder that goes with whoever made it, and the sweep that takes those that were left behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import Final

from pplcompare.models.errors import StorageError
from pplcompare.validation.storage.left_behind import left_behind
from pplcompare.validation.storage.lock import HeldError, hold, is_our_folder, remove
from pplcompare.validation.storage.names import LOCK

PREFIX: Final = "pplcompare-scratch-"

_ATTEMPTS: Final = 5
# A folder without a lock may be one that is being made.
_FRESH: Final = 60.0


class Scratch:
    """A private folder in the temporary folder, locked for as long as it is used; a context manager.

    Attributes
    ----------
    folder
        Its path.

    Raises
    ------
    StorageError
        If it cannot be made.
    """

    def __init__(self) -> None:
        try:
            for _ in range(_ATTEMPTS):
                self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
                with contextlib.suppress(HeldError, FileNotFoundError):  # a sweep took it for one that was left
                    self._lock = hold(self.folder)
                    return
        except OSError as error:
            where = str(error.filename or os.environ.get("TMPDIR") or "TMPDIR")
            mend = "free space there, or set TMPDIR to another folder"
            raise StorageError(f"no temporary folder: {error.strerror or error}", where=where, mend=mend) from error
        raise StorageError("no temporary folder of our own", where=tempfile.gettempdir())

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove it with all that is in it."""
        with contextlib.suppress(OSError):
            remove(self.folder)
        self._lock.release()


def sweep() -> None:
    """Remove the scratch folders that killed processes of this user left in the temporary folder.

    What is locked is somebody's. Links are not followed.
    """
    for folder in left_behind(Path(tempfile.gettempdir()), PREFIX):
        _remove(folder)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError, HeldError):
        if not is_our_folder(folder) or (
            not (folder / LOCK).exists() and time.time() - folder.stat().st_mtime < _FRESH  # the disk's clock
        ):
            return
        lock = hold(folder)
        try:
            remove(folder)
        finally:
            lock.release()

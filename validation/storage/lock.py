"""The lock of a folder: a file in it, which the kernel lets go with the process that holds it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

import filelock
from pplcompare.models.errors import StorageError
from pplcompare.validation.storage.names import LOCK


class HeldError(Exception):
    """Somebody who is alive holds the lock; `holder` is the number of the process, as far as it is known."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        super().__init__(holder)


def hold(folder: Path) -> filelock.FileLock:
    """Lock a folder and say in the lock who holds it.

    Raises
    ------
    HeldError
        If another process, or another part of this one, holds it.
    FileNotFoundError
        If the folder has gone meanwhile.
    StorageError
        If the file system has no locks that the kernel lets go.
    """
    path = folder / LOCK
    lock = filelock.FileLock(path, timeout=0, mode=0o644, thread_local=False)
    if not folder.is_dir():  # the library would make it
        raise FileNotFoundError(str(folder))
    try:
        lock.acquire()
    except FileExistsError as error:  # the folder went while the library saw to it
        raise FileNotFoundError(str(folder)) from error
    except filelock.Timeout as error:
        with contextlib.suppress(OSError, ValueError):
            raise HeldError(str(int(path.read_text(encoding="ascii")))) from error
        raise HeldError("unknown") from error
    if isinstance(lock, filelock.SoftFileLock):  # what the library takes instead outlives whoever holds it
        lock.release()
        raise StorageError("the file system has no locks (flock)", where=str(folder.parent))
    path.write_text(f"{os.getpid()}\n", encoding="ascii")
    return lock


def remove(folder: Path) -> None:
    """Remove a folder, the lock last: whatever ends this halfway, what is left has one that nobody holds.

    Raises
    ------
    OSError
        If something in it cannot be removed.
    """
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)
    if left := [path for path in folder.iterdir() if path.name != LOCK]:
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(left[0]))
    (folder / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # a sweep that comes now takes an empty one for itself, and removes it
        folder.rmdir()


def is_our_folder(folder: Path) -> bool:
    """Say whether this is a folder of this user, and no link to one, whose lock is a file or not there yet."""
    with contextlib.suppress(OSError):
        ours = folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
        names = {path.name for path in folder.iterdir()}  # at one moment: others make and remove the lock
        lock = folder / LOCK
        return ours and not lock.is_symlink() and (not names or (LOCK in names and not lock.is_dir()))
    return False

"""The cache folder: compiled programs by content, complete or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import filelock
import platformdirs
from pplcompare.models.errors import StorageError

_MANIFEST: Final = "manifest.json"
_LEAST_ROOM: Final = 2**20


def cache_folder() -> Path:
    """Return our cache folder: ``PPLCOMPARE_CACHE``, else the platform's; private (0700) and ours.

    Raises
    ------
    StorageError
        If it cannot be made, belongs to another user, others may write into it, or there is no room in it.
    """
    chosen = os.environ.get("PPLCOMPARE_CACHE")
    folder = Path(chosen) if chosen else platformdirs.user_cache_path("pplcompare")
    mend = "set PPLCOMPARE_CACHE to a folder that is yours and can be written"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
    except OSError as error:
        raise StorageError(f"no cache folder: {error.strerror}", where=str(folder), mend=mend) from error
    if status.st_uid != os.getuid():
        raise StorageError("the cache folder belongs to another user", where=str(folder), mend=mend)
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StorageError("others may write into the cache folder", where=str(folder), mend=f"chmod 700 {folder}")
    try:
        # Libraries that find no room for what they compile do it again and again, or say so late and without a path.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_LEAST_ROOM))
            probe.flush()
    except OSError as error:
        raise StorageError(
            f"the cache folder cannot be used: {error.strerror}", where=str(folder), mend=mend
        ) from error
    return folder.resolve()


def content_key(*parts: str) -> str:
    """Return a file name that depends on every byte of `parts` and on nothing else."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def cached(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the cached folder ``kind/key``, made by ``build(private folder)`` where it is missing.

    Two processes that want the same entry build it once (a lock); it appears by a rename, with a manifest of
    hashes. An entry whose files no longer have their hashes is set aside and built again.

    Raises
    ------
    StorageError
        If the cache cannot be written.
    """
    home = cache_folder() / kind
    entry = home / key
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        with filelock.FileLock(home / f"{key}.lock"):
            if _intact(entry):
                return entry
            for left in home.glob(f"{key}.building-*"):  # by a process that was killed: the lock is ours
                shutil.rmtree(left, ignore_errors=True)
            if entry.exists():
                entry.rename(Path(tempfile.mkdtemp(prefix=f"{key}.set-aside-", dir=home)) / key)
            private = Path(tempfile.mkdtemp(prefix=f"{key}.building-", dir=home))
            try:
                build(private)
                (private / _MANIFEST).write_text(json.dumps(_hashes(private)))
                private.rename(entry)
            finally:
                shutil.rmtree(private, ignore_errors=True)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"the cache cannot be written: {error.strerror or error}",
            where=str(error.filename or home),
            mend="free space there, or set PPLCOMPARE_CACHE to another folder",
        ) from error
    return entry


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != _MANIFEST
    }


def _intact(entry: Path) -> bool:
    try:
        return bool(json.loads((entry / _MANIFEST).read_text()) == _hashes(entry))
    except (OSError, ValueError):
        return False

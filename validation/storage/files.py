"""The one place where files of a results folder are written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

NEW: Final = ".new"
"""What a file is called until it is whole."""


def place(path: Path, content: bytes, new: str = NEW) -> None:
    """Write a file that is on the disk, whole, when it has its name; an earlier one stays until then.

    Parameters
    ----------
    new
        What its name ends with until it is whole: something of one's own where others may write the same file.

    Raises
    ------
    OSError
        If it cannot be written; nothing new is there then.
    """
    unfinished = path.with_name(path.name + new)
    try:
        with open(unfinished, "wb", opener=_readable_by_all) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    settle(path.parent)


def own_end() -> str:
    """Return what a file is called until it is whole where several processes may write files of its name."""
    return f".{secrets.token_hex(8)}{NEW}"


def settle(folder: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _readable_by_all(path: str, flags: int) -> int:
    return os.open(path, flags, 0o644)

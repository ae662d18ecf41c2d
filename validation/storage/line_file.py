"""A file of JSON lines that only grows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pplcompare.models.errors import StorageError


def append_line(path: Path, line: Mapping[str, object], where: str) -> None:
    """Append a line; it is on the disk, in one piece, when this returns.

    Parameters
    ----------
    where
        The option that names the file, for errors.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, (json.dumps(line, allow_nan=False) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror or error}", where=where, seen=str(path)) from error

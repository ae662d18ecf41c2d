"""A file of JSON lines of one kind, which only grows."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pplcompare.models.errors import DataError, StorageError

_WHERE: Final = "--history"


@dataclass(frozen=True, slots=True)
class LineKind:
    """What each line says of itself.

    Attributes
    ----------
    kind, version
        Its items of these names.
    what
        What it is, for errors.
    command
        The command that writes it; the option with the file is ``--history``.
    """

    kind: str
    version: int
    what: str
    command: str

    @property
    def mend(self) -> str:
        """What to do about a line of another kind."""
        return f"name a file that `{self.command} --history` wrote, or remove the line"

    def lines(self, path: Path) -> Iterator[tuple[str, dict[str, object]]]:
        """Yield the place of each line, for errors, and what it holds; nothing if there is no file.

        Raises
        ------
        DataError
            If the file cannot be read, or a line is of another kind.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", where=_WHERE, seen=str(path)) from error
        for number, line in enumerate(lines, 1):
            where = f"{_WHERE} {path}, line {number}"
            try:
                found = json.loads(line)
            except ValueError as error:
                raise DataError("no JSON", where=where, seen=line, mend=self.mend) from error
            if not isinstance(found, dict) or (found.get("kind"), found.get("version")) != (self.kind, self.version):
                raise DataError(f"no {self.what} of this version", where=where, seen=line, mend=self.mend)
            yield where, found


def append_line(path: Path, line: Mapping[str, object]) -> None:
    """Append a line; it is on the disk, in one piece, when this returns.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            content, before = (json.dumps(line, allow_nan=False) + "\n").encode(), os.fstat(descriptor).st_size
            if os.write(descriptor, content) < len(content):  # there is room for a part of it
                os.ftruncate(descriptor, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror or error}", where=_WHERE, seen=str(path)) from error

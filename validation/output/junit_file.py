"""A JUnit file of a command: its place, texts that XML can hold, and what is said of a whole suite."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from pplcompare.models.errors import StorageError
from pplcompare.validation.output.store import writable

# What XML 1.0 cannot hold, however it is escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitFile:
    """The place of a JUnit file; found before anything is sampled, so that a bad one costs nothing.

    Parameters
    ----------
    name
        As it was asked for.

    Raises
    ------
    StorageError
        If nothing can be written there, or what is there is no file that may be replaced.
    """

    def __init__(self, name: str) -> None:
        self._path = _replaceable(name)

    def write(self, content: bytes) -> None:
        """Replace the file.

        Raises
        ------
        StorageError
            If it cannot be written; an earlier one is then still what it was.
        """
        path = self._path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".pplcompare-", dir=path.parent) as folder:
                # Made in the ordinary way, it has the ordinary rights.
                private = Path(folder, path.name)
                private.write_bytes(content)
                private.replace(path)
        except OSError as error:
            what = f"cannot be written: {error.strerror or error}"
            raise StorageError(what, where=str(path), mend="choose another place with --junit") from error


def xml_text(text: str) -> str:
    """Return a text with what XML cannot hold replaced."""
    return _FORBIDDEN.sub("\ufffd", text)


def add_properties(suite: ET.Element, told: Mapping[str, object]) -> None:
    """Add what is true of all cases of a suite, without what is unknown; schemas want it before the cases."""
    properties = ET.SubElement(suite, "properties")
    for name, value in told.items():
        if value is not None:
            ET.SubElement(properties, "property", name=xml_text(name), value=xml_text(str(value)))


def versions_of(fits: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Return a property for each backend, from its name and the versions of its libraries."""
    return {
        f"versions.{backend}": ", ".join(f"{library} {number}" for library, number in versions.items())
        for backend, versions in fits
        if versions
    }


def class_name(*parts: str) -> str:
    """Return the class of a case; a dot in a part would begin the next one, so that my.csv is my_csv."""
    return xml_text(".".join(["pplcompare", *(part.replace(".", "_") for part in parts)]))


def _replaceable(junit: str) -> Path:
    """Return the place of a file that is not there or may be replaced: no folder, device or pipe."""
    path = Path(os.path.realpath(writable(Path(junit), "--junit")))
    if path.exists() and not path.is_file():
        what = "a folder, not a file" if path.is_dir() else "not a file"
        raise StorageError(what, where="--junit", seen=junit, mend="name a file, which is replaced")
    return path

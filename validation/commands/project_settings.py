"""What a project says of its checks once: the table ``[tool.pplcompare]`` of its pyproject.toml.

It stands in for options that are not given; the nearest such table is taken, of this folder or of one above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

_FILE: Final = "pyproject.toml"

# Setting, called as the option is in click -> (its type, of texts a list of them; commands that take it).
_SETTINGS: Final[Mapping[str, tuple[type | tuple[type, ...], tuple[str, ...]]]] = {
    "data": (str, ("check", "bench")),
    "models": (str, ("run", "check", "bench")),
    "require": (str, ("run", "check", "bench")),
    "level": ((int, float), ("check",)),
    "seed": (int, ("run", "check", "bench")),
}
# Settings that may be paths.
_PATHS: Final = ("data", "models")


def default_options(command: str) -> dict[str, Any]:
    """Return the options of a command as the project has set them; they are told on standard error.

    Raises
    ------
    UsageError
        If the table cannot be read, has an unknown key, or a value of another type.
    """
    if not any(command in commands for _, commands in _SETTINGS.values()):
        return {}
    found = _nearest()
    if found is None:
        return {}
    file, table = found
    given = {name: _checked(file, name, value) for name, value in table.items()}
    taken = {name: value for name, value in given.items() if command in _SETTINGS[name][1]}
    if taken:
        click.echo(f"settings of {os.path.relpath(file)}: {', '.join(taken)}", err=True)
    return {
        name: [_of_folder(file.parent, each) for each in value] if name in _PATHS else value
        for name, value in taken.items()
    }


def _nearest() -> tuple[Path, Mapping[str, Any]] | None:
    """Return the nearest file with a table of ours, and the table."""
    import tomllib

    from pplcompare.models.errors import UsageError

    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / _FILE
        try:
            if not file.is_file():
                continue
            table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("pplcompare")
        except PermissionError:
            continue
        except (OSError, ValueError) as error:
            mend = "mend it, or call from another folder"
            raise UsageError(f"cannot be read: {error}", where=str(file), mend=mend) from error
        if table is not None:
            if not isinstance(table, dict):
                raise UsageError("must be a table", where=f"{file}, tool.pplcompare", seen=table)
            return file, table
    return None


def _checked(file: Path, name: str, value: object) -> Any:
    from pplcompare.models.errors import UsageError, did_you_mean

    where = f"{file}, tool.pplcompare"
    if name not in _SETTINGS:
        raise UsageError("no such setting", where=where, seen=name, mend=did_you_mean(name, list(_SETTINGS)))
    kind, _ = _SETTINGS[name]
    is_list = kind is str
    values = value if is_list and isinstance(value, list) else [value]
    right = all(isinstance(each, kind) and not isinstance(each, bool) for each in values)
    if is_list and not (isinstance(value, list) and right):
        problem, mend = "a list of texts is needed", f'write {name} = ["…", "…"]'
        raise UsageError(problem, where=f"{where}, {name}", seen=value, mend=mend)
    if not right:
        problem = "a whole number is needed" if kind is int else "a number is needed"
        raise UsageError(problem, where=f"{where}, {name}", seen=value)
    return value


def _of_folder(folder: Path, name: str) -> str:
    """Return a path that is meant from the project's folder, as it is from here; any other name stays."""
    path = folder / name
    return os.path.relpath(path) if path.is_file() else name

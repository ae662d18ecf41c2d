"""Names of a specification as names in a Python program."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable


def python_names(names: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """Return name -> Python identifier: the name itself, with a trailing underscore where that means something else.

    Parameters
    ----------
    taken
        What the program calls its libraries and functions.
    """
    names = list(names)
    used = {*names, *taken}
    found: dict[str, str] = {}
    for name in names:
        free = name
        if keyword.iskeyword(name) or name in taken:
            free = f"{name}_"
            while free in used:
                free += "_"
            used.add(free)
        found[name] = free
    return found

"""Which backends are to be compared, and which must be there."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pplcompare.models.errors import unknown_backend


def selected_backends(
    names: Sequence[str], backends: Sequence[str], require: Sequence[str]
) -> tuple[list[str], set[str]]:
    """Return the chosen backends, in the order of `names`, and those that somebody asked for by name.

    Parameters
    ----------
    names
        All that are registered.
    backends, require
        `backends` restricts the run to these, and `require` adds more, as does ``PPLCOMPARE_REQUIRE``. A run without
        one of them ends with exit code 3.
    """
    variable = "PPLCOMPARE_REQUIRE"
    asked = {"--backends": backends, "--require": require, variable: os.environ.get(variable, "").split(",")}
    required: set[str] = set()
    for where, found in asked.items():
        for name in filter(None, map(str.strip, found)):
            if name not in names:
                raise unknown_backend(name, where, names)
            required.add(name)
    return [name for name in names if not backends or name in required], required

"""What stands in brackets behind an exact posterior: a hyper-parameter, or the latent of a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, SupportsIndex

import numpy as np
from pplcompare.models.errors import UsageError, did_you_mean

type Subscript = str | tuple[str, str | SupportsIndex]
"""``"alpha"``, ``("rate", "B")`` with the name of a group, or ``("rate", 1)`` with its position."""


_NEW: Final = "None, without quotes, is a new group"


def quantity_at(
    key: Subscript, scalars: Sequence[str], plate_variable: str, groups: Sequence[str]
) -> tuple[str, int | None]:
    """Return the name of a variable, and the position of the group if it has one.

    Raises
    ------
    UsageError
        If there is no such variable, or no such group.
    """
    known = *scalars, plate_variable
    parts: tuple[str | SupportsIndex, ...] = key if isinstance(key, tuple) else (key,)
    name = str(parts[0]) if parts else ""
    if name not in known:
        raise UsageError("no such variable", where="exact", seen=key, mend=did_you_mean(name, known))
    plated = name == plate_variable
    if len(parts) != 1 + plated:
        mend = f"give a group, its name or its position: [{name!r}, {groups[0]!r}]" if plated else "it has no groups"
        raise UsageError(f"{name} cannot be asked for so", where="exact", seen=key, mend=mend)
    return name, group_at(parts[1], name, groups) if plated else None


def group_at(group: str | SupportsIndex, name: str, groups: Sequence[str], *, new: bool = False) -> int:
    """Return the number of a group that is called so, or that has this position.

    Parameters
    ----------
    new
        Whether None may be said in its place, for a group never seen.

    Raises
    ------
    UsageError
        If there is no such group.
    """
    other = f"; {_NEW}" if new else ""
    if isinstance(group, str):
        if group not in groups:
            raise UsageError("no such group", where=name, seen=group, mend=did_you_mean(group, groups) + other)
        return groups.index(group)
    if isinstance(group, bool | np.bool) or not isinstance(group, int | np.integer) or not 0 <= group < len(groups):
        mend = f"positions are 0 to {len(groups) - 1}; a text is a name{other}"
        raise UsageError("no such group", where=name, seen=group, mend=mend)
    return int(group)

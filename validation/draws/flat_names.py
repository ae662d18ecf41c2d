"""Flat names of the elements of a variable, as files of one column each have: ``rate[1]``, ``rate[A]``, ``rate.1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import DataError

_DIGITS: Final = re.compile(r"[0-9]+")


def belongs(key: str, variables: Iterable[str]) -> bool:
    """Return whether a name in a file is that of one of these variables, or of an element of it."""
    return any(key == name or _label(key, name) is not None for name in variables)


class Elements(NamedTuple):
    """The elements of one variable, each a column of its own.

    Attributes
    ----------
    columns
        An array (chain, draw) for each.
    labels
        Whole numbers or texts, (element,).
    are_positions
        Whether the labels are positions, counted from 0 or 1, and not names of groups.
    """

    columns: list[Any]
    labels: NDArray[Any]
    are_positions: bool


def gathered(given: Mapping[Any, Any], name: str, groups: Sequence[str], where: str) -> Elements | None:
    """Return the elements of a variable that a mapping has under flat names; None if there is none.

    Parameters
    ----------
    given
        Name -> array (chain, draw); any other names are passed by.
    name
        The name of the variable.
    groups
        The names of the groups, in the order of the data.

    Raises
    ------
    DataError
        If labels may be positions or names of groups, and the two would be two orders.
    """
    found = {label: value for key, value in given.items() if (label := _label(str(key), name)) is not None}
    if not found:
        return None
    texts, columns = [text for text, _ in found], list(found.values())
    named, numbered = sorted(texts) == sorted(groups), all(map(_DIGITS.fullmatch, texts))
    dotted = any(dotted for _, dotted in found)
    if named and numbered and not dotted and sorted(texts, key=int) != list(groups):
        raise DataError(
            "its groups are called by whole numbers, which may be positions or names",
            where=where,
            seen=f"{name}[{texts[0]}]",
            mend="write one array (chain, draw, group), in the order of the data or with the names as coordinates",
        )
    if numbered and (dotted or not named):
        return Elements(columns, np.array([int(text) for text in texts]), True)
    return Elements(columns, np.array(texts), False)


def _label(key: str, name: str) -> tuple[str, bool] | None:
    """Return the label of an element and whether a dot precedes it, None if the key is none of the variable's."""
    if not key.startswith(name):
        return None
    rest = key[len(name) :]
    if rest.startswith("[") and rest.endswith("]"):
        return rest[1:-1], False
    if rest.startswith(".") and _DIGITS.fullmatch(rest[1:]):
        return rest[1:], True
    return None

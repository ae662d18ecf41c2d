"""The labels of a dimension of groups: names, or positions where nobody has named anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import DataError

# ArviZ and xarray call so the dimensions that nobody has named, and ArviZ numbers their elements.
_UNNAMED: Final = re.compile(r"(?:.*_)?dim_\d+", re.DOTALL)


def order_of_groups(
    dim: str, labels: NDArray[Any] | None, plate: str, groups: Sequence[str], where: str
) -> tuple[list[int] | None, str]:
    """Return where each group of the data stands along a dimension, and a note on what was done or taken for granted.

    Parameters
    ----------
    dim, labels
        The name of the dimension and its coordinate ``(group,)``, None where it has none.
    plate, groups
        The name of the model's plate and the names of the groups, in the order of the data.

    Returns
    -------
    order
        Positions ``(group,)``, None if they are those of the data.
    note
        Empty if the labels are names in the order of the data.

    Raises
    ------
    DataError
        If the labels are neither the names of all groups nor all positions.
    """
    order = f"the order of the data ({shown(groups)})"
    in_order = f"groups in {order}"
    if labels is None:
        return None, in_order
    positions = _positions(labels)
    if positions is not None and _UNNAMED.fullmatch(dim):
        if positions == list(range(len(groups))):
            return None, in_order
        return [positions.index(i) for i in range(len(groups))], f"groups put into {order}, from positions"
    names = _names(labels, groups)
    if sorted(names) == sorted(groups):
        if names == list(groups):
            return None, ""
        return [names.index(group) for group in groups], f"groups put into {order}, from ({shown(names)})"
    if dim != plate and positions == list(range(len(groups))):
        return None, in_order
    wrong = [name for name in names if name not in groups] or [name for name in groups if name not in names]
    raise DataError(
        "its groups are not those of the data",
        where=f"{where}, coordinate {dim}",
        seen=shown(wrong or names),
        mend=f"the data have {shown(groups)}",
    )


def shown(names: Sequence[object]) -> str:
    """Return names for a message: all of a few, else the first and the last."""
    texts = [str(name) for name in names]
    return ", ".join(texts if len(texts) <= 5 else [*texts[:3], "…", texts[-1]])


def _positions(labels: NDArray[Any]) -> list[int] | None:
    """Return whole numbers that are all positions, counted from 0 or from 1, as counted from 0; else None."""
    if labels.dtype.kind not in "iuf":
        return None
    for first in (0, 1):
        if np.array_equal(np.sort(labels), np.arange(len(labels)) + first):
            return [int(label) - first for label in labels]
    return None


def _names(labels: NDArray[Any], groups: Sequence[str]) -> list[str]:
    """Return labels as people write them; a whole number that was stored as a float is what the data have."""
    if labels.dtype.kind == "M":
        dates = labels.astype("datetime64[D]")
        return [str(label) for label in (dates if np.array_equal(dates, labels) else labels.astype("datetime64[s]"))]
    if labels.dtype.kind == "m":
        return [str(label) for label in labels]
    names = [_text(label) for label in labels.tolist()]
    if labels.dtype.kind == "f" and sorted(names) != sorted(groups):
        names = [name.removesuffix(".0") for name in names]
    return names


def _text(label: object) -> str:
    return label.decode(errors="replace") if isinstance(label, bytes) else str(label)

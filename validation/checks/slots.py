"""Panels in which each backend has a slot beside the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Mark

BEYOND: Final = "beyond the limit"
LIMIT: Final = "limit of the check"
HEIGHT: Final = 80.0
_ROOM: Final = 1.12


def slotted(title: str, marks: Sequence[Mark], names: tuple[str, ...], unit: str) -> Panel:
    """Return a panel with a slot for each backend, whose axis is symmetric around zero."""
    values = [abs(y) for mark in marks for row in mark.rows() for y in row[3:] if y is not None]
    most = _ROOM * max((value for value in values if math.isfinite(value)), default=1.0) or 1.0
    return Panel(title, tuple(marks), (-0.55, len(names) - 0.45), (-most, most), y_label=unit, columns=names)

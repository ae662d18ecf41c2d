"""Numbers as people type them: ``0.3,0.7``."""

from __future__ import annotations

import math
from typing import Final

from pplcompare.models.errors import UsageError

_LONGEST: Final = 10_000
_MOST_DIGITS: Final = 16


def numbers(text: str, where: str) -> list[float]:
    """Return the numbers of a text, separated by commas.

    Raises
    ------
    UsageError
        If one of them is no finite number.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"longer than {_LONGEST:,} characters", where=where, seen=text)
    found = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError("a number is needed", where=where, seen=part, mend="write for example 0.3,0.7")
        found.append(value)
    return found


def whole_numbers(text: str, where: str) -> list[int]:
    """Return the whole numbers of a text, separated by commas.

    Raises
    ------
    UsageError
        If one of them is no whole number of at least 0, or has too many digits.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"longer than {_LONGEST:,} characters", where=where, seen=text)
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdecimal()) or len(part) > _MOST_DIGITS:
            raise UsageError("a whole number is needed", where=where, seen=part, mend="write for example 200,10")
    return [int(part) for part in parts]

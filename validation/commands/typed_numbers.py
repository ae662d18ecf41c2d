"""Numbers as people type them: ``0.3,0.7``."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

from pplcompare.models.errors import UsageError

_LONGEST: Final = 10_000
_MOST_DIGITS: Final = 16
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)


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
        value = _value(part)
        if not math.isfinite(value):
            raise UsageError("a number is needed", where=where, seen=part, mend="write for example 0.3,0.7 or 30%,70%")
        found.append(value)
    return found


def one_number(text: str, where: str) -> float:
    """Return the number of a text, which may be in per cent, such as ``10%``.

    Raises
    ------
    UsageError
        If it is no finite number.
    """
    value = _value(text) if len(text) <= _LONGEST else math.nan
    if not math.isfinite(value):
        raise UsageError("a number is needed", where=where, seen=text, mend="write for example 0.1 or 10%")
    return value


def interval_typed(text: str, where: str) -> float:
    """Return the probability of an interval: ``95%``, ``0.95``, or ``95``, because no probability is above 1.

    Raises
    ------
    UsageError
        If it is no number, or no such probability.
    """
    value = one_number(text, where)
    if value > 1.0 and "%" not in text:
        value = one_number(f"{text.strip()}%", where)
    if not 0.0 < value < 1.0:
        mend = "write for example 95%, 95 or 0.95"
        raise UsageError("must lie between 0 % and 100 %", where=where, seen=text, mend=mend)
    return value


def _value(text: str) -> float:
    """Return a number, divided by a hundred if a sign of per cent follows it; NaN if it is none."""
    digits = text.strip()
    per_cent = digits.endswith("%")
    try:
        # As decimals: 0.07 is what 7% means, and not a neighbour of it.
        value = Decimal(digits.removesuffix("%").strip())
        return float(value.scaleb(-2) if per_cent else value)
    except (ArithmeticError, ValueError):
        return math.nan


def whole_number_typed(text: str, where: str) -> int:
    """Return the whole number of a text, which may have commas between its thousands.

    Raises
    ------
    UsageError
        If it is no whole number of at least 0, or has too many digits.
    """
    digits = text.strip()
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not _is_count(digits):
        raise UsageError("a whole number of at least 0 is needed", where=where, seen=text, mend="write for example 200")
    return int(digits)


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
        if not _is_count(part):
            raise UsageError("a whole number is needed", where=where, seen=part, mend="write for example 200,10")
    return [int(part) for part in parts]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS

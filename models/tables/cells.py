"""What a cell of a table means: a count, a rate, the outcome of a trial."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from math import ceil, floor
from typing import Final

# pandas writes whole numbers as floats with one nought. More noughts could be a thousand's dot.
_WHOLE: Final = re.compile(r"\d{1,16}(?:[.,]0)?", re.ASCII)
_WITH_MARKS: Final = re.compile(r"\d{1,3}(?P<mark>[.,' \u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*", re.ASCII)
_NOUGHTS: Final = re.compile(r"(\d{1,16})\.0+", re.ASCII)
_NEGATIVE: Final = re.compile(r"-\d+(?:\.0)?", re.ASCII)
# How spreadsheets and data frames write that nothing is known.
_UNKNOWN: Final = frozenset(("", "na", "n/a", "nan", "none", "null", "-", "?", "#n/a"))
_RATE: Final = re.compile(r"(\d{0,3})(?:[.,](\d{0,30}))?(?:e-(\d{1,2}))?\s?(%?)", re.ASCII)
_DIGITS_OF_A_FLOAT: Final = 15

_SUCCESSES: Final = ("1", "1.0", "true", "yes", "t", "y", "success")
_FAILURES: Final = ("0", "0.0", "false", "no", "f", "n", "failure")
_OUTCOMES: Final = {**dict.fromkeys(_SUCCESSES, 1), **dict.fromkeys(_FAILURES, 0)}


def whole_number(cell: str) -> int | None:
    """Return the count that a cell says, if it says one in one way only."""
    cell = cell.strip()
    return int(cell.removesuffix(".0").removesuffix(",0")) if _WHOLE.fullmatch(cell) else None


def not_whole(cell: str) -> tuple[str, str]:
    """Return what is wrong with a cell that is no count, and what mends it."""
    cell = cell.strip()
    what, mend = "a whole number is needed", ""
    if cell.casefold() in _UNKNOWN:
        mend = "fill it in, or leave out this row"
    if _NEGATIVE.fullmatch(cell):
        what = "a whole number of at least 0 is needed"
    if _WITH_MARKS.fullmatch(cell):
        mend = f"without marks between its digits it is {re.sub(r'[^0-9]', '', cell)}"
    if fraction := _NOUGHTS.fullmatch(cell):
        mend = f"write {fraction[1]}"
        if _WITH_MARKS.fullmatch(cell):
            what, mend = f"ambiguous, {fraction[1]} or {fraction[1]}000", "write it without the dot"
    return what, mend


def outcome(cell: str) -> int | None:
    """Return 1 for a success, 0 for a failure, None for anything else."""
    return _OUTCOMES.get(cell.strip().casefold())


def all_outcomes(cells: Sequence[str]) -> bool:
    """Say whether there are cells and each is a success or a failure."""
    return bool(cells) and all(outcome(cell) is not None for cell in cells)


def are_percentages(cells: Sequence[str]) -> bool:
    """Say whether there are numbers of per cent in a column, and nothing else."""
    filled = [cell for cell in cells if cell.casefold() not in _UNKNOWN]
    return bool(filled) and all(cell.endswith("%") and rate(cell) is not None for cell in filled)


def decimals(cell: str) -> int:
    """Return how many decimal places a rate is written with."""
    found = _RATE.fullmatch(cell.strip())
    if found is None:
        return 0
    return len(found[2] or "") + int(found[3] or 0) + 2 * len(found[4])


def rate(cell: str) -> Decimal | None:
    """Return the rate, between 0 and 1, that a cell says: ``0.095``, ``0,095``, ``9.5%``."""
    cell = cell.strip()
    found = _RATE.fullmatch(cell)
    if found is None or not (found[1] or found[2]):
        return None
    value = Decimal(f"{found[1] or '0'}.{found[2] or '0'}").scaleb(-int(found[3] or 0) - 2 * len(found[4]))
    return value if value <= 1 else None


def successes_of(value: Decimal, places: int, trials: int) -> range:
    """Return all numbers of successes whose rate is written as the given one with so many decimal places."""
    half = Decimal(10) ** -min(places, _DIGITS_OF_A_FLOAT) / 2
    return range(max(ceil((value - half) * trials), 0), min(floor((value + half) * trials), trials) + 1)

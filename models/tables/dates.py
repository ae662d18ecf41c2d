"""Columns of dates, which tell rows apart and seldom name groups."""

from __future__ import annotations

import re
from typing import Final

from pplcompare.models.tables.roles import column_word
from pplcompare.models.tables.table import Table

_NAMES: Final = frozenset(
    (
        *("date", "dates", "datetime", "timestamp", "time", "hour", "day", "days", "weekday", "day of week"),
        *("week", "weeks", "calendar week", "month", "months", "quarter", "year"),
    )
)
_TIME: Final = r"(?:[T ]\d{1,2}:\d\d\S*)?"
_VALUES: Final = re.compile(
    rf"\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}{_TIME}"  # 2024-01-31
    r"|\d{4}[-/]\d{1,2}|\d{4}-?W\d{1,2}"  # 2024-01, 2024-W05
    rf"|\d{{1,2}}([./-])\d{{1,2}}\2\d{{4}}{_TIME}"  # 31.01.2024, 1/31/2024
    r"|\d\d?/\d\d?/\d\d|\d\d\.\d\d\.\d\d",  # 1/31/24, 31.01.24; 1.3.24 may be a version
    re.ASCII,
)


def are_dates(table: Table, place: int) -> bool:
    """Say whether a column holds days, weeks or months, by its name or by what is in it."""
    word = column_word(table.header[place])
    cells = [cell for cell in table.column(place) if cell]
    return word in _NAMES or word.endswith(" date") or (bool(cells) and all(map(_VALUES.fullmatch, cells)))

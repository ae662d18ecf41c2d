"""Why a table is not one row of counts for each group, told by its cause with what mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

COLUMNS: Final = {"group": "group", "n": "n", "k": "k"}
"""The columns of a CSV file: names of groups, trials, successes."""

_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
_OUTCOMES: Final = frozenset({"0", "1", "0.0", "1.0", "true", "false", "yes", "no", "t", "f", "y", "n"})
_SUCCESS: Final = frozenset(
    {"k", "success", "successes", "succeeded", "conversions", "converted", "hits", "wins", "yes"}
)
_FAILURE: Final = frozenset({"failure", "failures", "failed", "misses", "losses", "no"})
_MOST_COLUMNS: Final = 50


@dataclass(frozen=True, slots=True)
class Table:
    """The header of a file and its first rows, which may be shorter or longer."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def column(self, place: int) -> list[str]:
        """Return the cells of a column, as far as there are any."""
        return [row[place].strip() for row in self.rows if place < len(row)]


type _Cause = Callable[[Table, Mapping[str, str]], str]


def missing_column(table: Table, columns: Mapping[str, str]) -> str:
    """Return what mends a file whose header does not have the columns, by the first cause that applies."""
    return _first(_OF_A_MISSING_COLUMN, table, columns) or "--columns group=,n=,k= names others"


def repeated_group(table: Table, columns: Mapping[str, str]) -> str:
    """Return what mends a file that has one name of a group in several rows."""
    return _first(_OF_A_REPEATED_GROUP, table, columns) or "make them different"


def _first(causes: tuple[_Cause, ...], table: Table, columns: Mapping[str, str]) -> str:
    return next(filter(None, (cause(table, columns) for cause in causes)), "")


def _json(table: Table, columns: Mapping[str, str]) -> str:
    return "it is JSON: save it as CSV" if table.header[0].startswith(("{", "[")) else ""


def _separator(table: Table, columns: Mapping[str, str]) -> str:
    line = ",".join(table.header)
    found = max(_SEPARATORS, key=line.count)
    if line.count(found) <= line.count(","):
        return ""
    return f"its columns are separated by {_SEPARATORS[found]}: save it with commas between them"


def _no_header(table: Table, columns: Mapping[str, str]) -> str:
    if not any(re.fullmatch(r"\d+(?:\.0)?", name) for name in table.header):
        return ""
    return f"numbers are no names of columns: put a line before it, for example {','.join(columns.values())}"


def _failures(table: Table, columns: Mapping[str, str]) -> str:
    names = {name.casefold(): name for name in table.header}
    successes, failures = (next((names[word] for word in names if word in words), "") for words in (_SUCCESS, _FAILURE))
    if not (successes and failures) or columns["n"] in table.header:
        return ""
    words = _words(table)
    group = f"group={table.header[words[0]]}," if len(words) == 1 else ""
    added = f"trials are the sum of {successes!r} and {failures!r}: add it as a column n"
    return f"{added}, then --columns {group}n=n,k={successes}"


def _row_each_trial(table: Table, columns: Mapping[str, str]) -> str:
    """Find a column of outcomes beside one whose names recur, and none of trials."""
    if columns["n"] in table.header:
        return ""
    outcomes = [place for place in _places(table) if _is_outcome(table.column(place))]
    named = [place for place in _places(table) if table.header[place] == columns["group"]]
    groups = [p for p in named or _words(table) if p not in outcomes and _recurs(table.column(p))]
    if not outcomes or not groups:
        return ""
    outcome, group = table.header[outcomes[-1]], table.header[groups[0]]
    return (
        f"it seems to have one row for each trial: write one row for each {group!r}, "
        f"n the number of its rows and k of those with a success in {outcome!r}"
    )


def _trials_of_one(table: Table, columns: Mapping[str, str]) -> str:
    n = table.column(table.header.index(columns["n"]))
    if not all(cell in ("1", "1.0") for cell in n):
        return ""
    return f"it has one row for each trial: write one row for each {columns['group']!r}, n and k summed"


def _two_keys(table: Table, columns: Mapping[str, str]) -> str:
    """Find two columns that tell the rows apart only together, one of them that of the groups if it is there."""
    counts = (columns["n"], columns["k"])
    if not all(name in table.header for name in counts):
        return ""
    keys = [p for p in _places(table) if table.header[p] not in counts and _recurs(table.column(p))]
    first = [p for p in keys if table.header[p] == columns["group"]] or _words(table)
    for one, other in combinations(keys, 2):
        pairs = list(zip(table.column(one), table.column(other), strict=False))
        if not _recurs(pairs) and {one, other} & set(first):
            names = f"{table.header[one]!r} and {table.header[other]!r}"
            return f"{names} name a row together: write both in one column, or sum the rows over one of them"
    return ""


def _places(table: Table) -> range:
    return range(min(len(table.header), _MOST_COLUMNS))


def _words(table: Table) -> list[int]:
    """Return the places of the columns in which something is no number."""
    return [
        place
        for place in _places(table)
        if any(cell and not re.fullmatch(r"[-+]?\d*[.,]?\d*(?:[eE][-+]?\d+)?", cell) for cell in table.column(place))
    ]


def _is_outcome(cells: list[str]) -> bool:
    return len(cells) > 1 and {cell.casefold() for cell in cells} <= _OUTCOMES


def _recurs(cells: Sequence[object]) -> bool:
    return len(set(cells)) < len(cells)


_OF_A_MISSING_COLUMN: Final[tuple[_Cause, ...]] = (_json, _separator, _no_header, _failures, _row_each_trial, _two_keys)
_OF_A_REPEATED_GROUP: Final[tuple[_Cause, ...]] = (_trials_of_one, _two_keys)

"""Marks between the digits of counts, as spreadsheets write them: 1.204 trials are 1204."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from pplcompare.models.errors import DataWarning
from pplcompare.models.tables.cells import decimals, rate, successes_of, whole_number
from pplcompare.models.tables.roles import ends_in_rate, is_rate_of, named
from pplcompare.models.tables.table import Table, WholeColumns

# Without a nought in front, which only a fraction has.
_MARKED: Final = re.compile(r"[1-9]\d{0,2}(?P<mark>[.,' \u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*", re.ASCII)
_CALLED: Final = {".": "dot", ",": "comma", "'": "apostrophe"}
_COUNTS: Final = ("n", "k", "failures")


class Unmarked(NamedTuple):
    """Columns whose counts have no marks, and what was said of those that had."""

    cells: WholeColumns
    notes: tuple[str, ...] = ()
    doubts: tuple[DataWarning, ...] = ()


def rate_place(table: Table, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """Return the place of the column that has the rates of counts that other columns say, if there is one."""
    if not {"n", "k"} <= numbers.keys():
        return ()
    successes = table.header[numbers["k"]]
    called = (
        [at for at, name in enumerate(table.header) if is_rate_of(name, successes)]
        or named(table.header, "rate")
        or [at for at, name in enumerate(table.header) if ends_in_rate(name)]
    )
    places = [place for place in called if place not in numbers.values()]
    return tuple(places) if len(places) == 1 else ()


def unmarked(table: Table, cells: WholeColumns, numbers: Mapping[str, int]) -> Unmarked:
    """Return the columns without the marks that can be nothing but marks of thousands.

    A mark is one where every count of its column has it and one of them would be no whole number without, or where the
    rates of the table are those of the counts only so.
    """
    marked = {place: found for role, place in numbers.items() if role in _COUNTS and (found := _marks(cells, place))}
    if not marked:
        return Unmarked(cells)
    columns = {place: _without(cells.columns[place]) for place in marked}
    without = replace(cells, columns={**cells.columns, **columns})
    words = {place: _words(table, cells, place) for place in marked}
    rates = rate_place(table, numbers)
    if rates and _agree(without, numbers, rates[0]) and not _agree(cells, numbers, rates[0]):
        which = f"as the rates in {table.header[rates[0]]!r} say"
        return Unmarked(without, tuple(f"{table.name}: {words[place]}, {which}" for place in marked))
    sure = {place: columns[place] for place, texts in marked.items() if _only_marks(cells.columns[place], texts)}
    kept = replace(cells, columns={**cells.columns, **sure})
    doubts = (DataWarning(words[place], where=table.name, mend=_mend(marked[place])) for place in sure)
    return Unmarked(kept, (), tuple(doubts))


def _mend(texts: set[str]) -> str:
    """Return what to do where the mark is one of thousands, by the mark's name."""
    (mark,) = {match["mark"] for text in texts if (match := _MARKED.fullmatch(text.strip()))}
    return f"write it without the {_CALLED.get(mark, 'blank')} if that is meant"


def _marks(cells: WholeColumns, place: int) -> set[str]:
    return {text for text in set(cells.columns[place]) if _MARKED.fullmatch(text.strip())}


def _without(texts: Sequence[str]) -> list[str]:
    return [re.sub(r"\D", "", text) if _MARKED.fullmatch(text.strip()) else text for text in texts]


def _only_marks(texts: Sequence[str], marked: set[str]) -> bool:
    """Say whether all cells have one and the same mark, and one of them is no fraction of noughts."""
    found = {match["mark"] for text in marked if (match := _MARKED.fullmatch(text.strip()))}
    fractions = all(re.fullmatch(r"\d+[.,]0+", text.strip()) for text in marked)
    return set(texts) == marked and len(found) == 1 and not fractions


def _words(table: Table, cells: WholeColumns, place: int) -> str:
    text = next(text for text in cells.columns[place] if _MARKED.fullmatch(text.strip())).strip()
    return f"{text} in {table.header[place]!r} was read as {re.sub(r'[^0-9]', '', text)}"


def _agree(cells: WholeColumns, numbers: Mapping[str, int], rates: int) -> bool:
    """Say whether every row that has a rate has it by its counts, and there are some."""
    texts = cells.columns[rates]
    digits = max(map(decimals, texts), default=0)
    found = []
    for n, k, text in zip(cells.columns[numbers["n"]], cells.columns[numbers["k"]], texts, strict=True):
        trials, successes, value = _count(n), _count(k), rate(text)
        if value is not None:
            found.append(
                trials is not None and successes is not None and successes in successes_of(value, digits, trials)
            )
    return bool(found) and all(found)


def _count(text: str) -> int | None:
    """Return a count, also one that is written with noughts as a fraction."""
    whole = re.fullmatch(r"(\d+)[.,]0+", text.strip(), re.ASCII)
    return int(whole[1]) if whole else whole_number(text)

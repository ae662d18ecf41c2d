"""Counts: in each named group, the number of trials and the number of successes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import DataError
from pplcompare.models.shown_table import ShownTable, Tabular

_LARGEST: Final = 2**53
_LONGEST_NAME: Final = 1024
_NUMBERS: Final = frozenset({int, float, np.int64, np.int32, np.float64})
# Control characters, surrogates, line ends, and the marks that reorder text: a name must look like what it is.
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDIRECTIONAL: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, eq=False)
class Counts(Tabular):
    """Successes out of trials, group by group; checked when built.

    Parameters
    ----------
    groups
        Names, unique also after Unicode normalisation and without invisible characters and surrounding blanks.
    trials, successes
        Whole numbers with 0 <= successes <= trials, one of each per group; stored as read-only int64 ``(group,)``.

    Raises
    ------
    DataError
        For the first thing that is wrong, naming group and value.
    """

    groups: tuple[str, ...]
    trials: NDArray[np.int64]
    successes: NDArray[np.int64]

    def __init__(self, groups: Iterable[str], trials: Iterable[object], successes: Iterable[object]) -> None:
        try:
            names, n, k = tuple(groups), _column(trials), _column(successes)
        except TypeError as error:
            raise DataError(f"three sequences are needed: {error}", where="counts") from error
        if not names:
            raise DataError("no groups", where="counts", mend="give at least one group")
        if not len(names) == len(n) == len(k):
            raise DataError(
                "groups, trials and successes differ in length", where="counts", seen=(len(names), len(n), len(k))
            )
        _check_names(names)
        object.__setattr__(self, "groups", names)
        object.__setattr__(self, "trials", _counts("trials", names, n))
        object.__setattr__(self, "successes", _counts("successes", names, k))
        for i in np.flatnonzero(self.successes > self.trials):
            raise DataError(
                f"more successes than trials ({self.trials[i]})",
                where=_place(names[i], "successes"),
                seen=int(self.successes[i]),
            )

    def to_dict(self) -> dict[str, list[str] | list[int]]:
        """Return columns ``group``, ``n`` and ``k``: of them `load` makes these counts, and libraries data frames."""
        return {"group": list(self.groups), "n": self.trials.tolist(), "k": self.successes.tolist()}

    def _table(self) -> ShownTable:
        return ShownTable(repr(self), self.to_dict())

    def _repr_html_(self) -> str:
        n, k = self.trials.tolist(), self.successes.tolist()
        share = [of / to if to else None for of, to in zip(k, n, strict=True)]
        columns = {"group": self.groups, "trials": n, "successes": k, "share": share}
        return ShownTable(repr(self), columns).html()

    def __repr__(self) -> str:
        return f"Counts({len(self.groups)} groups, {self.successes.sum()} of {self.trials.sum()})"


def _place(group: str, field: str) -> str:
    return f"group {group!r}, {field}"


def _column(values: Iterable[object]) -> Sequence[object] | NDArray[Any]:
    return values if isinstance(values, np.ndarray) and values.ndim == 1 else list(values)


def _counts(field: str, names: Sequence[str], values: Sequence[object] | NDArray[Any]) -> NDArray[np.int64]:
    whole = _all_counts(values)
    if whole is None:
        one_by_one = [_count(name, field, value) for name, value in zip(names, values, strict=True)]
        whole = np.array(one_by_one, dtype=np.int64)
    whole.flags.writeable = False
    return whole


def _all_counts(values: Sequence[object] | NDArray[Any]) -> NDArray[np.int64] | None:
    """Return numbers of one type that are all counts; None if they must be looked at one by one."""
    kinds = {values.dtype.type} if isinstance(values, np.ndarray) else set(map(type, values))
    # Of one type only: a truth value would become a number among numbers, and a large integer a float among floats.
    if len(kinds) > 1 or not kinds <= _NUMBERS:
        return None
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "if" or not np.all((numbers >= 0) & (numbers <= _LARGEST)):
        return None
    whole = numbers.astype(np.int64)
    return whole if np.array_equal(whole, numbers) else None


def _count(name: str, field: str, value: object) -> int:
    # By kind: a time difference has an int64 inside, and is no count.
    number = value.item() if isinstance(value, np.generic) and value.dtype.kind in "iuf" else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise DataError("a whole number is needed", where=_place(name, field), seen=number)
    if number != number or (isinstance(number, float) and not number.is_integer()):
        raise DataError("a whole number is needed", where=_place(name, field), seen=number)
    if not 0 <= number <= _LARGEST:
        raise DataError("must be between 0 and 2^53", where=_place(name, field), seen=number)
    return int(number)


def _check_names(names: Sequence[str]) -> None:
    if _all_names(names):
        return
    known: dict[str, str] = {}
    for name in names:
        if not isinstance(name, str):
            raise DataError("a name is needed", where="group", seen=name)
        if any(map(_is_refused, name)):
            raise DataError("a name with control or bidirectional characters", where="group", seen=name)
        if len(name.encode()) > _LONGEST_NAME:
            raise DataError(f"a name over {_LONGEST_NAME} bytes", where="group", seen=name)
        normal = _normal(name)
        if not normal:
            raise DataError("a name is needed", where="group", seen=name)
        if normal in known:
            raise DataError(
                "two groups have the same name", where="group", seen=(known[normal], name), mend="make them different"
            )
        known[normal] = name


def _all_names(names: Sequence[str]) -> bool:
    """Say whether all are names, as one text: it takes a hundredth of the time."""
    if not set(map(type, names)) <= {str, np.str_}:
        return False
    text = "\n".join(names)
    characters = set(text) - {"\n"}
    if text.count("\n") >= len(names) or any(map(_is_refused, characters)):
        return False
    # Line ends neither compose with their neighbours nor come from other characters.
    normal = set(map(str.strip, _visible(text).split("\n")))
    longest = max(map(len, names))
    return 4 * longest <= _LONGEST_NAME and len(normal) == len(names) and "" not in normal


def _is_refused(character: str) -> bool:
    return unicodedata.category(character) in _REFUSED_CATEGORIES or character in _BIDIRECTIONAL


def _normal(name: str) -> str:
    """Return what tells a name from others: its visible characters, normalised."""
    return _visible(name).strip()


def _visible(text: str) -> str:
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return text.translate({ord(c): None for c in set(text) if unicodedata.category(c) == "Cf"})

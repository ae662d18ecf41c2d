"""Published counts that ship with the package, by name; and a user's own, by path or as a data frame."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, closest
from pplcompare.models.tables.columns_table import columns_are_named, columns_table
from pplcompare.models.tables.counted import Reading, tally
from pplcompare.models.tables.form import Asked, form_of
from pplcompare.models.tables.frame_table import frame_table
from pplcompare.models.tables.text_table import file_table, stream_table

if TYPE_CHECKING:
    from pplcompare.models.tables.frame_table import Frame

_MOST_FILES: Final = 10_000
_FOLDER: Final = Path(__file__).parent / "data"

DATASETS: Final = {
    "campaigns": "two e-mail campaigns, A 19 of 200 and B 3 of 10",
    "rats": "71 control groups of rats with tumours (Tarone 1982; Gelman et al., BDA3, section 5.1)",
    "baseball": "18 baseball players, hits in their first 45 at-bats of 1970 (Efron and Morris 1975)",
    "surgical": "infant heart surgery in 12 hospitals, deaths (BUGS examples, volume 1)",
}
"""Known names and what they are."""

STANDARD_INPUT: Final = "-"
"""What stands for standard input where a path may stand."""


type DataLike = str | PathLike[str] | Counts | Mapping[str, tuple[int, int]] | Mapping[str, Sequence[object]] | Frame
"""The name of a data set, a path, counts, group -> (trials, successes), columns by name, or a data frame."""


def load(data: DataLike, columns: Mapping[str, str] | None = None, by: str | Sequence[str] = ()) -> Counts:
    """Return the counts of a known data set, a file, a data frame or a mapping; counts are returned as they are.

    Parameters
    ----------
    data
        A name in `DATASETS`, else the path of a table in UTF-8, or ``-`` for standard input; ``./rats`` is always a
        path. A mapping holds trials and successes by group, for example ``{"A": (200, 19), "B": (10, 3)}``, or
        columns, ``{"group": ["A", "B"], "n": [200, 10], "k": [19, 3]}``. A data frame is one of pandas, polars,
        pyarrow or another library that narwhals knows; a named index of pandas is a column.
    columns
        Which columns of a table are ``group``, ``n`` (trials) and ``k`` (successes); instead of one of these two it
        may have ``failures`` or, for ``k``, a ``rate``. A column ``outcome`` has one trial in each row. Those left out
        are found by their usual names, and what has two meanings is refused.
    by
        The column, or columns, that name the groups; all their rows are summed.

    Raises
    ------
    DataError
        If there is no such file or something in it cannot be used; the message names line, column and value, and
        what mends it.

    Warns
    -----
    DataWarning
        If the last row is the sum of all others: it is left out if it is called total or the like, and kept if it has
        another name. If marks between the digits of counts, as in ``1.204``, were read as marks of thousands.
    """
    reading = read_data(data, columns, by)
    for doubt in reading.doubts:
        warnings.warn(doubt, stacklevel=2)
    return reading.counts


def read_data(data: DataLike, columns: Mapping[str, str] | None = None, by: str | Sequence[str] = ()) -> Reading:
    """Return the counts that `load` returns, with all that should be said of them."""
    asked = Asked(columns or {}, (by,) if isinstance(by, str) and by else tuple(by))
    if isinstance(data, Mapping) and columns_are_named(data):
        return tally(form_of(columns_table(data), asked))
    if isinstance(data, Counts | Mapping) and asked.by:
        raise DataError("counts of groups have no columns", where="by", seen=asked.by[0], mend="leave it out")
    if isinstance(data, Counts):
        return Reading(data)
    if isinstance(data, Mapping):
        return Reading(_counted(data))
    if isinstance(data, str | PathLike):
        return _read(fspath(data), asked)
    table = frame_table(data)
    if table is None:
        mend = 'give a name, a path, a data frame, or for example {"A": (200, 19), "B": (10, 3)}'
        raise DataError("no data", where="DATA", seen=data, mend=mend)
    return tally(form_of(table, asked))


def _read(data: str, asked: Asked) -> Reading:
    """Return what a data set, a file or standard input says."""
    if data in DATASETS:
        # What is known of a user's columns concerns the user's files.
        return tally(form_of(file_table(_FOLDER / f"{data}.csv"), Asked({}, asked.by)))
    if data == STANDARD_INPUT:
        return tally(form_of(stream_table("standard input", sys.stdin.buffer, asked.names()), asked))
    path = Path(data)
    try:
        what = "" if path.is_file() else "not a file" if path.exists() else "no such data set or file"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise DataError(what, where="DATA", seen=data, mend=_meant(data, path))
    return tally(form_of(file_table(path, asked.names()), asked))


def _meant(data: str, path: Path) -> str:
    """Return what to do about a name that is neither a data set nor a file: a file or a data set of a similar name."""
    try:
        files = [each.name for each in islice(path.parent.iterdir(), _MOST_FILES) if each.is_file()]
    except OSError:
        files = []
    # What has a folder in it is a path, and no data set.
    close = closest(path.name, files if data != path.name else [*DATASETS, *files])
    if close is None:
        return f"known data sets: {', '.join(DATASETS)}"
    return f"did you mean {close}?" + ("" if path.parent == Path() else f" It is in {path.parent}.")


def _counted(data: Mapping[str, Any]) -> Counts:
    """Return the counts of a mapping: group -> (trials, successes)."""
    pairs = []
    for group, pair in data.items():
        try:
            trials, successes = pair
        except (TypeError, ValueError) as error:
            mend = "give (trials, successes)"
            raise DataError("two numbers are needed", where=f"group {group!r}", seen=pair, mend=mend) from error
        if _is_number(trials) and _is_number(successes) and successes > trials:
            where, mend = f"group {group!r}, successes", f"trials come first: {group!r}: ({successes}, {trials})"
            raise DataError(f"more successes than trials ({trials})", where=where, seen=successes, mend=mend)
        pairs.append((trials, successes))
    return Counts(data, [trials for trials, _ in pairs], [successes for _, successes in pairs])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

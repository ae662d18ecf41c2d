"""Published counts that ship with the package, by name; and a user's own, by path."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.counts_file import read_csv
from pplcompare.models.errors import DataError
from pplcompare.models.table_causes import COLUMNS

_FOLDER: Final = Path(__file__).parent / "data"

DATASETS: Final = {
    "campaigns": "two e-mail campaigns, A 19 of 200 and B 3 of 10",
    "rats": "71 control groups of rats with tumours (Tarone 1982; Gelman et al., BDA3, section 5.1)",
    "baseball": "18 baseball players, hits in their first 45 at-bats of 1970 (Efron and Morris 1975)",
    "surgical": "infant heart surgery in 12 hospitals, deaths (BUGS examples, volume 1)",
}
"""Known names and what they are."""


type DataLike = str | PathLike[str] | Counts | Mapping[str, tuple[int, int]]
"""The name of a data set, a path, counts, or group -> (trials, successes)."""


def load(data: DataLike, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Return the counts of a known data set, of a CSV file, or of a mapping; counts are returned as they are.

    Parameters
    ----------
    data
        A name in `DATASETS`, else a path; ``./rats`` is always a path. A mapping holds trials and successes by group,
        for example ``{"A": (200, 19), "B": (10, 3)}``.
    columns
        Which columns of the file are ``group``, ``n`` and ``k``; those left out have these names.

    Raises
    ------
    DataError
        If there is no such file or something in it cannot be used.

    Warns
    -----
    DataWarning
        If the last row of the file is the sum of all others.
    """
    if isinstance(data, Counts):
        return data
    if isinstance(data, Mapping):
        return _counted(data)
    if not isinstance(data, str | PathLike):
        mend = 'give a name, a path, or for example {"A": (200, 19), "B": (10, 3)}'
        raise DataError("no data", where="DATA", seen=data, mend=mend)
    if data in DATASETS:
        return read_csv(_FOLDER / f"{data}.csv")
    path = Path(data)
    try:
        what = "" if path.is_file() else "not a file" if path.exists() else "no such data set or file"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise DataError(what, where="DATA", seen=fspath(data), mend=f"known data sets: {', '.join(DATASETS)}")
    return read_csv(path, columns)


def _counted(data: Mapping[str, tuple[int, int]]) -> Counts:
    """Return the counts of a mapping: group -> (trials, successes)."""
    pairs = []
    for group, pair in data.items():
        try:
            trials, successes = pair
        except (TypeError, ValueError) as error:
            mend = "give (trials, successes)"
            raise DataError("two numbers are needed", where=f"group {group!r}", seen=pair, mend=mend) from error
        pairs.append((trials, successes))
    return Counts(data, [trials for trials, _ in pairs], [successes for _, successes in pairs])

"""Published counts that ship with the package, by name; and a user's own, by path."""

from __future__ import annotations

from collections.abc import Mapping
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


def load(data: str, columns: Mapping[str, str] = COLUMNS) -> Counts:
    """Return the counts of a known data set, or of a CSV file.

    Parameters
    ----------
    data
        A name in `DATASETS`, else a path; ``./rats`` is always a path.
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
    if data in DATASETS:
        return read_csv(_FOLDER / f"{data}.csv")
    path = Path(data)
    try:
        what = "" if path.is_file() else "not a file" if path.exists() else "no such data set or file"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise DataError(what, where="DATA", seen=data, mend=f"known data sets: {', '.join(DATASETS)}")
    return read_csv(path, columns)

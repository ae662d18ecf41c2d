"""A last row that is the sum of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataWarning
from pplcompare.models.tables.table import Table

_WORDS: Final = (
    *("total", "totals", "grand total", "overall", "overall total", "all", "all groups", "sum", "sums"),
    *("gesamt", "gesamtsumme", "insgesamt", "summe", "totale", "totaal", "totalt", "somme", "suma"),
    *("total general", "total général", "celkem", "razem", "yhteensä", "итого", "合计"),
)
"""What such a row is called, in small letters."""


def without_total(table: Table, counts: Counts, place: Callable[[int], str]) -> tuple[Counts, tuple[DataWarning, ...]]:
    """Return the counts without a last group that is the sum of at least two others and is called so, and what is said.

    One that has another name is kept: it may be a group of its own.

    Parameters
    ----------
    place
        Row -> where it stands.
    """
    n, k = counts.trials, counts.successes
    # As float64, which adds whole numbers exactly up to the largest count that there may be, and never wraps.
    sums = n[:-1].sum(dtype=np.float64), k[:-1].sum(dtype=np.float64)
    if not (len(n) > 2 and n[-1] > 0 and (n[-1], k[-1]) == sums):
        return counts, ()
    row, line = ("column", "column") if table.turned else ("row", "row" if table.of_frame else "line")
    name = counts.groups[-1]
    if name.strip(" :\u2211\u03a3").casefold() in _WORDS:
        what, kept = (
            f"the last {row} is the sum of the others, and was left out",
            Counts(counts.groups[:-1], n[:-1], k[:-1]),
        )
        mend = "call it something else if it is a group of its own"
    else:
        kept, what = counts, f"the last {row} is the sum of the others, so that every trial counts twice"
        mend = f"delete that {line} unless it is a group of its own; it was kept"
    return kept, (DataWarning(what, where=place(len(n) - 1), seen=name, mend=mend),)

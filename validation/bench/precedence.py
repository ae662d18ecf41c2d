"""A slowdown between runs by ranks alone: exact whatever the law of the speeds, if runs are exchangeable.

If old and new runs have one law, each order of them is equally probable. That the fastest of w new runs has exactly j
of n old ones below it happens in C(w - 1 + j, j) of the C(n + w, w) orders (the precedence test: Balakrishnan and Ng,
2006, Precedence-Type Tests and Applications, section 3.2).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fall:
    """The last runs beside those before them.

    Attributes
    ----------
    new, old
        How many runs are compared.
    ratio
        The median of the new speeds in units of that of the old ones.
    most
        The largest ratio that the ranks do not exclude.
    """

    new: int
    old: int
    ratio: float
    most: float


def lowest_rank(old: int, new: int, level: float) -> int:
    """Return the largest r for which all new runs lie below the r-th slowest old one with probability at most `level`.

    It is 0 if there is none: the runs are too few.
    """
    orders, found, rank = math.comb(old + new, new), 0, 0
    for below in range(old):
        found += math.comb(new - 1 + below, below)
        if found > level * orders:
            break
        rank = below + 1
    return rank


def fall(before: Sequence[float], last: Sequence[float], level: float) -> Fall | None:
    """Return how far speeds have fallen, surely at this level; None where the runs are too few to say.

    Parameters
    ----------
    before, last
        A positive speed of each run.
    level
        Probability that `most` is less than 1 although all runs have one law.
    """
    rank = lowest_rank(len(before), len(last), level)
    if rank == 0:
        return None
    ratio = statistics.median(last) / statistics.median(before)
    return Fall(len(last), len(before), ratio, max(last) / sorted(before)[rank - 1])

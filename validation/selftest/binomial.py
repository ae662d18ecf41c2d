"""How many of so many repetitions may be caught by chance."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import stats

CHANCE: Final = 1e-4
"""Probability, for each limit, that a right count lies beyond it."""


def fewest(repetitions: int, probability: float) -> int:
    """Return the lower limit of a count with this probability in each repetition."""
    return int(stats.binom.ppf(CHANCE, repetitions, probability))


def most(repetitions: int, probability: float) -> int:
    """Return the upper limit of a count with this probability in each repetition."""
    return int(np.rint(stats.binom.isf(CHANCE, repetitions, probability)))

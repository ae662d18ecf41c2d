"""The least error of a sampler that so many replications find, for normal draws that are shifted or too narrow.

Of draws from N(d, s^2), where the truth is N(0, 1), the rank of the truth is binomial given the truth. Each bet gains
log(100 q(r)) a replication; by the central limit theorem it has gained enough with the asked probability. What other
bets gain at the same time, and looks before the end, only help.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.rank_evidence import bets
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from scipy import optimize, special

POWER: Final = 0.999

_NODES: Final = 200
_LARGEST_SHIFT: Final = 3.0
_LEAST_SPREAD: Final = 0.05


@cache
def _nodes() -> tuple[Float, Float]:
    """Return nodes and weights of the normal law (Gauss and Hermite)."""
    x, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return x, weights / weights.sum()


def rank_law(shift: float, spread: float) -> Float:
    """Return the law of the rank of a N(0, 1) truth among draws from N(`shift`, `spread`^2): (rank,)."""
    x, weights = _nodes()
    below = special.ndtr((x - shift) / spread)[:, None]
    rank = np.arange(RANKS)
    choose = -np.log(RANKS) - special.betaln(1.0 + rank, 1.0 + KEPT - rank)
    with np.errstate(under="ignore"):
        law = np.exp(choose + special.xlogy(rank, below) + special.xlog1py(KEPT - rank, -below))
    found = weights @ law
    return np.asarray(found / found.sum())


def is_found(law: Float, replications: int, log_threshold: float) -> bool:
    """Say whether ranks of this law, (rank,), reach the threshold with a probability of `POWER` at least."""
    gains, weights = bets()
    mean = law @ gains
    spread = np.sqrt(np.maximum(law @ gains**2 - mean**2, 0.0))
    sure = replications * mean - special.ndtri(POWER) * math.sqrt(replications) * spread
    return bool((sure + weights).max() >= log_threshold)


def least_shift(replications: int, log_threshold: float) -> float | None:
    """Return the least bias, in standard deviations, that is found; None where none is.

    Parameters
    ----------
    log_threshold
        The logarithm of the evidence that one quantity must reach.
    """
    return _least(lambda shift: rank_law(shift, 1.0), _LARGEST_SHIFT, replications, log_threshold)


def least_narrowing(replications: int, log_threshold: float) -> float | None:
    """Return by which part of it a standard deviation must be too small to be found; None where none is."""
    return _least(lambda part: rank_law(0.0, 1.0 - part), 1.0 - _LEAST_SPREAD, replications, log_threshold)


def _least(law: Callable[[float], Float], largest: float, replications: int, log_threshold: float) -> float | None:
    def missing(error: float) -> float:
        return 0.5 - is_found(law(error), replications, log_threshold)

    if replications == 0 or missing(largest) > 0.0:
        return None
    return float(optimize.bisect(missing, 0.0, largest, xtol=1e-3))

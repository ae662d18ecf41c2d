"""The ranks of one quantity, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.rank_band import p_value
from pplcompare.validation.calibrate.ranks import KEPT, NO_RANK, RANKS, RankArray
from pplcompare.validation.calibrate.thinning import LARGEST_LAG
from scipy import special

INTERVALS: Final = (0.5, 0.9)
"""Central intervals whose coverage is told: a rank lies in each with exactly this probability."""

# Of the normal scores of all ranks.
_SPREAD: Final = float(special.ndtri((np.arange(RANKS) + 0.5) / RANKS).std())


@dataclass(frozen=True, slots=True, eq=False)
class QuantityRanks:
    """The ranks of one quantity.

    Attributes
    ----------
    counts : (rank,)
        How often each rank came.
    log_evidence, highest
        The logarithm of the evidence against uniform ranks at the end, and at its highest.
    p_value
        That of the simultaneous band; it is a picture of this moment, and no verdict is made of it.
    lag
        The mean autocorrelation of kept draws at lag 1, its bias taken out; 0 without any replication.
    coverage
        The part of truths within each of `INTERVALS`.
    shift, spread
        Where the truths lie among the draws, as normal scores of their ranks: mean and standard deviation, 0 and 1 if
        the draws are right.
    """

    name: str
    counts: NDArray[np.int64]
    log_evidence: float
    highest: float
    p_value: float
    lag: float
    coverage: tuple[float, ...]
    shift: float
    spread: float

    @property
    def underpowered(self) -> bool:
        """Whether kept draws are so correlated that ranks of a right sampler are not uniform."""
        return not self.lag <= LARGEST_LAG


def quantity_rows(
    names: Sequence[str], ranks: RankArray, lag: NDArray[np.float32], path: Float
) -> tuple[QuantityRanks, ...]:
    """Return the ranks of each quantity.

    Parameters
    ----------
    ranks, lag : (replication, quantity)
        `NO_RANK` where there is none, and the autocorrelation of kept draws at lag 1.
    path : (replication, quantity)
        The logarithm of the evidence after each replication that has all ranks.
    """
    rows = []
    for at, name in enumerate(names):
        own = ranks[ranks[:, at] != NO_RANK, at]
        counts = np.bincount(own, minlength=RANKS)
        scores = special.ndtri((own + 0.5) / RANKS)
        rows.append(
            QuantityRanks(
                name,
                counts,
                float(path[-1, at]) if len(path) else 0.0,
                max(0.0, float(path[:, at].max(initial=0.0))),
                p_value(counts),
                float(lag[:, at].mean()) + 1.0 / KEPT if len(lag) else 0.0,
                tuple(_coverage(own, part) for part in INTERVALS),
                float(scores.mean()) if len(scores) else 0.0,
                float(scores.std()) / _SPREAD if len(scores) else 1.0,
            )
        )
    return tuple(rows)


def _coverage(ranks: RankArray, part: float) -> float:
    """Return the part of ranks within the middle of all."""
    outside = round(RANKS * (1.0 - part) / 2.0)
    return float(((ranks >= outside) & (ranks < RANKS - outside)).mean()) if len(ranks) else part


def sentence(row: QuantityRanks) -> str:
    """Return in words what the ranks of a quantity say of its draws."""
    number = math.sqrt(max(int(row.counts.sum()), 1))
    errors = {
        "too high" if row.shift < 0.0 else "too low": abs(row.shift) * number,
        "too narrow" if row.spread > 1.0 else "too wide": abs(row.spread - 1.0) * number * math.sqrt(2.0),
    }
    how = max(errors, key=lambda words: errors[words])
    held = (
        f"{100.0 * part:.0f} % intervals held {100.0 * of:.1f} %"
        for part, of in zip(INTERVALS, row.coverage, strict=True)
    )
    return f"draws of {row.name} are {how}: {', '.join(held)} of the truths"

"""Effective sample sizes, by ArviZ: one implementation for every backend and every check.

ArviZ caps the size at N log10 N for antithetic chains, whose means may be better still: a test that uses it is then
conservative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from arviz_stats.base import array_stats
from numpy.typing import NDArray

Chains = NDArray[np.float64]
"""(chain, draw)."""


@dataclass(frozen=True, slots=True)
class EffectiveSizes:
    """Effective numbers of draws for the bulk, for the 5 % and 95 % quantiles, and for the spread."""

    bulk: float
    tail: float
    spread: float

    @property
    def least(self) -> float:
        """The smallest of the three."""
        return float(np.min([self.bulk, self.tail, self.spread]))


def ess_of_mean(values: Chains) -> float:
    """Return the effective number of draws for the mean of `values`."""
    return float(array_stats.ess(values, chain_axis=0, draw_axis=1, method="mean"))


def ess_of_quantile(values: Chains, probability: float) -> float:
    """Return the effective number of draws for a quantile of the draws themselves."""
    return float(array_stats.ess(values, chain_axis=0, draw_axis=1, method="quantile", prob=probability))


def effective_sizes(values: Chains) -> EffectiveSizes:
    """Return bulk and tail ESS (5 % and 95 %), and that of the squared distance from the mean."""
    bulk = float(array_stats.ess(values, chain_axis=0, draw_axis=1, method="bulk"))
    tail = float(array_stats.ess(values, chain_axis=0, draw_axis=1, method="tail", prob=(0.05, 0.95)))
    return EffectiveSizes(bulk, tail, ess_of_mean((values - values.mean()) ** 2))


def least_ess(sizes: Mapping[str, EffectiveSizes]) -> float | None:
    """Return the least effective number of draws over all quantities; None where there are none."""
    return min((each.least for each in sizes.values()), default=None)

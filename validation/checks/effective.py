"""Effective sample sizes: one implementation for every backend and every check.

The numbers are those of ArviZ, which tests compare; it is not imported because it brings pandas, and both take longer
than a check. The size is capped at N log10 N for antithetic chains, whose means may be better still: a test that uses
it is then conservative.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Rank-normalization, folding, and localization: an improved R-hat
for assessing convergence of MCMC, Bayesian Analysis 16(2): sections 3.2 (split chains), 4.1 (bulk) and 4.3 (quantiles
and tails).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.checks.autocorrelation_time import autocorrelation_time
from pplcompare.validation.checks.scores import mean_ranks
from scipy import special

Chains = NDArray[np.float64]
"""(chain, draw)."""

_LEAST_DRAWS: Final = 4


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
    """Return the effective number of draws for the mean of `values`; NaN for fewer than four draws or where one is."""
    return _ess(values, np.asarray)


def ess_of_quantile(values: Chains, probability: float) -> float:
    """Return the effective number of draws for a quantile of the draws themselves."""
    quantile = np.quantile(values, probability)
    return _ess(values, lambda halves: halves <= quantile)


def ess_of_bulk(values: Chains) -> float:
    """Return the effective number of draws for the mean of the normal scores of all draws' ranks."""
    return _ess(values, _normal_scores)


def ess_of_tail(values: Chains) -> float:
    """Return the smaller of the effective numbers of draws for the 5 % and the 95 % quantile."""
    return min(ess_of_quantile(values, probability) for probability in (0.05, 0.95))


def effective_sizes(values: Chains) -> EffectiveSizes:
    """Return bulk and tail ESS, and that of the squared distance from the mean."""
    return EffectiveSizes(ess_of_bulk(values), ess_of_tail(values), ess_of_mean((values - values.mean()) ** 2))


def least_ess(sizes: Mapping[str, EffectiveSizes]) -> float | None:
    """Return the least effective number of draws over all quantities; None where there are none."""
    return min((each.least for each in sizes.values()), default=None)


def _ess(values: Chains, scores: Callable[[Chains], NDArray[Any]]) -> float:
    """Return the effective number of draws for the mean of the scores of both halves of all chains."""
    if values.shape[1] < _LEAST_DRAWS or np.isnan(values).any():
        return float("nan")
    half = values.shape[1] // 2
    halves = np.concatenate([values[:, :half], values[:, -half:]])
    return halves.size / autocorrelation_time(scores(halves).astype(np.float64))


def _normal_scores(values: Chains) -> Chains:
    """Return the normal quantiles of the ranks, equal values having their mean rank, with Blom's fractions (1958)."""
    return np.asarray(special.ndtri((mean_ranks(values) - 0.375) / (values.size + 0.25)))

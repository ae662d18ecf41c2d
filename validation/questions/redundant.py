"""A system that fails only if all its components fail: what an unknown rate does to that probability.

All components share one rate p, which is not known: the system fails with probability p^m, whose mean is
E p^m = prod_{i < m} (a + i) / (a + b + i) for a Beta(a, b). In the mean mu and the correlation rho = 1 / (a + b + 1) of
two failures that is prod_{i < m} (mu (1 - rho) + i rho) / (1 - rho + i rho), which has its limits at both ends: mu^m
where the rate is known, mu where it is 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.exact_words import INTERVAL, percent, quantile_levels
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.questions.question_documents import RedundantDocument

MOST_COMPONENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class RedundantFailure:
    """The probability that all components fail, at a rate that is not known.

    Attributes
    ----------
    components
        The number m of components.
    mean, sd
        Mean and standard deviation of the rate p of one component.
    probability
        The probability that all fail, E p^m.
    at_mean
        That probability if the rate were its mean, (E p)^m.
    quantiles
        Quantiles of p^m by their probability: how probable a failure of all may be, given the rate.
    """

    components: int
    mean: float
    sd: float
    probability: float
    at_mean: float
    quantiles: Mapping[float, float]

    @property
    def ratio(self) -> float:
        """How many times more probable a failure of all is than at the mean rate; infinite if that is too small."""
        return self.probability / self.at_mean if self.at_mean > 0.0 else math.inf

    def to_dict(self) -> RedundantDocument:
        """Return all attributes as numbers by name."""
        return {
            "components": self.components,
            "mean": self.mean,
            "sd": self.sd,
            "probability": self.probability,
            "at_mean": self.at_mean,
            "quantiles": {percent(q): value for q, value in self.quantiles.items()},
        }


def redundant_failure(mean: float, sd: float, components: int, *, interval: float = INTERVAL) -> RedundantFailure:
    """Return what is known of p^m for a rate p of a Beta distribution with this mean and standard deviation.

    Parameters
    ----------
    mean
        The mean of the rate, between 0 and 1.
    sd
        Its standard deviation: 0 for a rate that is known, else below sqrt(mean (1 - mean)).
    components
        The number m of components that share the rate.
    interval
        The probability of the central interval at whose ends the quantiles are.

    Raises
    ------
    UsageError
        If a number cannot be used.
    """
    m, levels = checked_components(components), quantile_levels(interval)
    mu, variance = checked_mean(mean), mean * (1.0 - mean)
    if not 0.0 <= sd < math.sqrt(variance):
        what = f"must be at least 0 and below sqrt(mean (1 - mean)) = {math.sqrt(variance):.6g}"
        raise UsageError(what, where="sd", seen=sd)
    rho = sd * sd / variance
    quantiles = dict.fromkeys(levels, mu**m)
    if rho > 0.0:
        total = (1.0 - rho) / rho
        quantiles = _powers(BetaMarginal(mu * total, (1.0 - mu) * total), m, levels)
    return RedundantFailure(m, mu, float(sd), float(all_fail(mu, np.array(rho), m)), mu**m, quantiles)


def redundant_failure_of(
    answer: ExactPosterior, group: str | int | None, components: int, *, interval: float = INTERVAL
) -> RedundantFailure:
    """Return what is known of p^m for the rate p of a group.

    Parameters
    ----------
    answer
        An exact posterior.
    group
        A group by its name or position; None for a group never seen.
    components
        The number m of components that share the rate.
    interval
        The probability of the central interval at whose ends the quantiles are.

    Raises
    ------
    UsageError
        If there is no such group, or the number cannot be used.
    AccuracyError
        If a number could not be certified.
    """
    m, index = checked_components(components), answer.position(group)
    rate = answer.new_group() if index is None else answer.marginal(answer.plate_variable, index)
    probability = answer.failure(index, m)
    return RedundantFailure(
        m, rate.mean, rate.sd, probability, rate.mean**m, _powers(rate, m, quantile_levels(interval))
    )


def all_fail(mean: float, correlation: Float, components: int) -> Float:
    """Return E p^m for Betas of this mean, by the correlation of two failures, of any shape: 0 to 1, both included."""
    product, rho = np.ones(correlation.shape), correlation
    for i in range(components):
        left = 1.0 - rho
        # The first factor is the mean; written so, it has a value where the correlation is 1.
        product = product * (mean if i == 0 else (mean * left + i * rho) / (left + i * rho))
    return product


def checked_components(components: int) -> int:
    """Return a number of components that can be used."""
    whole = isinstance(components, int | np.integer) and not isinstance(components, bool)
    if not whole or not 1 <= components <= MOST_COMPONENTS:
        raise UsageError(f"a whole number from 1 to {MOST_COMPONENTS} is needed", where="components", seen=components)
    return int(components)


def checked_mean(mean: float) -> float:
    """Return the mean of a rate, between 0 and 1."""
    if not 0.0 < mean < 1.0:
        raise UsageError("must lie between 0 and 1", where="mean", seen=mean)
    return float(mean)


def _powers(rate: Marginal, components: int, levels: Sequence[float]) -> dict[float, float]:
    """Return quantiles of the m-th power, which are the powers of the quantiles."""
    found = rate.quantile(np.array(levels)) ** components
    return dict(zip(levels, found.tolist(), strict=True))

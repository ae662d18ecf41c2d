"""Likelihoods of many beta-binomial counts by their sufficient statistics: distinct counts, or steps of ladders.

Each adds an `offset` to every element, for what the data alone contribute: log binomial coefficients, computed once.
These are likelihood factors, not distributions of their elements: only the sum over the plate has a meaning, and they
cannot be simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

import numpy as np
from pplcompare.models.distribution import AMOUNT, COUNT, Argument, Distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, REAL, UNIT, Array, Interval
from pplcompare.models.marginal.beta_binomial_sums import row_terms, tail_terms
from scipy import special

# Of a complex step NumPy's log1p loses the real part; points and elements of a plate have axes of their own.
_WORDS: Final = SimpleNamespace(
    log=np.log, log1p=special.log1p, stack=lambda arrays: np.stack(np.broadcast_arrays(*arrays))
)
_LADDERS: Final = dict.fromkeys(("success_step", "failures", "failure_step", "trials", "trial_step"), AMOUNT)


@dataclass(frozen=True, slots=True)
class SufficientStatistics(Distribution):
    """What cannot be simulated: the model that it stands for can."""

    proper = False

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(-1.0)

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        raise SpecificationError(
            "sufficient statistics cannot be simulated", where=type(self).__name__, mend="simulate the model with rates"
        )


@dataclass(frozen=True, slots=True)
class WeightedBetaBinomial(SufficientStatistics):
    """The same successes in as many trials, seen in `weight` groups; rates from Beta(alpha, beta)."""

    trials: Argument
    weight: Argument
    offset: Argument
    alpha: Argument
    beta: Argument
    domains = {"trials": COUNT, "weight": COUNT, "offset": REAL, "alpha": POSITIVE, "beta": POSITIVE}

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        trials, weight, offset, alpha, beta = values
        return *(weight * term for term in row_terms(_WORDS, x, trials, alpha, beta)), offset


@dataclass(frozen=True, slots=True)
class WeightedBetaBinomialProportion(SufficientStatistics):
    """`WeightedBetaBinomial` with rates from BetaProportion(mean, concentration)."""

    trials: Argument
    weight: Argument
    offset: Argument
    mean: Argument
    concentration: Argument
    domains = {"trials": COUNT, "weight": COUNT, "offset": REAL, "mean": UNIT, "concentration": POSITIVE}

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        *counts, mean, concentration = values
        shapes = mean * concentration, (1.0 - mean) * concentration
        return WeightedBetaBinomial(*self.arguments.values()).log_terms(x, (*counts, *shapes))


@dataclass(frozen=True, slots=True)
class BetaBinomialTails(SufficientStatistics):
    """In how many groups successes, failures and trials climb the step at a place; rates from Beta(alpha, beta)."""

    success_step: Argument
    failures: Argument
    failure_step: Argument
    trials: Argument
    trial_step: Argument
    offset: Argument
    alpha: Argument
    beta: Argument
    domains = {**_LADDERS, "offset": REAL, "alpha": POSITIVE, "beta": POSITIVE}
    observes = AMOUNT

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        success_step, failures, failure_step, trials, trial_step, offset, alpha, beta = values
        ladders = (x, success_step), (failures, failure_step), (trials, trial_step)
        return *tail_terms(_WORDS, *ladders, alpha, beta), offset


@dataclass(frozen=True, slots=True)
class BetaBinomialProportionTails(SufficientStatistics):
    """`BetaBinomialTails` with rates from BetaProportion(mean, concentration)."""

    success_step: Argument
    failures: Argument
    failure_step: Argument
    trials: Argument
    trial_step: Argument
    offset: Argument
    mean: Argument
    concentration: Argument
    domains = {**_LADDERS, "offset": REAL, "mean": UNIT, "concentration": POSITIVE}
    observes = AMOUNT

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        *ladders, mean, concentration = values
        shapes = mean * concentration, (1.0 - mean) * concentration
        return BetaBinomialTails(*self.arguments.values()).log_terms(x, (*ladders, *shapes))

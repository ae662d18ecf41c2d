"""Distributions of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.models.distribution import COUNT, Argument, Distribution
from pplcompare.models.interval import POSITIVE, UNIT, Array, Interval
from pplcompare.models.log_gamma import log_gamma
from pplcompare.models.saddle_point import log_beta_binomial, log_binomial
from scipy import special


@dataclass(frozen=True, slots=True)
class Binomial(Distribution):
    """The number of successes in `trials` independent trials of the given `probability`."""

    trials: Argument
    probability: Argument
    domains = {"trials": COUNT, "probability": UNIT}

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(-1.0, float(values[0]) + 1.0)

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        trials, probability = (np.asarray(value) for value in values)
        failures = trials - x
        return (
            *_log_choose_terms(trials, x),
            special.xlogy(x, probability),
            special.xlog1py(failures, -probability),
        )

    def log_density(self, x: Array, values: Sequence[Array]) -> Array:
        return log_binomial(*(np.asarray(value, dtype=np.float64) for value in (values[0], x, values[1])))

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.binomial(np.asarray(values[0], dtype=np.int64), values[1], size)


@dataclass(frozen=True, slots=True)
class BetaBinomial(Distribution):
    """The number of successes in `trials` independent trials, their probability drawn from Beta(alpha, beta)."""

    trials: Argument
    alpha: Argument
    beta: Argument
    domains = {"trials": COUNT, "alpha": POSITIVE, "beta": POSITIVE}

    def support(self, values: Sequence[float]) -> Interval:
        return Interval(-1.0, float(values[0]) + 1.0)

    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        trials, alpha, beta = (np.asarray(value) for value in values)
        failures = trials - x
        return (
            *_log_choose_terms(trials, x),
            log_gamma(x + alpha),
            log_gamma(failures + beta),
            -log_gamma(trials + alpha + beta),
            log_gamma(alpha + beta),
            -log_gamma(alpha),
            -log_gamma(beta),
        )

    def log_density(self, x: Array, values: Sequence[Array]) -> Array:
        trials, alpha, beta = values
        return log_beta_binomial(*(np.asarray(value, dtype=np.float64) for value in (trials, x, alpha, beta)))

    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        return rng.binomial(np.asarray(values[0], dtype=np.int64), rng.beta(values[1], values[2], size))


def _log_choose_terms(trials: Array, successes: Array) -> tuple[Array, ...]:
    return log_gamma(trials + 1.0), -log_gamma(successes + 1.0), -log_gamma(trials - successes + 1.0)

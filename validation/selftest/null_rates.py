"""How often right draws are rejected, counted on chains whose law is known exactly.

A normal series z is what the check sees of a right sampler, whatever the model: u = Phi(z) is the exact probability of
the draw. Independent ones must be rejected as often as promised, dependent ones not more often.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from pplcompare.validation.checks.between_chains import chain_results, pooled_chain_results
from pplcompare.validation.checks.comparisons import (
    moment_results,
    pooled_results,
    product_result,
    quantile_result,
    skewed_result,
)
from pplcompare.validation.checks.cut_tails import QUANTILES
from pplcompare.validation.checks.effective import Chains, ess_of_mean
from pplcompare.validation.checks.joint import JointScores
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import SUBJECT, check_over_fits
from pplcompare.validation.checks.predictive_check import randomised
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome
from pplcompare.validation.checks.rounding import grid_of
from pplcompare.validation.checks.scores import rank_scores
from pplcompare.validation.checks.transform import transformed
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal
from pplcompare.validation.exact.quadrature.law import Predictive
from pplcompare.validation.selftest.binomial import fewest, most
from pplcompare.validation.selftest.in_processes import in_processes
from pplcompare.validation.selftest.simulated_chains import SAMPLERS, Sampler
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS
from scipy import special

LEVELS: Final = (1e-2, 1e-3, 1e-4)
"""Nominal false-alarm probabilities of one comparison."""

EVIDENCE: Final = "evidence of ranks"
"""How the kinds begin whose level is a bound, whenever one looks."""

_GROUPS: Final = 5
_NAMES: Final = tuple(f"rate[{group}]" for group in range(_GROUPS))
_SHARED: Final = 0.5
_TRIALS: Final = 20
# As many as the data sets have, each on two models.
_GROUPS_OF_FITS: Final = (2, 2, 12, 12, 18, 18, 71, 71)
# A distribution whose quantiles are cheap; two places are a tenth of its sd.
_BETA: Final = BetaMarginal(1.0, 7.0)

type _Check = Callable[[float], list[CheckResult]]
"""Level -> results."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one kind of check rejected right draws.

    Attributes
    ----------
    repetitions, tested
        How often draws were simulated, and how often they were enough to be tested: what was not cannot be rejected. A
        level is promised for all; those that pass the gate by luck, their size overestimated, are rejected more often.
    rejected
        By level.
    """

    kind: str
    sampler: str
    repetitions: int
    tested: int
    rejected: Mapping[float, int]

    def limits(self, level: float) -> tuple[int, int]:
        """Return the fewest and the most that may be rejected.

        Fewer may be of dependent draws, of sums over fits, whose limits hold a bound on the bias of their scores, and
        by evidence, whose level is a bound.
        """
        bounded = self.kind.endswith(SUBJECT) or self.kind.startswith(EVIDENCE)
        safe = bounded or not SAMPLERS[self.sampler].independent
        low = 0 if safe else fewest(self.tested, level)
        return low, most(self.repetitions, level)

    @property
    def right(self) -> bool:
        """Whether all counts are within their limits."""
        ends = {level: self.limits(level) for level in LEVELS}
        return all(low <= self.rejected[level] <= high for level, (low, high) in ends.items())


def null_rates(repetitions: int, seed: int, announce: Callable[[str], None], jobs: int = 1) -> list[Rate]:
    """Count rejections of right draws, for every sampler and kind of check."""
    rates = partial(_rates, repetitions=repetitions, seed=seed)
    found = in_processes(rates, tuple(SAMPLERS), jobs, announce, "sampler of right draws")
    return [rate for rates_of_one in found for rate in rates_of_one]


def _rates(name: str, repetitions: int, seed: int) -> list[Rate]:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    tested, rejected = Counter[str](), Counter[tuple[str, float]]()
    for _ in range(repetitions):
        for check in _checks(SAMPLERS[name], rng):
            # What passes at one level passes at all that are rarer.
            for level in LEVELS:
                results = check(level)
                failed = [result for result in results if result.outcome is Outcome.FAILED]
                rejected.update((_kind(result), level) for result in failed)
                if level == LEVELS[0]:
                    tested.update(_kind(result) for result in results if result.outcome is not Outcome.NOT_TESTED)
                if not failed:
                    break
    return [
        Rate(kind, name, repetitions, number, {level: rejected[kind, level] for level in LEVELS})
        for kind, number in tested.items()
    ]


def _kind(result: CheckResult) -> str:
    return f"{result.check}, {result.subject}"


def _checks(sampler: Sampler, rng: np.random.Generator) -> Iterator[_Check]:
    """Yield checks of new draws: of one quantity, of a plate whose quantities are not independent, and so on."""
    z = sampler.normal(rng)
    yield lambda level: moment_results("one quantity", z, level)
    yield lambda level: chain_results("one quantity", z, level)
    yield lambda level: [quantile_result("one quantity", special.ndtr(z), q, level) for q in QUANTILES]
    own = np.stack([sampler.normal(rng) for _ in range(_GROUPS)])
    plate = np.sqrt(_SHARED) * sampler.normal(rng) + np.sqrt(1.0 - _SHARED) * own
    yield lambda level: pooled_results("all groups", plate, level)
    yield lambda level: pooled_chain_results("all groups", plate, level)
    uniform = randomised(_law(), _counts(special.ndtr(z)), rng)
    yield lambda level: moment_results("counts to come", special.ndtri(uniform), level)
    yield lambda level: [_skewed(-special.log_ndtr(z), level)]
    fits = [CheckReport(tuple(pooled_results("", sampler.normal(rng)[None], LEVELS[0]))) for _ in _GROUPS_OF_FITS]
    yield lambda level: list(check_over_fits(fits, _GROUPS_OF_FITS, Levels.equal(level)).results)
    rounded = _rounded_scores(z)
    yield lambda level: moment_results("rounded draws", rounded, level)
    share = special.ndtr(rounded)
    yield lambda level: [quantile_result("rounded draws", share, 0.5, level)]
    joint = JointScores(_NAMES, own, np.ones(_GROUPS), {}, ())
    yield lambda level: moment_results("sum over groups", joint.normal["sum"], level)
    yield lambda level: moment_results("squares over groups", joint.normal["squares"], level)
    ranked = rank_scores(z)
    yield lambda level: [product_result("sum over groups", "a function", joint.normal["sum"], ranked, level)]
    yield lambda level: [product_result("squares over groups", "a function", joint.normal["squares"], ranked, level)]
    yield lambda level: [product_result("one group", "a function", own[0], ranked, level)]


def _skewed(exponential: Chains, level: float) -> CheckResult:
    """Test draws with mean 1, sd 1 and skewness 2 as derived quantities are tested."""
    ess = ess_of_mean(exponential)
    offset = float(exponential.mean()) - 1.0
    return skewed_result("derived quantity", offset, 2.0, ess, level, exponential.size, "")


def _rounded_scores(z: Chains) -> Chains:
    """Return the scores of draws of Beta(1, b), rounded to two places, from those that they have unrounded."""
    draws = np.round(-np.expm1(special.log_ndtr(-z) / _BETA.second), 2)
    return transformed("rounded draws", draws, _BETA, tuple(grid_of(chain) for chain in draws)).score


def _law() -> Predictive:
    return TRIAL_MODELS["rates"].exact.predictive(None, _TRIALS)


def _counts(probability: Chains) -> Chains:
    """Return the counts at these probabilities."""
    return np.searchsorted(_law().cdf(np.arange(_TRIALS)), probability).astype(np.float64)

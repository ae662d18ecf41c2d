"""One chain that differs from the others, found in that chain.

In all draws together the error of one chain is diluted by the number of chains, and it hides itself: chains that
disagree have fewer effective draws. So each chain is compared with the exact law by itself. Autocorrelation is that
within chains, which all of them estimate together: deviations from each chain's own mean know nothing of its error. The
limits are those of one chain with its own share of the effective draws, whose size would be estimated from it alone,
and therefore too wide rather than too narrow.

A chain that is far off leaves all together with too few effective draws, by which nothing is decided. Whether it has
enough of them itself is another question.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.critical_values import LEAST_ESS, LEAST_SIZE, limit, size_to_enter
from pplcompare.validation.checks.effective import Chains, effective_sizes, ess_of_mean
from pplcompare.validation.checks.result import CheckResult, Outcome, as_reasons, compared
from pplcompare.validation.checks.scores import pooled_variance_score, variance_score

NAMES: Final = ("mean of z in one chain", "variance of z in one chain")
"""The comparisons that `chain_results` and `pooled_chain_results` make."""


_KINDS: Final = ("chain mean", "chain variance")
_MOST_ALONE: Final = 64
# The standard errors of what is compared are these divided by the root of the effective draws; those of plates depend
# on how much their groups share, and are not told.
_ERRORS: Final = {"chain mean": 1.0, "chain variance": math.sqrt(2.0)}


def planned_between_chains(quantities: int, plates: int) -> Counter[str]:
    """Return the number of comparisons of each kind in one fit at most."""
    single, pooled = dict.fromkeys(_KINDS, quantities), dict.fromkeys(map(_pooled, _KINDS), plates)
    return Counter({**single, **pooled})


def chain_results(label: str, score: Chains, level: float) -> list[CheckResult]:
    """Test mean and variance of the normal scores (chain, draw) of each chain; nothing where there is one chain.

    Parameters
    ----------
    level
        False-alarm probability of each comparison, shared by the chains.
    """
    if len(score) < 2:
        return []
    squares = score**2
    ess, ess_of_squares = _within(score), _within(squares)
    return [
        _worst(NAMES[0], label, "mean", score.mean(axis=1) * math.sqrt(ess), ess, score, level, _KINDS[0]),
        _worst(
            NAMES[1],
            label,
            "variance",
            variance_score(squares.mean(axis=1), ess_of_squares),
            ess_of_squares,
            score,
            level,
            _KINDS[1],
        ),
    ]


def lone_chain_results(label: str, score: Chains, level: float) -> list[CheckResult]:
    """Test the same where all chains have too few effective draws together: each that has enough of them by itself.

    Of very many chains those that are furthest off are looked at. The size of each is the smaller one, of its own and
    of its share, and so is its statistic: what fails here fails in `chain_results`, too, so that both together call
    right chains wrong as rarely as that alone.

    Parameters
    ----------
    level
        False-alarm probability of each comparison, shared by the chains.
    """
    if len(score) < 2 or score.shape[1] < LEAST_ESS:
        return []
    found = []
    sizes_of = cache(lambda number: effective_sizes(score[number][None]))
    for check, kind, counts_as, values in zip(NAMES, ("mean", "variance"), _KINDS, (score, score**2), strict=True):
        means, within = values.mean(axis=1), _within(values)
        away = np.abs(means - (0.0 if kind == "mean" else 1.0))
        alone = []
        for number in np.argsort(-away, kind="stable")[:_MOST_ALONE].tolist():
            sizes = sizes_of(number)
            own = ess_of_mean(values[number][None])
            ess = min(own, within)
            if min(sizes.bulk, sizes.tail, own) >= LEAST_ESS and ess >= LEAST_SIZE:
                mean = means[number]
                one = mean * math.sqrt(ess) if kind == "mean" else variance_score(mean, ess)
                alone.append(_OneChain(number, float(one), ess))
        if alone:
            of = max(alone, key=lambda one: abs(one.score))
            found.append(_compared(check, label, kind, of, values.shape, level, counts_as))
    return found


def each_chain_results(label: str, score: Chains, level: float, *, enough: bool) -> list[CheckResult]:
    """Test each chain; where all together have not `enough` effective draws, only what one has by itself may fail."""
    results = chain_results(label, score, level)
    if enough or not any(it.outcome is Outcome.FAILED for it in results):
        return results
    failed = {it.check: it for it in lone_chain_results(label, score, level) if it.outcome is Outcome.FAILED}
    return [failed.get(it.check, it) for it in as_reasons(results)]


def pooled_chain_results(label: str, scores: Float, level: float) -> list[CheckResult]:
    """Test means over a plate of normal scores (group, chain, draw), and of their squares, in each chain.

    Their spread is unknown, since groups share hyper-parameters; it is that of all chains around their own means.
    """
    if scores.shape[1] < 2:
        return []
    mean, square = scores.mean(axis=0), (scores**2).mean(axis=0)
    ess, ess_of_squares = _within(mean), _within(square)
    studentised = mean.mean(axis=1) / _spread(mean) * math.sqrt(ess)
    spread = pooled_variance_score(square.mean(axis=1), _spread(square), ess_of_squares)
    return [
        _worst(NAMES[0], label, "pooled mean", studentised, ess, mean, level, _pooled(_KINDS[0])),
        _worst(NAMES[1], label, "pooled variance", spread, ess_of_squares, square, level, _pooled(_KINDS[1])),
    ]


def _within(values: Chains) -> float:
    """Return the effective number of draws of one chain, from the autocorrelation within all of them."""
    return ess_of_mean(values - values.mean(axis=1, keepdims=True)) / len(values)


def _spread(values: Chains) -> float:
    return float(np.sqrt(values.var(axis=1, ddof=1).mean()))


def _pooled(kind: str) -> str:
    return f"pooled {kind}"


def _worst(
    check: str, label: str, kind: str, scores: Float, ess: float, values: Chains, level: float, counts_as: str
) -> CheckResult:
    """Compare the score of the chain that is furthest off."""
    chains, length = values.shape
    if min(ess, length) < LEAST_SIZE or chains * min(ess, length) < LEAST_ESS:
        return not_tested(check, label, f"{ess:.0f} effective draws of {length} in a chain are too few")
    worst = int(np.argmax(np.abs(scores)))
    of = _OneChain(worst, float(scores[worst]), ess)
    return _compared(check, label, kind, of, values.shape, level, counts_as)


class _OneChain(NamedTuple):
    """The number of a chain, its score and its effective draws."""

    number: int
    score: float
    ess: float


def _compared(
    check: str, label: str, kind: str, of: _OneChain, shape: tuple[int, ...], level: float, counts_as: str
) -> CheckResult:
    (chains, length), ess = shape, of.ess
    size = float(size_to_enter(ess, ess, length))
    most = math.nan if math.isnan(ess) else limit(kind, level / chains, size)
    where, error = f"chain {of.number + 1} of {chains}", _ERRORS.get(counts_as, math.nan) / math.sqrt(ess)
    return compared(check, label, of.score, most, where, kind=counts_as, size=size, error=error)

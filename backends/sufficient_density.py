"""Beta-binomial likelihoods by sufficient statistics, in the words of any array library that differentiates.

The first argument of each is that library: `jax.numpy` or `pytensor.tensor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import getsource
from typing import Any, Final

from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.marginal.beta_binomial_sums import remainder, row_terms, tail_terms


def weighted_beta_binomial(
    array: Any, successes: Any, trials: Any, weight: Any, offset: Any, alpha: Any, beta: Any
) -> Any:
    """Return the log likelihood of each pair of successes and trials, times its weight."""
    return offset + weight * sum(row_terms(array, successes, trials, alpha, beta))


def weighted_beta_binomial_proportion(
    array: Any, successes: Any, trials: Any, weight: Any, offset: Any, mean: Any, concentration: Any
) -> Any:
    """Return the same by mean and concentration."""
    alpha, beta = mean * concentration, (1.0 - mean) * concentration
    return weighted_beta_binomial(array, successes, trials, weight, offset, alpha, beta)


def beta_binomial_tails(array: Any, successes: Any, offset: Any, alpha: Any, beta: Any, **ladders: Any) -> Any:
    """Return what the steps of the rising factorials at each place add to the log likelihood."""
    up = successes, ladders["success_step"]
    down, all_ = (ladders["failures"], ladders["failure_step"]), (ladders["trials"], ladders["trial_step"])
    return offset + sum(tail_terms(array, up, down, all_, alpha, beta))


def beta_binomial_proportion_tails(
    array: Any, successes: Any, offset: Any, mean: Any, concentration: Any, **ladders: Any
) -> Any:
    """Return the same by mean and concentration."""
    alpha, beta = mean * concentration, (1.0 - mean) * concentration
    return beta_binomial_tails(array, successes, offset, alpha, beta, **ladders)


_PARTS: Final[Mapping[Callable[..., Any], tuple[Callable[..., Any], ...]]] = {
    weighted_beta_binomial: (remainder, row_terms, weighted_beta_binomial),
    weighted_beta_binomial_proportion: (
        remainder,
        row_terms,
        weighted_beta_binomial,
        weighted_beta_binomial_proportion,
    ),
    beta_binomial_tails: (tail_terms, beta_binomial_tails),
    beta_binomial_proportion_tails: (tail_terms, beta_binomial_tails, beta_binomial_proportion_tails),
}

LIKELIHOODS: Final[Mapping[str, Callable[..., Any]]] = {function.__name__: function for function in _PARTS}
"""By name; in a backend's table a name that is here stands for one of these."""

NAMES: Final = frozenset({"Any", *(part.__name__ for parts in _PARTS.values() for part in parts)})
"""What their definitions define."""

TABLE: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    kind: (function, {argument: argument for argument in DISTRIBUTIONS[kind].domains})
    for kind, function in {
        "WeightedBetaBinomial": "weighted_beta_binomial",
        "WeightedBetaBinomialProportion": "weighted_beta_binomial_proportion",
        "BetaBinomialTails": "beta_binomial_tails",
        "BetaBinomialProportionTails": "beta_binomial_proportion_tails",
    }.items()
}
"""Our distribution -> the name in `LIKELIHOODS`, whose arguments have our names."""


def definitions(names: Sequence[str]) -> list[str]:
    """Return the lines that define the likelihoods among `names`, each part once; none where there are none."""
    parts = dict.fromkeys(part for name in names if name in LIKELIHOODS for part in _PARTS[LIKELIHOODS[name]])
    if not parts:
        return []
    lines = [line for part in parts for line in (*getsource(part).splitlines(), "", "")]
    return ["from typing import Any", "", "", *lines]

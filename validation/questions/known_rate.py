"""Counts to come where the rate is known: a binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.saddle_point import log_binomial
from pplcompare.validation.exact.exact_words import INTERVAL, quantile_levels
from pplcompare.validation.questions.counts_to_come import CountsToCome, checked_counts, checked_trials, listed

MOST_TRIALS: Final = 1_000_000


def counts_at_rate(
    rate: float, trials: int, *, interval: float = INTERVAL, at_least: Sequence[int] = ()
) -> CountsToCome:
    """Return the distribution of the successes in so many trials at a rate that is known.

    It is binomial: nothing of its variance is epistemic.

    Parameters
    ----------
    rate
        The rate, from 0 to 1.
    trials
        The number of trials, at most a million.
    interval, at_least
        As for `counts_to_come`.

    Raises
    ------
    UsageError
        If a number cannot be used.
    """
    given: object = rate
    if not isinstance(given, int | float | np.integer | np.floating) or not 0.0 <= rate <= 1.0:
        mend = "write for example 0.1, or 10% on the command line"
        raise UsageError("must lie between 0 and 1", where="rate", seen=rate, mend=mend)
    n, levels = checked_trials(trials, MOST_TRIALS), quantile_levels(interval)
    pmf, shown = binomial(n, np.arange(n + 1), float(rate)), listed(n)
    below = np.cumsum(pmf)
    return CountsToCome(
        group=None,
        trials=n,
        rate_mean=float(rate),
        rate_sd=0.0,
        mean=n * rate,
        epistemic=0.0,
        aleatoric=n * rate * (1.0 - rate),
        quantiles={q: min(int(np.searchsorted(below, q)), n) for q in levels},
        counts=shown,
        pmf=pmf[: shown.size],
        # All successes are at least none, which a sum of probabilities is to rounding only.
        at_least={
            count: 1.0 if count <= 0 else float(pmf[count:].sum()) for count in checked_counts(at_least).tolist()
        },
    )


def binomial(n: int, counts: NDArray[np.int64], rate: float) -> Float:
    """Return the probabilities of the binomial, also of one that cannot vary."""
    if rate in (0.0, 1.0):
        return np.where(counts == n * rate, 1.0, 0.0)
    return np.asarray(np.exp(log_binomial(np.array(float(n)), counts.astype(np.float64), np.array(rate))))

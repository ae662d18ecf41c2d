"""Log likelihoods of many beta-binomial counts, written so that nothing cancels, in the words of any array library.

With w = z + 8, log Gamma(z) = (z - 1/2) log w - w + log(2 pi)/2 + `remainder`(z) for every z > 0: Stirling's series at
w, less the factors z (z + 1) ... (z + 7) (Abramowitz and Stegun 6.1.15 and 6.1.41). In differences of log Gamma the
rest combines to logarithms of ratios, which are small where the result is: the error is a few units in the last place
of the number of trials, for concentrations from 1e-6 to 1e12, where differences of log Gamma have no digit left.
"""

from __future__ import annotations

from typing import Any


def remainder(array: Any, z: Any) -> Any:
    """Return log Gamma(z) - (z - 1/2) log(z + 8) + z + 8 - log(2 pi)/2, below 1e-15 of error from the series.

    Parameters
    ----------
    array
        The library that `z` belongs to: `numpy`, `jax.numpy` or `pytensor.tensor`.
    """
    u = 1.0 / (z + 8.0)
    v, least = u * u, z * u
    # (z + j) (z + 8 - j) / (z + 8)^2 for j = 0 to 4, all of it sums of positive numbers.
    factors = least * (least + 7.0 * v) * (least + 12.0 * v) * (least + 15.0 * v) * (0.5 + 0.5 * least)
    series = 1 / 1188 - v * (691 / 360360 - v / 156)
    for coefficient in (1 / 1680, 1 / 1260, 1 / 360, 1 / 12):
        series = coefficient - v * series
    return u * series - array.log(factors)


def row_terms(array: Any, successes: Any, trials: Any, alpha: Any, beta: Any) -> tuple[Any, ...]:
    """Return terms whose sum is log [B(alpha + k, beta + n - k) / B(alpha, beta)], for each pair of k and n."""
    failures, total = trials - successes, alpha + beta
    more, less, all_ = alpha + successes, beta + failures, total + trials
    # Once for all three: libraries that compile take seconds for each.
    after = remainder(array, array.stack([more, less, all_]))
    before = remainder(array, array.stack([alpha + 0.0 * beta, beta + 0.0 * alpha, total]))
    return (
        -successes * array.log1p(less / (more + 8.0)),
        -failures * array.log1p(more / (less + 8.0)),
        (alpha - 0.5) * array.log1p(successes / (alpha + 8.0)),
        (beta - 0.5) * array.log1p(failures / (beta + 8.0)),
        -(total - 0.5) * array.log1p(trials / (total + 8.0)),
        after[0] - before[0],
        after[1] - before[1],
        before[2] - after[2],
    )


def tail_terms(array: Any, successes: Any, failures: Any, trials: Any, alpha: Any, beta: Any) -> tuple[Any, ...]:
    """Return terms whose sum over places is the sum of log [B(alpha + k, beta + n - k) / B(alpha, beta)].

    Rising factorials, step by step: the sum of A_m log(alpha + m) + B_m log(beta + m) - C_m log(alpha + beta + m), of
    which log(alpha + beta) is left out, since the A_m and B_m together are as many as the C_m. The error is a few units
    in the last place of the terms, which are as large as the number of trials times the logarithm of the largest one.

    Parameters
    ----------
    successes, failures, trials
        Each a ladder, the pair of A_m, B_m or C_m and its own m: in how many groups they climb the step at m; zero
        where there is no place.
    """
    (successes, success_step), (failures, failure_step), (trials, trial_step) = successes, failures, trials
    return (
        -successes * array.log1p(beta / alpha),
        -failures * array.log1p(alpha / beta),
        successes * array.log1p(success_step / alpha),
        failures * array.log1p(failure_step / beta),
        -trials * array.log1p(trial_step / (alpha + beta)),
    )

"""Evidence over many runs of a calibration: it finds a fault that begins with any of them.

E_{j..n} is the evidence in the ranks of runs j to n, its mean over quantities, and
M_n = sum_{j <= n} E_{j..n} / (j (j + 1)). Each E_{j..} is an e-process that begins with run j, and the weights of all j
sum to 1: with 1 / (j (j + 1)) for each j that is yet to come, M would have the mean 1 whenever one stops. So M reaches
1/a after any run with a probability of at most a (Ville's inequality). A fault that begins with run j costs a factor
of j (j + 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.rank_evidence import bets
from scipy import special


@dataclass(frozen=True, slots=True, eq=False)
class NightEvidence:
    """The evidence after each run.

    Attributes
    ----------
    path : (..., run)
        The logarithm of M; minus infinity where no quantity may be tested.
    begins : (..., run)
        The run, from 0, since which there is most evidence.
    """

    path: Float
    begins: NDArray[np.int64]


def night_evidence(counts: NDArray[np.int64], tested: NDArray[np.bool_]) -> NightEvidence:
    """Return the evidence against uniform ranks in runs that are looked at after each.

    Parameters
    ----------
    counts : (..., run, quantity, rank)
        How often each rank came.
    tested : (..., run, quantity)
        Whether the gate let the quantity count. One that it did not counts as nothing in all E_{j..n} that hold that
        run, which makes them smaller only, whatever the gate looks at.
    """
    gains, weights = bets()
    runs, quantities = counts.shape[-3:-1]
    start = np.zeros((*counts.shape[:-3], 1, quantities))
    wealth = np.concatenate(
        [np.repeat(start[..., None], len(weights), axis=-1), np.cumsum(counts @ gains, axis=-3)], -3
    )
    left_out = np.concatenate([start, np.cumsum(~tested, axis=-2)], axis=-2)
    each = np.arange(1, runs + 1)
    log_shares = -np.log(each * (each + 1.0))
    path, begins = np.empty(counts.shape[:-2]), np.empty(counts.shape[:-2], np.int64)
    for run in range(1, runs + 1):
        log_evidence = special.logsumexp(wealth[..., run, None, :, :] - wealth[..., :run, :, :] + weights, axis=-1)
        log_evidence[left_out[..., run, None, :] > left_out[..., :run, :]] = -np.inf
        since = special.logsumexp(log_evidence, axis=-1) - np.log(quantities) + log_shares[:run]
        path[..., run - 1] = special.logsumexp(since, axis=-1)
        begins[..., run - 1] = since.argmax(axis=-1)
    return NightEvidence(path, begins)

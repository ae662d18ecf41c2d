"""Evidence against uniform variables that may be looked at whenever one likes, also where they are correlated.

A bet stakes s on the mean of a wave phi_k over the variables of one replication: its wealth is multiplied by
1 + s mean_i phi_k(u_i), whose mean is 1 if each u_i is uniform, however the u_i depend on each other. Replications are
independent, so that the product over them is a martingale, and so is the mean of many such products: it reaches 1/a at
any time with a probability of at most a (Ville's inequality).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.rank_evidence import DEGREES, STAKES
from scipy import special

# Places at which a wave is looked at for its least value: polynomials of degree 6 have theirs at an end or between.
_PLACES: Final = np.linspace(0.0, 1.0, 10_001)
_BLOCK: Final = 2**22


def wave_values(uniforms: Float) -> Float:
    """Return the waves at numbers from 0 to 1: (...) -> (..., degree); each has mean 0 and variance 1 there."""
    x = 2.0 * np.asarray(uniforms) - 1.0
    return np.stack([np.sqrt(2 * k + 1.0) * special.eval_legendre(k, x) for k in range(1, DEGREES + 1)], axis=-1)


@cache
def staked() -> Float:
    """Return the stakes of all bets that never lose everything: (degree, stake), zero in the place of others."""
    stakes = np.array([*STAKES, *(-stake for stake in STAKES)])
    least = (wave_values(_PLACES)[:, :, None] * stakes).min(axis=0)
    return np.where(least > -0.999, stakes, 0.0)


def uniform_log_evidence_path(means: Float) -> Float:
    """Return the logarithm of the evidence after each replication: (replication, component).

    Parameters
    ----------
    means : (replication, component, degree)
        The mean of `wave_values` over the variables of each component and replication.
    """
    stakes = staked()
    degree, stake = np.nonzero(stakes)
    amounts, replications = stakes[degree, stake], means.shape[0]
    path, held = np.empty(means.shape[:2]), np.zeros((means.shape[1], len(amounts)))
    step = max(1, _BLOCK // (max(means.shape[1], 1) * len(amounts)))
    for start in range(0, replications, step):
        wealth = held + np.cumsum(np.log1p(means[start : start + step][:, :, degree] * amounts), axis=0)
        path[start : start + step] = special.logsumexp(wealth, axis=-1) - np.log(len(amounts))
        held = wealth[-1]
    return path

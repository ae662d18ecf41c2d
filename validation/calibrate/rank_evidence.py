"""Evidence against uniform ranks that may be looked at whenever one likes: an e-process on their counts.

A bet against the uniform law is a probability q(r) of each rank; after ranks r_1, ..., r_n its wealth is
prod_i RANKS q(r_i), and under uniform ranks its mean is 1 whenever one stops. The evidence is the mean wealth of many
bets, and reaches 1/a at any time with a probability of at most a (Ville's inequality; Waudby-Smith and Ramdas 2024).
Half of it is in beta-binomial laws, which are what biases and wrong spreads make of ranks; half in small waves.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from scipy import special

_SHIFTS: Final = (0.01, 0.02, 0.04, 0.08, 0.16)
_SPREADS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
DEGREES: Final = 6
"""The waves are polynomials of degrees 1 to this."""
STAKES: Final = (0.02, 0.05, 0.1, 0.2, 0.4)
"""How much is staked on a wave; with both signs."""

# Cumulated wealth that is held at once, in numbers.
_BLOCK: Final = 2**22


def beta_binomial_bets() -> Float:
    """Return the logarithms of RANKS q(r) of 120 beta-binomial laws BB(99, c m, c (1 - m)): (rank, bet)."""
    rank = np.arange(RANKS)
    bets = []
    for shift in (0.0, *_SHIFTS, *(-shift for shift in _SHIFTS)):
        for spread in (0.0, *_SPREADS, *(-spread for spread in _SPREADS)):
            if shift == spread == 0.0:  # the uniform law itself
                continue
            total = 2.0 * np.exp(spread)
            first, second = total * (0.5 + shift), total * (0.5 - shift)
            choose = -np.log(RANKS) - special.betaln(1.0 + rank, 1.0 + KEPT - rank)
            log_pmf = choose + special.betaln(rank + first, KEPT - rank + second) - special.betaln(first, second)
            bets.append(np.log(RANKS) + log_pmf)
    return np.stack(bets, axis=1)


def waves() -> Float:
    """Return polynomials of degrees 1 to `DEGREES` with mean 0 and variance 1 over the ranks: (rank, degree)."""
    x = np.linspace(-1.0, 1.0, RANKS)
    basis, _ = np.linalg.qr(np.polynomial.legendre.legvander(x, DEGREES))
    basis *= np.sqrt(RANKS) * np.sign(basis[-1])
    return np.asarray(basis[:, 1:])


def wave_bets() -> Float:
    """Return the logarithms of 1 + s phi_k(r), of all that are positive at every rank: (rank, bet)."""
    stakes = np.array([*STAKES, *(-stake for stake in STAKES)])
    wealth = 1.0 + (waves()[:, :, None] * stakes).reshape(RANKS, -1)
    return np.asarray(np.log(wealth[:, (wealth > 0.0).all(axis=0)]))


@cache
def bets() -> tuple[Float, Float]:
    """Return the log wealth that each rank gives, (rank, bet), and the logarithms of the weights, (bet,)."""
    halves = beta_binomial_bets(), wave_bets()
    weights = np.concatenate([np.full(half.shape[1], -np.log(2 * half.shape[1])) for half in halves])
    return np.concatenate(halves, axis=1), weights


def log_evidence(counts: NDArray[np.int64]) -> Float:
    """Return the logarithm of the evidence in counts of ranks, (..., rank) -> (...)."""
    gains, weights = bets()
    return np.asarray(special.logsumexp(counts @ gains + weights, axis=-1))


def log_evidence_path(ranks: NDArray[np.uint8]) -> Float:
    """Return the logarithm of the evidence after each replication: (replication, quantity).

    Parameters
    ----------
    ranks : (replication, quantity)
        From 0 to 99.
    """
    gains, weights = bets()
    replications, quantities = ranks.shape
    path, held = np.empty(ranks.shape), np.zeros((quantities, len(weights)))
    step = max(1, _BLOCK // (max(quantities, 1) * len(weights)))
    for start in range(0, replications, step):
        wealth = held + np.cumsum(gains[ranks[start : start + step]], axis=0)
        path[start : start + step] = special.logsumexp(wealth + weights, axis=-1)
        held = wealth[-1]
    return path


def mean_log_evidence(path: Float, quantities: int | None = None) -> Float:
    """Return the logarithm of the mean evidence of quantities after each replication: (replication,).

    Parameters
    ----------
    path : (replication, quantity)
        The logarithms of their evidence.
    quantities
        The number of all quantities, those that are left out of `path` included, which have none; by default there are
        no others.
    """
    return np.asarray(special.logsumexp(path, axis=1) - np.log(path.shape[1] if quantities is None else quantities))


def reached_after(path: Float, log_threshold: float) -> int | None:
    """Return after how many replications evidence (replication,) reached a threshold; None if it did not."""
    reached = np.flatnonzero(path >= log_threshold)
    return int(reached[0]) + 1 if reached.size else None

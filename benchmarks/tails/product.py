"""Slopes of normal scores on a series that is independent of them: given that series, they are normal."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.scores import rank_scores
from scipy import signal, special

from tails.chain import Chain, Sample, ess_of_mean
from tails.mean import autoregressive

_NODES: Final = np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0])
"""Slopes in their exact standard errors, between which the statistic is taken to be straight."""


class Pair(NamedTuple):
    """Scores s and an independent series h, (rep, chain, draw) each.

    Attributes
    ----------
    smoothed
        R h, with R the covariance of s.
    """

    s: Float
    h: Float
    smoothed: Float


def autoregressive_pair(chain: Chain, reps: int, rng: np.random.Generator) -> Pair:
    """Return two AR(1) series with coefficients of their own."""
    phi, psi, shape = chain.correlation, chain.other, (reps, chain.chains, chain.length)
    s = autoregressive(rng, shape, phi, 1.0 - phi * phi)
    h = ranked(autoregressive(rng, shape, psi, 1.0 - psi * psi))
    past = signal.lfilter([1.0], [1.0, -phi], h, axis=2)
    future = signal.lfilter([1.0], [1.0, -phi], h[:, :, ::-1], axis=2)[:, :, ::-1]
    return Pair(s, h, past + future - h)


def kept_pair(chain: Chain, reps: int, rng: np.random.Generator) -> Pair:
    """Return two series that keep their values at the same places, as the quantities of one sampler do."""
    shape = (reps, chain.chains, chain.length)
    new = rng.random(shape) >= chain.correlation
    new[:, :, 0] = True
    run = np.cumsum(new) - 1
    s, drawn = (values[run].reshape(shape) for values in rng.standard_normal((2, int(run[-1]) + 1)))
    h = ranked(drawn)
    return Pair(s, h, np.bincount(run)[run].reshape(shape) * h)


def ranked(x: Float) -> Float:
    """Return the scores of the ranks within each repetition."""
    return np.stack([rank_scores(rep) for rep in x])


def dot(x: Float, y: Float) -> Float:
    """Return the sum of products of each repetition, shaped to multiply series."""
    return np.einsum("rcd,rcd->r", x, y)[:, None, None]


def products(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the tails of slopes.

    Given h the sum of s h is M sqrt(h' R h) with M normal, and what s is besides, s - M R h / sqrt(h' R h), is
    independent of M. With both kept, the statistic is a function of M alone, which is evaluated at nodes. By symmetry
    negative M need none.
    """
    s, h, smoothed = (kept_pair if chain.keeps else autoregressive_pair)(chain, reps, rng)
    squares, spread = dot(h, h), np.sqrt(dot(h, smoothed))
    along = smoothed / spread
    apart = s - dot(s, h) / spread * along
    error = (spread / squares).ravel()
    rms = np.sqrt(squares.ravel() / chain.draws)
    sizes = []
    for node in _NODES:
        at = apart + node * along
        sizes.append(ess_of_mean((at - dot(at, h) / squares * h) * h))
    ess = np.stack(sizes, axis=1)
    score = _NODES * (error * rms)[:, None] * np.sqrt(ess)

    def tail(limit: Float) -> Float:
        return np.stack([beyond(score - np.reshape(row, (-1, 1) if row.size == 1 else ess.shape)) for row in limit])

    def known(limit: Float) -> Float:
        return np.asarray(2.0 * special.ndtr(-limit) * np.ones(reps))

    return {"product": Sample(ess.ravel(), np.ones(reps), tail, known)}


def beyond(excess: Float) -> Float:
    """Return how probable it is, (rep,), that an excess known at the nodes, (rep, node), is positive."""
    upper = special.ndtr(-_NODES)
    left, right = excess[:, :-1], excess[:, 1:]
    crossed = (left > 0.0) != (right > 0.0)
    # Where one of two nodes has too few effective draws for a limit, the border lies somewhere between them.
    straight = crossed & np.isfinite(left) & np.isfinite(right)
    share = np.full_like(left, 0.5)
    share[straight] = left[straight] / (left[straight] - right[straight])
    at = special.ndtr(-(_NODES[:-1] + share * np.diff(_NODES)))
    start = np.where(left > 0.0, upper[:-1], np.where(crossed, at, 0.0))
    end = np.where(right > 0.0, upper[1:], np.where(crossed, at, 0.0))
    within = np.where((left > 0.0) | (right > 0.0), start - end, 0.0)
    return np.asarray(2.0 * (within.sum(axis=1) + np.where(excess[:, -1] > 0.0, upper[-1], 0.0)))

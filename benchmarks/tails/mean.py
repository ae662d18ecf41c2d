"""Means of normal scores: given the residuals of the best linear estimate, their tails are normal ones."""

from __future__ import annotations

import math

import numpy as np
from pplcompare.models.float_array import Float
from scipy import signal, special

from tails.chain import Chain, Sample, Tails, ess_of_mean


def autoregressive(rng: np.random.Generator, shape: tuple[int, int, int], phi: float, variance: float) -> Float:
    """Return stationary AR(1) chains (rep, chain, draw) with innovations of this variance."""
    noise = rng.standard_normal(shape) * math.sqrt(variance)
    if phi == 0.0:
        return noise
    noise[:, :, 0] /= math.sqrt(1.0 - phi * phi)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], noise, axis=2))


def means(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the tails of means of normal scores, with known and with estimated spread."""
    phi, n = chain.correlation, chain.length
    x = autoregressive(rng, (reps, chain.chains, n), phi, 1.0 - phi * phi)
    weights = np.full(n, (1.0 - phi) ** 2)
    weights[[0, -1]] = 1.0 - phi
    information = chain.chains * weights.sum() / (1.0 - phi * phi)
    rest = x.mean(axis=(1, 2)) - (x * weights).sum(axis=(1, 2)) / (chain.chains * weights.sum())
    ess = ess_of_mean(x)

    def tails(scale: Float) -> Tails:
        def beyond(limit: Float) -> Float:
            reach, root = limit * scale, math.sqrt(information)
            return np.asarray(special.ndtr(-(reach - rest) * root) + special.ndtr(-(reach + rest) * root))

        return beyond

    known = tails(np.full(reps, 1.0 / math.sqrt(chain.ess)))
    spread = x.std(axis=(1, 2), ddof=1)
    found = {"mean": tails(1.0 / np.sqrt(ess)), "pooled mean": tails(spread / np.sqrt(ess))}
    return {kind: Sample(ess, np.ones(reps), tail, known) for kind, tail in found.items()}


def normal_tails(_chain: Chain, limit: Float) -> Float:
    """Return P(|mean| > limit), the true size known."""
    return np.asarray(2.0 * special.ndtr(-limit))

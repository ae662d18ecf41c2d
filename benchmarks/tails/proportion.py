"""Shares below a quantile: given when new values are drawn, and their order, their number is binomial."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.checks import scores
from scipy import fft, special

from tails.chain import Chain, Sample, Tails, ess_of_quantile
from tails.sticky import log_ratios, sticky, sticky_law
from tails.tilts import TILTS

# How far from the middle, in standard deviations, counts are looked at.
_FAR: Final = 18.0


def proportions(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the tails of the share below a quantile, of chains that keep values."""
    rho, q = chain.correlation, chain.probability
    laws = [sticky_law(rho, q, chain.ess, score) for score in (TILTS if rho else TILTS[:1])]
    repeated = [law for law in laws for _ in range(max(reps // len(laws), 1))]
    runs = [sticky(rng, law, chain.chains, chain.length, q) for law in repeated]
    draws = np.concatenate([np.repeat(run.values, run.lengths) for run in runs])
    ess = ess_of_quantile(draws.reshape(len(runs), chain.chains, chain.length), q)
    scores_known = share_scores(chain)
    weights, tails, known = np.empty(len(runs)), [], []
    for i, run in enumerate(runs):
        order = np.argsort(run.values)
        count, sd = order.size, math.sqrt(order.size * q * (1.0 - q))
        low, high = (min(max(round(count * q + side * (_FAR * sd + 30.0)), 0), count) for side in (-1, 1))
        number = np.arange(low, high + 1)
        binomial = np.exp(special.xlogy(number, q) + special.xlogy(count - number, 1.0 - q) + log_choose(count, number))
        ratios = np.stack([log_ratios(run, order, law, rho, q)[low : high + 1] for law in laws])
        weights[i] = 1.0 / (np.exp(ratios) @ binomial).mean() if rho else 1.0
        share = np.concatenate([[0], np.cumsum(run.lengths[order])])[low : high + 1]
        tails.append(stepped(scores.proportion_score(share / chain.draws, q, ess[i]), binomial))
        known.append(stepped(scores_known[share], binomial))
    return {"proportion": Sample(ess * q, weights, by_row(tails), by_row(known))}


def log_choose(n: int, k: NDArray[np.int64]) -> Float:
    """Return the log of a binomial coefficient."""
    return np.asarray(special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0))


def stepped(score: Float, probability: Float) -> Tails:
    """Return the tails of a rising statistic with these values and probabilities."""
    upper = np.concatenate([np.cumsum(probability[::-1])[::-1], [0.0]])
    lower = np.concatenate([[0.0], np.cumsum(probability)])

    def beyond(limit: Float) -> Float:
        return upper[np.searchsorted(score, limit, "right")] + lower[np.searchsorted(score, -limit, "left")]

    return beyond


def by_row(tails: list[Tails]) -> Tails:
    """Return the tails of all repetitions, side by side."""

    def beyond(limit: Float) -> Float:
        wide = np.broadcast_to(limit, (len(limit), len(tails)))
        return np.stack([tail(at) for tail, at in zip(tails, wide.T, strict=True)], axis=1)

    return beyond


def share_scores(chain: Chain) -> Float:
    """Return the scores of all numbers of draws below the quantile, the size known: (draws + 1,)."""
    return scores.proportion_score(np.arange(chain.draws + 1) / chain.draws, chain.probability, chain.ess)


def share_tails(chain: Chain, limit: Float) -> Float:
    """Return P(|score of the share| > limit), the true size known, from the generating function of the number below.

    Written around a tilt to either side, so that rare numbers keep their digits.
    """
    rho, q, total = chain.correlation, chain.probability, chain.draws
    score, found = share_scores(chain), np.zeros(limit.size)
    number = np.arange(total + 1)
    for side in (-1.0, 1.0):
        tilt = sticky_law(rho, q, chain.ess, side * 6.0).tilt
        values, log_scale = _generating(chain, tilt + 2j * np.pi * number / (total + 1.0))
        tilted_back = np.maximum(fft.fft(values).real, 0.0) / (total + 1.0)
        beyond = side * score > 0.0
        probability = np.zeros(total + 1)
        probability[beyond] = tilted_back[beyond] * np.exp(log_scale - tilt * number[beyond])
        found += stepped(score, probability)(limit)
    return found


def _generating(chain: Chain, theta: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], float]:
    """Return E exp(theta number), over a constant whose log is returned as well."""
    rho, q = chain.correlation, chain.probability
    lift = np.exp(theta)
    stay, leave = rho + (1.0 - rho) * (1.0 - q), (1.0 - rho) * (1.0 - q)
    enter, remain = (1.0 - rho) * q * lift, (rho + (1.0 - rho) * q) * lift
    root = np.sqrt(((stay - remain) / 2.0) ** 2 + enter * leave)
    middle = (stay + remain) / 2.0
    root = np.where(np.abs(middle + root) < np.abs(middle - root), -root, root)
    large, small = middle + root, middle - root
    top = float(large[0].real)
    # The kernel's power is ((K - small) large^m - (K - large) small^m) / (large - small).
    sums = ((1.0 - q) * (stay + enter) + q * lift * (leave + remain), (1.0 - q) + q * lift)
    steps = chain.length - 1
    powers = (large / top) ** steps, (small / top) ** steps
    value = ((sums[0] - small * sums[1]) * powers[0] - (sums[0] - large * sums[1]) * powers[1]) / (large - small)
    return value**chain.chains, chain.chains * steps * math.log(top)

"""Chains that keep their value or draw anew, as runs of one value each."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from scipy import optimize, special


class Sticky(NamedTuple):
    """A chain that keeps its value or draws anew, by whether the value is below the quantile.

    Attributes
    ----------
    tilt
        How much likelier each draw below has become, as a log.
    first, below
        Probability that the first value, and that a new one, lies below.
    keep : (above, below)
        Probability of keeping a value.
    """

    tilt: float
    first: float
    below: float
    keep: tuple[float, float]


def sticky_law(rho: float, q: float, ess: float, score: float) -> Sticky:
    """Return the law, tilted by exp(theta) for each draw below, whose share below has this score."""
    target = float(special.betaincinv(ess * q, ess * (1.0 - q), special.ndtr(score)))

    def law(theta: float) -> Sticky:
        lift = math.exp(theta)
        kernel = np.array([[rho + (1 - rho) * (1 - q), (1 - rho) * q], [(1 - rho) * (1 - q), rho + (1 - rho) * q]])
        kernel[:, 1] *= lift
        # The largest eigenvalue, and the ratio of its right eigenvector's elements, below to above.
        half, split = kernel.trace() / 2, (kernel[0, 0] - kernel[1, 1]) / 2
        top = half + math.sqrt(split * split + kernel[0, 1] * kernel[1, 0])
        ratio = (top - kernel[0, 0]) / kernel[0, 1]
        below = q * lift * ratio / (1.0 - q + q * lift * ratio)
        keep = (rho / top, rho * lift / top)
        rise, fall = (1.0 - keep[0]) * below, (1.0 - keep[1]) * (1.0 - below)
        return Sticky(theta, rise / (rise + fall), below, keep)

    return law(float(optimize.brentq(lambda theta: law(theta).first - target, -20.0, 20.0, xtol=1e-12)))


class Runs(NamedTuple):
    """Chains that keep values, as runs of one value each, in order.

    Attributes
    ----------
    values, lengths : (run,)
    is_first, is_last : (run,)
        Whether the run begins a chain; whether a chain's end has cut it.
    """

    values: Float
    lengths: NDArray[np.int64]
    is_first: NDArray[np.bool_]
    is_last: NDArray[np.bool_]


def sticky(rng: np.random.Generator, law: Sticky, chains: int, length: int, q: float) -> Runs:
    """Return the runs of uniform values of all chains, one chain after the other."""
    mean = (1.0 - law.below) / (1.0 - law.keep[0]) + law.below / (1.0 - law.keep[1])
    total = chains * length
    most = math.ceil(total / mean + 10.0 * math.sqrt(total / mean) + 10.0) + chains
    is_below = rng.random(most) < law.below
    lengths = rng.geometric(1.0 - np.where(is_below, law.keep[1], law.keep[0]))
    starts, ends, at = [], [], 0
    for _ in range(chains):
        is_below[at] = rng.random() < law.first
        lengths[at] = rng.geometric(1.0 - law.keep[int(is_below[at])])
        reached = np.cumsum(lengths[at:])
        count = int(np.searchsorted(reached, length)) + 1
        lengths[at + count - 1] -= reached[count - 1] - length
        starts.append(at)
        ends.append(at + count - 1)
        at += count
    is_first, is_last = np.zeros(at, dtype=bool), np.zeros(at, dtype=bool)
    is_first[starts], is_last[ends] = True, True
    new = rng.random(at)
    values = np.where(is_below[:at], q * new, q + (1.0 - q) * new)
    return Runs(values, lengths[:at], is_first, is_last)


def log_ratios(run: Runs, order: NDArray[np.int64], law: Sticky, rho: float, q: float) -> Float:
    """Return the log likelihood ratios of a law to the null one if none, one, ... of the lowest runs lie below."""
    if not rho:
        return np.zeros(order.size + 1)
    of_side = []
    for keep, first, new, chance in (
        (law.keep[0], 1.0 - law.first, 1.0 - law.below, 1.0 - q),
        (law.keep[1], law.first, law.below, q),
    ):
        kept = (run.lengths - 1) * math.log(keep / rho) + np.where(run.is_last, 0.0, math.log((1 - keep) / (1 - rho)))
        of_side.append(kept + np.where(run.is_first, math.log(first / chance), math.log(new / chance)))
    above, below = of_side
    return np.concatenate([[0.0], np.cumsum((below - above)[order])]) + above.sum()

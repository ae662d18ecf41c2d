"""Tails of one law of chains with their errors, and the limit at which a tail falls to a level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pplcompare.models.float_array import Float

from tails.chain import Chain
from tails.mean import means, normal_tails
from tails.product import products
from tails.proportion import proportions, share_tails
from tails.tilts import TILTS
from tails.variance import square_tails, variances

GRID: Final = np.concatenate([np.arange(1.5, 5.0, 0.025), np.arange(5.0, 12.0, 0.1), np.arange(12.0, 37.0, 1.0)])
WANTED_LEVEL: Final = 1e-2
WANTED_ERROR: Final = 0.015
STANDARD_ERRORS: Final = 3.0
SEED: Final = 20_260_101
_BLOCK: Final = 2_000_000
_LEAST_REPS: Final = 180
# Each repetition of a product tells the whole law of the slope.
_LEAST_PRODUCTS: Final = 60
_MOST_REPS: Final = 4000
# How many times as many draws an error that is wanted may cost.
_MORE: Final = 25.0
_ROUNDING: Final = 1e-9

MAKERS: Final = {"mean": means, "variance": variances, "proportion": proportions, "product": products}
KNOWN: Final = {"mean": normal_tails, "variance": square_tails, "proportion": share_tails, "product": normal_tails}


@dataclass(frozen=True, slots=True)
class Tail:
    """P(|statistic| > limit) with its standard error, by kind: one array over limits each."""

    probability: Float
    error: Float
    reps: int


def measured(
    chain: Chain, draws: float, seed: int, limits: Mapping[str, Any], known: Float, *, wanted: bool = False
) -> dict[str, Tail]:
    """Return the tails of one law of chains.

    Parameters
    ----------
    draws
        How many to simulate, all repetitions together.
    limits
        By kind, a function from sizes (rep,) to limits (limit, rep) or (limit, 1).
    known : (limit,)
        Limits of the statistic with the true size whose tails serve as control variates.
    wanted
        Whether to go on to `WANTED_ERROR` at `WANTED_LEVEL`; limits must be those of `GRID`.
    """
    rng = np.random.default_rng([SEED, seed])
    exact = KNOWN[chain.kind](chain, known)
    parts: dict[str, list[tuple[Float, Float]]] = {}

    def simulate(total: int) -> None:
        blocks = math.ceil(total * chain.draws / _BLOCK)
        for _ in range(blocks):
            for kind, sample in MAKERS[chain.kind](chain, max(math.ceil(total / blocks), len(TILTS)), rng).items():
                tails, controls = sample.tail(limits[kind](sample.ess)), sample.known(known[:, None])
                parts.setdefault(kind, []).append((sample.weights * tails, sample.weights * controls))

    def found() -> dict[str, Tail]:
        joined = {kind: [np.concatenate(part, axis=1) for part in zip(*of, strict=True)] for kind, of in parts.items()}
        return {kind: controlled(tails, controls, exact) for kind, (tails, controls) in joined.items()}

    least = _LEAST_PRODUCTS if chain.kind == "product" else _LEAST_REPS
    reps = int(min(max(draws / chain.draws, least), _MOST_REPS))
    simulate(reps)
    if wanted:
        worst = max(crossing(tail, WANTED_LEVEL)[1] for tail in found().values())
        most = _MORE * draws / chain.draws
        simulate(int(min(reps * (worst / WANTED_ERROR) ** 2, most)) - reps)
    return found()


def controlled(tails: Float, controls: Float, exact: Float) -> Tail:
    """Return means of `tails` (limit, rep), corrected by controls whose means are known."""
    reps = tails.shape[1]
    about = controls - controls.mean(axis=1, keepdims=True)
    square = (about * about).mean(axis=1)
    # With independent draws controls of means are constants, but for rounding.
    varies = square > (_ROUNDING * exact) ** 2
    slope = np.where(varies, (about * tails).mean(axis=1) / np.where(varies, square, 1.0), 0.0)
    rest = tails - slope[:, None] * (controls - exact[:, None])
    return Tail(np.maximum(rest.mean(axis=1), 0.0), rest.std(axis=1, ddof=2) / math.sqrt(reps), reps)


def crossing(tail: Tail, level: float) -> tuple[float, float]:
    """Return the limit at which P + 3 standard errors falls to the level, and the relative standard error there.

    Between the limits of the grid logs of tails are almost straight, and concave.
    """
    upper = np.maximum.accumulate((tail.probability + STANDARD_ERRORS * tail.error)[::-1])[::-1]
    index = int(np.argmax(upper <= level))
    if upper[index] > level:
        raise RuntimeError(f"the grid of limits ends before {level:g}: {upper[-1]:g}")
    limit = float(GRID[index])
    if index and upper[index] > 0.0:
        before, after = np.log(upper[index - 1 : index + 1] / level)
        limit -= float(GRID[index] - GRID[index - 1]) * float(after / (after - before))
    return limit, float(tail.error[index] / max(tail.probability[index], 1e-300))

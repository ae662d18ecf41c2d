"""Chains that are not independent of each other, that stop, or of which one differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.mutants.mutation import Mutation, each
from scipy import special

Values = NDArray[np.float64]
"""(chain, draw, *plate)."""

_LAG: Final = 7
_FIRST_BLOCK: Final = 40


def _noisy(size: float, alter: Callable[[Values], Values]) -> Callable[[Structure, Inputs, Fit], Draws]:
    """Alter the draws of every variable, then add noise of so many standard deviations to all."""

    def noisy(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
        rng = np.random.default_rng(fit.seed)
        return {
            name: alter(v) + size * v.std(axis=(0, 1)) * rng.standard_normal(v.shape) for name, v in fit.draws.items()
        }

    return noisy


def _second(alter: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """Return what makes the second chain out of all, and leaves the others."""
    return lambda values: np.concatenate([values[:1], alter(values)[None], values[2:]])


def _padded(share: float) -> Callable[[Values], Values]:
    """Let the second chain stay where it is for the last part."""
    return _second(lambda v: np.concatenate([v[1, : -_part(v, share)], np.repeat(v[1, -1:], _part(v, share), 0)]))


def _part(values: Values, share: float) -> int:
    return int(max(round(share * values.shape[1]), 1))


def _stuck(values: Values) -> Values:
    part = _part(values, 0.05)
    return np.concatenate([values[:, :-part], np.repeat(values[:, -part - 1 : -part], part, axis=1)], axis=1)


def _block(values: Values) -> Values:
    """Put a tenth of the first chain into the second, elsewhere."""
    size = values.shape[1] // 10
    return np.concatenate([values[1, : -2 * size], values[0, _FIRST_BLOCK : _FIRST_BLOCK + size], values[1, -size:]])


def _alike(values: Values) -> Values:
    return np.broadcast_to(values[:1], values.shape)


def _shuffled(values: Values) -> Values:
    """Let every chain be the first in an order of its own, the same for all variables."""
    rng = np.random.default_rng(values.shape[1])
    return np.stack([values[0][rng.permutation(values.shape[1])] for _ in values])


def _moved(shift: float, factor: float) -> Callable[[Values], Values]:
    """Shift and widen the second chain of rates, on the logit scale, where no draw leaves its support."""

    def alter(values: Values) -> Values:
        logit = special.logit(values)
        mean, sd = logit.mean(axis=(0, 1)), logit.std(axis=(0, 1))
        return np.asarray(special.expit(mean + factor * (logit[1] - mean) + shift * sd))

    return _second(alter)


CHAINS: Final[Mapping[str, Mutation]] = {
    "copies-1e-9": Mutation("every chain is the first, with noise of 1e-9 sd", draws=_noisy(1e-9, _alike)),
    "copies-1e-6": Mutation("every chain is the first, with noise of 1e-6 sd", draws=_noisy(1e-6, _alike)),
    "copies-1e-3": Mutation("every chain is the first, with noise of 1e-3 sd", draws=_noisy(1e-3, _alike)),
    "copy-lagged": Mutation(
        "one chain is another one, seven draws later, with noise of 1e-3 sd",
        draws=_noisy(1e-3, _second(lambda v: np.roll(v[0], _LAG, axis=0))),
    ),
    "copy-reversed": Mutation(
        "one chain is another one in reverse, with noise of 1e-3 sd", draws=_noisy(1e-3, _second(lambda v: v[0, ::-1]))
    ),
    "copies-shuffled": Mutation(
        "every chain is the first in an order of its own, with noise of 1e-6 sd", draws=_noisy(1e-6, _shuffled)
    ),
    "block": Mutation(
        "a tenth of one chain recurs in another, with noise of 1e-3 sd", draws=_noisy(1e-3, _second(_block))
    ),
    "padded-1": Mutation("the last 1 % of one chain is its last value", draws=each(_padded(0.01))),
    "padded-5": Mutation("the last 5 % of one chain are its last value", draws=each(_padded(0.05))),
    "padded-20": Mutation("the last 20 % of one chain are its last value", draws=each(_padded(0.2))),
    "stuck": Mutation("the last 5 % of all chains stay where they are", draws=each(_stuck)),
    "chain-shifted": Mutation("one chain of four is shifted by 0.2 sd", draws=each(_moved(0.2, 1.0))),
    "chain-widened": Mutation("one chain of four has 1.25 times the sd", draws=each(_moved(0.0, 1.25))),
}

"""Draws whose parts do not belong together, though each part alone is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.mutants.mutation import Mutation

Values = NDArray[np.float64]
"""(chain, draw, *plate)."""

type Alter = Callable[[np.random.Generator, Values], Values]


def _rates(alter: Alter) -> Callable[[Structure, Inputs, Fit], Draws]:
    """Return what alters the variables on a plate."""

    def altered(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
        rng, plates = np.random.default_rng(fit.seed), {v.name for v in structure.variables if v.plate is not None}
        return {name: alter(rng, values) if name in plates else values for name, values in fit.draws.items()}

    return altered


def _first_scalar(alter: Alter) -> Callable[[Structure, Inputs, Fit], Draws]:
    """Return what alters the first hyper-parameter."""

    def altered(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
        name = next(variable.name for variable in structure.variables if variable.plate is None)
        return {**fit.draws, name: alter(np.random.default_rng(fit.seed), fit.draws[name])}

    return altered


def _permuted(share: float) -> Alter:
    """Return what permutes a share of the draws, chosen at random, all groups alike."""

    def alter(rng: np.random.Generator, values: Values) -> Values:
        chosen = rng.permutation(values.shape[1])[: round(share * values.shape[1])]
        moved = values.copy()
        moved[:, chosen] = values[:, rng.permutation(chosen)]
        return moved

    return alter


def _first_group(rng: np.random.Generator, values: Values) -> Values:
    return np.concatenate([rng.permutation(values[:, :, :1], axis=1), values[:, :, 1:]], axis=2)


def _reflected(rng: np.random.Generator, values: Values) -> Values:
    """Exchange the largest value and the smallest, the second largest and the second smallest, and so on."""
    order = np.argsort(np.argsort(values, axis=None, kind="stable"))
    return np.asarray(np.sort(values, axis=None)[::-1][order].reshape(values.shape))


JOINT: Final[Mapping[str, Mutation]] = {
    "rates-apart": Mutation(
        "rates stand beside hyper-parameters of other draws", "shapes", draws=_rates(_permuted(1.0))
    ),
    "rates-apart-30": Mutation("the same, in 30 % of the draws", "shapes", draws=_rates(_permuted(0.3))),
    "rates-apart-10": Mutation("the same, in 10 % of the draws", "proportion", draws=_rates(_permuted(0.1))),
    "each-rate-apart": Mutation(
        "each group's rates are in an order of their own",
        "shapes",
        draws=_rates(lambda rng, values: rng.permuted(values, axis=1)),
    ),
    "one-rate-apart": Mutation(
        "the rates of the first group are in another order", "shapes", draws=_rates(_first_group)
    ),
    "previous-rates": Mutation(
        "rates are those of the previous draw", "shapes", draws=_rates(lambda rng, values: np.roll(values, 1, axis=1))
    ),
    "alpha-apart": Mutation(
        "a hyper-parameter is in another order",
        "shapes",
        draws=_first_scalar(lambda rng, values: rng.permutation(values, axis=1)),
    ),
    "correlation-turned": Mutation(
        "the correlation of two hyper-parameters has the other sign", "shapes", draws=_first_scalar(_reflected)
    ),
}

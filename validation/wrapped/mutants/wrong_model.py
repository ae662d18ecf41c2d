"""Priors and likelihoods that are not those of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, Gamma
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable
from pplcompare.validation.wrapped.mutants.mutation import Mutation
from pplcompare.validation.wrapped.mutants.parts import adding, likelihood, prior

type AlterInputs = Callable[[Structure, Inputs], Inputs]
type CountArray = NDArray[np.int64]


def numbers(kind: type[Distribution], alter: Callable[..., tuple[float, ...]]) -> AlterInputs:
    """Return what alters the numbers of every distribution of a kind that has only numbers."""

    def altered(structure: Structure, inputs: Inputs) -> Inputs:
        changed: dict[str, float] = dict(inputs.constants)
        for variable in structure.variables:
            names = [str(name) for name in variable.distribution.arguments.values()]
            if isinstance(variable.distribution, kind) and inputs.constants.keys() >= set(names):
                changed |= zip(names, alter(*(inputs.constants[name] for name in names)), strict=True)
        return replace(inputs, constants=changed)

    return altered


def data(alter: Callable[[CountArray, CountArray], tuple[CountArray, CountArray]]) -> AlterInputs:
    """Return what alters trials n and successes k."""

    def altered(structure: Structure, inputs: Inputs) -> Inputs:
        ((trials, n),), ((successes, k),) = inputs.counts.items(), inputs.observed.items()
        n, k = alter(n, k)
        return replace(inputs, counts={trials: n}, observed={successes: k})

    return altered


def _swap_shapes(structure: Structure) -> Structure:
    def swapped(variable: Variable) -> Variable:
        given = variable.distribution
        return replace(variable, distribution=Beta(given.beta, given.alpha)) if isinstance(given, Beta) else variable

    return replace(structure, variables=tuple(swapped(variable) for variable in structure.variables))


MODEL: Final[Mapping[str, Mutation]] = {
    "swap-alpha-beta": Mutation("the two shape parameters of every Beta change places", structure=_swap_shapes),
    "swap-alpha-beta-rates": Mutation("the same, with shapes that are variables", "shapes", structure=_swap_shapes),
    "swap-k-misses": Mutation("k and n - k change places", inputs=data(lambda n, k: (n, n - k))),
    "n+1": Mutation("one trial too many in every group", inputs=data(lambda n, k: (n + 1, k))),
    "k+1": Mutation("one success too many in every group", inputs=data(lambda n, k: (n, np.minimum(k + 1, n)))),
    "prior-dropped": Mutation(
        "no prior", density=adding(-1.0, prior), target=numbers(Beta, lambda alpha, beta: (1.0, 1.0))
    ),
    "prior-twice": Mutation(
        "every prior counts twice",
        density=adding(1.0, prior),
        target=numbers(Beta, lambda alpha, beta: (2.0 * alpha - 1.0, 2.0 * beta - 1.0)),
    ),
    "likelihood-twice": Mutation(
        "every observation counts twice", density=adding(1.0, likelihood), target=data(lambda n, k: (2 * n, 2 * k))
    ),
    "rate-as-scale": Mutation(
        "the rate of a Gamma is read as its scale",
        "shapes",
        inputs=numbers(Gamma, lambda shape, rate: (shape, 1 / rate)),
    ),
    "rate-20": Mutation(
        "the rate of every Gamma is 20 % too high",
        "shapes",
        inputs=numbers(Gamma, lambda shape, rate: (shape, 1.2 * rate)),
    ),
}

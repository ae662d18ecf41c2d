"""Wrong samplers on purpose: wrappers of the protocol that alter model, data or draws on their way.

Each is one row of a table; a checker that does not notice one of them is not a checker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Fit, Timing
from pplcompare.backends.protocol import Backend, LogDensity, Points, Program, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.distributions import Beta
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is altered; every function left out leaves things as they are.

    Attributes
    ----------
    what
        The fault, in words.
    structure, inputs
        Alter what the backend is asked to compile, and to fit.
    draws
        Alters the draws of one variable, (chain, draw, *plate).
    """

    what: str
    structure: Callable[[Structure], Structure] = lambda structure: structure
    inputs: Callable[[Inputs], Inputs] = lambda inputs: inputs
    draws: Callable[[Values], Values] = lambda values: values


def _swap_shapes(structure: Structure) -> Structure:
    def swapped(variable: Variable) -> Variable:
        given = variable.distribution
        return replace(variable, distribution=Beta(given.beta, given.alpha)) if isinstance(given, Beta) else variable

    return replace(structure, variables=tuple(swapped(variable) for variable in structure.variables))


def _roll_trials(inputs: Inputs) -> Inputs:
    return replace(inputs, counts={name: np.roll(counts, 1) for name, counts in inputs.counts.items()})


def _shrink(values: Values) -> Values:
    mean = values.mean(axis=(0, 1), keepdims=True)
    return np.asarray(mean + 0.95 * (values - mean))


def _alike(values: Values) -> Values:
    return np.broadcast_to(values[:1], values.shape).copy()


def _one_nan(values: Values) -> Values:
    spoiled = values.copy()
    spoiled.reshape(-1)[-1] = np.nan
    return spoiled


MUTANTS: Final[Mapping[str, Mutation]] = {
    "swap-alpha-beta": Mutation("the two shape parameters of every Beta change places", structure=_swap_shapes),
    "roll-trials": Mutation("n is shifted by one group against k", inputs=_roll_trials),
    "sd-0.95": Mutation("every draw lies 5 % closer to the mean", draws=_shrink),
    "chains-alike": Mutation("every chain is a copy of the first", draws=_alike),
    "nan": Mutation("one draw of each variable is not a number", draws=_one_nan),
}
"""Mutations by name."""


class MutantBackend:
    """A backend with a mutation."""

    def __init__(self, inner: Backend, mutation: Mutation) -> None:
        self.name = inner.name
        self._inner, self._mutation = inner, mutation

    def environment(self) -> Mapping[str, str]:
        return self._inner.environment()

    def status(self) -> Status:
        return self._inner.status()

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> MutantProgram:
        return MutantProgram(self._inner.compile(self._mutation.structure(structure), sizes), self._mutation)


class MutantProgram:
    """A program with a mutation."""

    def __init__(self, inner: Program, mutation: Mutation) -> None:
        self._inner, self._mutation = inner, mutation

    @property
    def timing(self) -> Timing:
        """Seconds of the inner program."""
        return self._inner.timing

    def source(self, inputs: Inputs) -> str:
        return self._inner.source(self._mutation.inputs(inputs))

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        return self._inner.log_density(self._mutation.inputs(inputs), points, jacobian=jacobian)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return self._inner.native_settings(settings)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        return self._altered(self._inner.sample(self._mutation.inputs(inputs), settings, seed))

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        return map(self._altered, self._inner.sample_many(map(self._mutation.inputs, many_inputs), settings, seeds))

    def _altered(self, fit: Fit) -> Fit:
        return replace(fit, draws={name: self._mutation.draws(values) for name, values in fit.draws.items()})

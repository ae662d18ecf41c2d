"""What a mutation may alter, and the wrappers of the protocol that alter it on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.kernel import NO_KERNEL, FrozenKernel, Kernel
from pplcompare.backends.protocol import Backend, LogDensity, Points, Program, Simulator, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class Campaign(NamedTuple):
    """Trials of counts to come, as `Simulator.posterior` takes them."""

    trials: ArrayLike | None
    new_trials: ArrayLike | None


class Question(NamedTuple):
    """What a log density is asked for."""

    structure: Structure
    inputs: Inputs
    points: Points
    jacobian: bool


def predict(simulator: Simulator, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    """Return what the simulator itself predicts."""
    return simulator.posterior(inputs, fit, seed, **campaign._asdict())


def same_density(question: Question, found: LogDensity) -> LogDensity:
    """Return what was found."""
    return found


def same_draws(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    """Return the draws of the fit."""
    return fit.draws


def same_inputs(structure: Structure, inputs: Inputs) -> Inputs:
    """Return the inputs as they are."""
    return inputs


def run(sampler: Callable[[], Fit]) -> Fit:
    """Run the sampler."""
    return sampler()


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is altered; every function left out leaves things as they are.

    Attributes
    ----------
    what
        The fault, in words.
    on
        The case of `pplcompare.validation.selftest.trial_models` on which the checks must notice it.
    structure, inputs
        Alter what the backend is asked to compile, and to evaluate and fit.
    density
        Alters the log density that the backend returns.
    target
        Alters what is fitted, and that only: inputs whose posterior a sampler of the altered density would draw from.
    settings
        Alters what the sampler is asked to do.
    draws
        Alters the draws of a fit.
    prediction
        The function that takes the place of `Simulator.posterior`.
    clock
        Runs the sampler and may alter what the fit says of its seconds.
    """

    what: str
    on: str = "rates"
    structure: Callable[[Structure], Structure] = lambda structure: structure
    inputs: Callable[[Structure, Inputs], Inputs] = same_inputs
    density: Callable[[Question, LogDensity], LogDensity] = same_density
    target: Callable[[Structure, Inputs], Inputs] = same_inputs
    settings: Callable[[NUTSSettings], NUTSSettings] = lambda settings: settings
    draws: Callable[[Structure, Inputs, Fit], Draws] = same_draws
    prediction: Callable[[Simulator, Inputs, Fit, int, Campaign], Draws] = predict
    clock: Callable[[Callable[[], Fit]], Fit] = run

    @property
    def alters(self) -> frozenset[str]:
        """The names of the functions that were given."""
        given = {field.name for field in fields(self) if getattr(self, field.name) is not field.default}
        return frozenset(given - {"what", "on"})


def each(alter: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Callable[[Structure, Inputs, Fit], Draws]:
    """Return what alters the draws of every variable, (chain, draw, *plate), in the same way."""
    return lambda structure, inputs, fit: {name: alter(values) for name, values in fit.draws.items()}


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
        altered = self._mutation.structure(structure)
        return MutantProgram(self._inner.compile(altered, sizes), self._mutation, structure)


class MutantProgram:
    """A program with a mutation; `structure` is what was asked for, not what was compiled."""

    def __init__(self, inner: Program, mutation: Mutation, structure: Structure) -> None:
        self._inner, self._mutation, self._structure = inner, mutation, structure

    @property
    def timing(self) -> Timing:
        """Seconds of the inner program."""
        return self._inner.timing

    @property
    def simulator(self) -> Simulator | None:
        """The inner program's simulator with the mutation."""
        inner = self._inner.simulator
        return None if inner is None else MutantSimulator(inner, self._mutation, self._structure)

    def source(self, inputs: Inputs) -> str:
        return self._inner.source(self._inputs(inputs))

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        found = self._inner.log_density(self._inputs(inputs), points, jacobian=jacobian)
        return self._mutation.density(Question(self._structure, inputs, points, jacobian), found)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return self._inner.native_settings(self._mutation.settings(settings))

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        self._inner.prepare(self._fitted(inputs), self._mutation.settings(settings), new_groups=new_groups)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        given = self._fitted(inputs), self._mutation.settings(settings), seed
        return self._altered(inputs, self._mutation.clock(lambda: self._inner.sample(*given)))

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        asked = list(many_inputs)
        fits = self._inner.sample_many(map(self._fitted, asked), self._mutation.settings(settings), seeds)
        return map(self._altered, asked, fits)

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        if not isinstance(self._inner, Kernel):
            raise UnsupportedModel(NO_KERNEL, where="kernel")
        return self._inner.transitions([*map(self._fitted, many_inputs)], points, kernel, count, seeds)

    def _inputs(self, inputs: Inputs) -> Inputs:
        return self._mutation.inputs(self._structure, inputs)

    def _fitted(self, inputs: Inputs) -> Inputs:
        return self._mutation.target(self._structure, self._inputs(inputs))

    def _altered(self, inputs: Inputs, fit: Fit) -> Fit:
        return replace(fit, draws=self._mutation.draws(self._structure, inputs, fit))


class MutantSimulator:
    """A simulator with a mutation; `structure` is what was asked for, not what was compiled."""

    def __init__(self, inner: Simulator, mutation: Mutation, structure: Structure) -> None:
        self._inner, self._mutation, self._structure = inner, mutation, structure

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return self._inner.prior(self._mutation.inputs(self._structure, inputs), draws, seed)

    def posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        given = self._mutation.inputs(self._structure, inputs)
        return self._mutation.prediction(self._inner, given, fit, seed, Campaign(trials, new_trials))

"""Wrong samplers on purpose: wrappers of the protocol that alter model, data or draws on their way.

Each is one row of a table; a checker that does not notice one of them is not a checker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.protocol import Backend, LogDensity, Points, Program, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.distributions import Beta
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

Values = NDArray[Any]


class Campaign(NamedTuple):
    """Trials of counts to come, as `simulate_posterior` takes them."""

    trials: ArrayLike | None
    new_trials: ArrayLike | None


def _predict(program: Program, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    return program.simulate_posterior(inputs, fit, seed, **campaign._asdict())


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
    prediction
        Takes the place of `simulate_posterior`.
    """

    what: str
    structure: Callable[[Structure], Structure] = lambda structure: structure
    inputs: Callable[[Inputs], Inputs] = lambda inputs: inputs
    draws: Callable[[Values], Values] = lambda values: values
    prediction: Callable[[Program, Inputs, Fit, int, Campaign], Draws] = _predict


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


def _mean_plugged_in(program: Program, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    means = {k: np.broadcast_to(v.mean(axis=(0, 1), keepdims=True), v.shape).copy() for k, v in fit.draws.items()}
    return _predict(program, inputs, replace(fit, draws=means), seed, campaign)


def _from_prior(program: Program, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    chains, draws = next(iter(fit.draws.values())).shape[:2]
    drawn = program.simulate_prior(inputs, chains * draws, seed)
    prior = {name: drawn[name].reshape(values.shape) for name, values in fit.draws.items()}
    return _predict(program, inputs, replace(fit, draws=prior), seed, campaign)


def _neighbours_trials(program: Program, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    (trials,) = inputs.counts.values() if campaign.trials is None else (np.asarray(campaign.trials),)
    return _predict(program, inputs, fit, seed, campaign._replace(trials=np.roll(trials, 1)))


MUTANTS: Final[Mapping[str, Mutation]] = {
    "swap-alpha-beta": Mutation("the two shape parameters of every Beta change places", structure=_swap_shapes),
    "roll-trials": Mutation("n is shifted by one group against k", inputs=_roll_trials),
    "sd-0.95": Mutation("every draw lies 5 % closer to the mean", draws=_shrink),
    "chains-alike": Mutation("every chain is a copy of the first", draws=_alike),
    "nan": Mutation("one draw of each variable is not a number", draws=_one_nan),
    "posterior-mean-plugged-in": Mutation(
        "counts to come are drawn at the posterior means, not at the draws", prediction=_mean_plugged_in
    ),
    "predictive-from-prior": Mutation("counts to come are drawn given the prior", prediction=_from_prior),
    "neighbour-trials": Mutation("counts to come have the neighbour's n", prediction=_neighbours_trials),
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

    def simulate_prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return self._inner.simulate_prior(self._mutation.inputs(inputs), draws, seed)

    def simulate_posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        inputs = self._mutation.inputs(inputs)
        counts = Campaign(trials, new_trials)
        return self._mutation.prediction(self._inner, inputs, fit, seed, counts)

    def _altered(self, fit: Fit) -> Fit:
        return replace(fit, draws={name: self._mutation.draws(values) for name, values in fit.draws.items()})

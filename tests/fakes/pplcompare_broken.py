"""A backend that keeps every promise, and for each promise one that breaks it and no other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws, Fit, Seconds, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.target.target import Target
from pplcompare.validation.testing.sampler_backend import SamplerBackend
from pplcompare.validation.testing.sampler_program import SamplerProgram


@cache
def answer(
    model: Model, groups: tuple[str, ...], trials: tuple[int, ...], successes: tuple[int, ...]
) -> ExactPosterior:
    return exact_posterior(model, Counts(groups, list(trials), list(successes)))


class Right(SamplerBackend):
    """Independent draws from the exact posterior."""

    name = "right"
    program: type[SamplerProgram] = SamplerProgram

    def sample(self, target: Target, settings: NUTSSettings, seed: int) -> dict[str, Any]:
        counts = target.counts
        exact = answer(target.model, counts.groups, tuple(counts.trials.tolist()), tuple(counts.successes.tolist()))
        shape = settings.chains, settings.draws
        flat = exact.simulate(settings.chains * settings.draws, np.random.default_rng(seed))
        return {name: values.reshape(*shape, *values.shape[1:]) for name, values in flat.items()}

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> SamplerProgram:
        return self.program(self.name, structure, self.sample)


BROKEN: Final[dict[str, type[SamplerBackend]]] = {}
"""The promise that is broken -> the backend that breaks it."""


def breaks[T: type[SamplerBackend]](promise: str) -> Callable[[T], T]:
    def add(backend: T) -> T:
        BROKEN[promise] = backend
        return backend

    return add


def changed_fit(promise: str, change: Callable[[Fit], Any]) -> None:
    """Add a backend whose every fit is changed."""

    class Program(SamplerProgram):
        def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
            fit: Fit = change(super().sample(inputs, settings, seed))
            return fit

    BROKEN[promise] = type("Changed", (Right,), {"program": Program, "__module__": __name__})


def changed_draws(promise: str, change: Callable[[Any], Any], *names: str) -> None:
    """Add a backend whose draws of some variables are changed."""

    def changed(fit: Fit) -> Fit:
        return replace(fit, draws={n: change(x.copy()) if n in names else x for n, x in fit.draws.items()})

    changed_fit(promise, changed)


def changed_density(promise: str, change: Callable[[LogDensity], LogDensity], *, jacobian: tuple[bool, ...]) -> None:
    """Add a backend whose density is changed, with Jacobian or without."""

    class Program(SamplerProgram):
        def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
            found = super().log_density(inputs, points, jacobian=jacobian)
            return change(found) if jacobian in wrong else found

    wrong = jacobian
    BROKEN[promise] = type("Changed", (Right,), {"program": Program, "__module__": __name__})


def changed_program(promise: str, **members: Any) -> None:
    """Add a backend whose program has other members."""
    program = type("Program", (SamplerProgram,), members)
    BROKEN[promise] = type("Changed", (Right,), {"program": program, "__module__": __name__})


def changed_backend(promise: str, **members: Any) -> None:
    """Add a backend that has other members."""
    BROKEN[promise] = type("Changed", (Right,), {"__module__": __name__, **members})


class WrongSimulator:
    """Ours, but for what is wrong with it."""

    def __init__(self, right: ForwardSimulator) -> None:
        self.right = right

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return self.right.prior(inputs, draws, seed)

    def posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        return self.right.posterior(inputs, fit, seed, trials=trials, new_trials=new_trials)


def changed_simulator(promise: str, **methods: Any) -> None:
    """Add a backend whose simulator has another method; it gets the right simulator and the arguments."""

    def method(change: Callable[..., Draws], name: str) -> Any:
        if name == "prior":
            return lambda self, inputs, draws, seed: change(self.right, inputs, draws, seed)
        return lambda self, inputs, fit, seed, *, trials=None, new_trials=None: change(
            self.right, inputs, fit, seed, trials=trials, new_trials=new_trials
        )

    kind = type("Simulator", (WrongSimulator,), {name: method(change, name) for name, change in methods.items()})

    class Program(SamplerProgram):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            assert self.simulator is not None
            self.simulator = kind(self.simulator)

    BROKEN[promise] = type("Changed", (Right,), {"program": Program, "__module__": __name__})


def fail(*_arguments: Any, **_options: Any) -> Any:
    raise RuntimeError("no")


# What is declared.
changed_backend("name", name=7)
changed_backend("environment", environment=lambda self: {"THREADS": 1})
changed_backend("light import", __module__="pplcompare_hasty")
changed_backend("methods", compile=lambda self, sizes, structure: Right.compile(self, structure, sizes))
changed_backend("status", status=lambda self: Status({}))


# What is compiled.
def compile_never(self: Right, structure: Structure, sizes: Mapping[str, int]) -> SamplerProgram:
    raise RuntimeError("no")


@breaks("refusal")
class Blunt(Right):
    """Looks in its table without a word to whom it may concern."""

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> SamplerProgram:
        for item in structure.random:
            DISTRIBUTIONS[type(item.distribution).__name__]
        return super().compile(structure, sizes)


class OldDensity(SamplerProgram):
    """Keeps the first data that it sees."""

    first: Inputs | None = None

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        self.first = self.first or inputs
        return super().log_density(self.first, points, jacobian=jacobian)


def one_gradient(found: LogDensity) -> LogDensity:
    return replace(found, gradient={**found.gradient, "alpha": found.gradient["alpha"] * (1 + 1e-6) + 1e-6})


changed_backend("compile", compile=compile_never)
changed_program("program", source=None)
changed_program("source", source=lambda self, inputs: "a program")
changed_program("settings", native_settings=lambda self, settings: {"kernel": object()})
changed_density("density", lambda found: replace(found, value=found.value + 1e-6), jacobian=(True,))
changed_density("no Jacobian", lambda found: replace(found, value=found.value + 1e-6), jacobian=(False,))
changed_density("gradient", one_gradient, jacobian=(False,))
changed_backend("other density", program=OldDensity)
changed_program("prepare", prepare=lambda self, inputs, settings, *, new_groups=0: fail())


# What is sampled.
class Forgetful(SamplerProgram):
    """Keeps the first data that it sees."""

    first: Inputs | None = None

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        self.first = self.first or inputs
        return super().sample(self.first, settings, seed)


class Unseeded(SamplerProgram):
    """Draws other numbers each time."""

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        return replace(super().sample(inputs, settings, next(NUMBERS)), seed=seed)


class Deaf(SamplerProgram):
    """Has a seed of its own."""

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        return replace(super().sample(inputs, settings, 1), seed=seed)


class Careless(SamplerProgram):
    """Works in the arrays that it is given."""

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        fit = super().sample(inputs, settings, seed)
        for values in inputs.observed.values():
            values[...] = 0
        return fit


class Neighbours(SamplerProgram):
    """Seeds of many fits depend on their place."""

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        for place, (inputs, seed) in enumerate(zip(many_inputs, seeds, strict=True)):
            yield replace(self.sample(inputs, settings, seed + place), seed=seed)


class Lenient(SamplerProgram):
    """Drops data for which there is no seed."""

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        for inputs, seed in zip(many_inputs, seeds, strict=False):
            yield self.sample(inputs, settings, seed)


NUMBERS: Final = itertools.count()


def on_the_border(draws: Any) -> Any:
    draws[0, 0, 0] = 1.0
    return draws


def copied(draws: Any) -> Any:
    draws[1] = draws[0]
    return draws


def told(fit: Fit) -> Fit:
    return replace(fit, statistics={"luck": np.zeros(fit.draws["alpha"].shape)})


changed_fit("sample", lambda fit: dict(fit.draws))
changed_fit("names", lambda fit: replace(fit, draws={**fit.draws, "lp": fit.draws["alpha"]}))
changed_draws("float64", lambda draws: draws.astype(np.float32), "rate")
changed_draws("shape", lambda draws: draws[:, 1:], "beta")
changed_draws("support", on_the_border, "rate")
changed_fit("statistics", told)
changed_fit("record", lambda fit: replace(fit, seed=0))
changed_fit("seconds", lambda fit: replace(fit, timing=Timing(run=Seconds(-1.0))))
changed_backend("same seed", program=Unseeded)
changed_backend("another seed", program=Deaf)
changed_draws("chains", copied, "alpha")
changed_backend("other data", program=Forgetful)
changed_backend("many", program=Neighbours)
changed_backend("many seeds", program=Lenient)
changed_backend("unchanged", program=Careless)
changed_draws("right draws", lambda draws: 1.5 * draws, "alpha")


# What is simulated.
def less(right: Any, inputs: Inputs, draws: int, seed: int) -> Draws:
    found = dict(right.prior(inputs, draws, seed))
    del found["successes"]
    return found


def knowing(right: Any, inputs: Inputs, draws: int, seed: int) -> Draws:
    found: Draws = right.prior(inputs, draws, seed + sum(int(k.sum()) for k in inputs.observed.values()))
    return found


def halves(right: Any, inputs: Inputs, fit: Fit, seed: int, **trials: Any) -> Draws:
    found = dict(right.posterior(inputs, fit, seed, **trials))
    return {**found, "successes": found["successes"] + 0.5}


def no_new_rates(right: Any, inputs: Inputs, fit: Fit, seed: int, **trials: Any) -> Draws:
    found = dict(right.posterior(inputs, fit, seed, **trials))
    found.pop("rate_new", None)
    return found


def always_the_same(right: Any, inputs: Inputs, fit: Fit, seed: int, **trials: Any) -> Draws:
    found: Draws = right.posterior(inputs, fit, 5, **trials)
    return found


def shuffled(right: Any, inputs: Inputs, fit: Fit, seed: int, **trials: Any) -> Draws:
    order = np.random.default_rng(seed).permutation(fit.draws["alpha"].shape[1])
    found: Draws = right.posterior(
        inputs, replace(fit, draws={n: x[:, order] for n, x in fit.draws.items()}), seed, **trials
    )
    return found


def shifted(right: Any, inputs: Inputs, fit: Fit, seed: int, **trials: Any) -> Draws:
    draws = {**fit.draws, "rate": fit.draws["rate"] ** 1.5}
    found: Draws = right.posterior(inputs, replace(fit, draws=draws), seed, **trials)
    return found


changed_simulator("prior", prior=less)
changed_simulator("blind prior", prior=knowing)
changed_simulator("next counts", posterior=halves)
changed_simulator("new groups", posterior=no_new_rates)
changed_simulator("simulated seeds", posterior=always_the_same)
changed_simulator("order", posterior=shuffled)
changed_simulator("right counts", posterior=shifted)

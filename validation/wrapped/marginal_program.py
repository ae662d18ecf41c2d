"""A backend that samples hyper-parameters only: rates are integrated out before, and drawn from their Betas after.

To the harness it is a backend like any other: its programs have the variables of the model as it was given, the joint
log density and draws of everything, so that all checks apply to it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pplcompare.backends.fit import Fit, Stopwatch, Timing
from pplcompare.backends.protocol import Backend, LogDensity, Points, Program, Status
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.conditional import ConditionalRates, conditional_density
from pplcompare.models.marginal.rewrite import MarginalModel, marginalise
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.exact_backend import exact_simulator


class MarginalBackend:
    """Another backend, given models without their rates."""

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self._backend = backend

    def environment(self) -> Mapping[str, str]:
        return self._backend.environment()

    def status(self) -> Status:
        return self._backend.status()

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> MarginalProgram:
        return MarginalProgram(self._backend, structure)


class MarginalProgram:
    """A structure with rates, sampled without them; a program for each kind and size of sufficient statistics.

    Which one is needed depends on the counts, so it is compiled when they are first seen. No program of the library has
    the rates, so NumPy simulates: given a fit, from the rates that were recovered.
    """

    def __init__(self, backend: Backend, structure: Structure) -> None:
        self.backend, self.timing = backend.name, Timing()
        self.simulator = exact_simulator(structure)
        self._backend, self._structure = backend, structure
        self._programs: dict[tuple[Structure, int], Program] = {}

    def source(self, inputs: Inputs) -> str:
        """Return the program that is sampled; rates are no part of it."""
        program, reduced = self._program(inputs)
        return program.source(reduced)

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        """Evaluate the function that samples, and add the density of the rates given what it samples."""
        marginal, counts = self._marginal(inputs)
        program, reduced = self._program(inputs)
        left = {name: x for name, x in points.items() if name != marginal.rate.name}
        found = program.log_density(reduced, left, jacobian=jacobian)
        value, gradient = conditional_density(marginal, counts, points, jacobian=jacobian)
        both = {name: by + found.gradient.get(name, 0.0) for name, by in gradient.items()}
        return LogDensity(found.value + value, {**found.gradient, **both})

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        """Return what the program that was compiled last passes to its library; nothing before."""
        programs = list(self._programs.values())
        return programs[-1].native_settings(settings) if programs else {}

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        """Compile the program that these counts need; counts to come need none."""
        program, reduced = self._program(inputs)
        program.prepare(reduced, settings)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        """Run NUTS on the hyper-parameters and draw the rates, whose seconds are counted as sampling.

        Raises
        ------
        UsageError
            If the rates of all groups are too many to be held.
        """
        marginal, counts = self._marginal(inputs)
        program, reduced = self._program(inputs)
        fit = program.sample(reduced, settings, seed)
        with Stopwatch() as recovery:
            rates = ConditionalRates(marginal, counts, fit.draws, seed).recover()
        took = {"run": fit.timing.run, "sampling": fit.timing.sampling}
        timing = replace(fit.timing, **{phase: s and s + recovery.seconds for phase, s in took.items()})
        return replace(fit, draws={**fit.draws, marginal.rate.name: rates}, timing=timing)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        """Fit one data set after the other: their sufficient statistics may differ in kind and size."""
        return one_by_one(self, many_inputs, settings, seeds)

    def _marginal(self, inputs: Inputs) -> tuple[MarginalModel, Counts]:
        marginal = marginalise(Model.of(self._structure, inputs.constants))
        ((trials,), (successes,)) = (tuple(inputs.counts.values()), tuple(inputs.observed.values()))
        return marginal, Counts(inputs.groups, trials, successes)

    def _program(self, inputs: Inputs) -> tuple[Program, Inputs]:
        marginal, counts = self._marginal(inputs)
        structure, reduced = marginal.sufficient(counts)
        key = structure, len(reduced.groups)
        if key not in self._programs:
            self._programs[key] = self._backend.compile(structure, reduced.sizes)
        return self._programs[key], reduced

"""A backend that is tried, with what is made of it once: its status, its program, a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Backend, LogDensity, Points, Program, Simulator, Status
from pplcompare.models.counts import Counts
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.same_model import probe_points
from pplcompare.validation.testing.contract_case import MODEL, SHORT, ContractCase
from pplcompare.validation.wrapped.exact_backend import exact_simulator

type CompileProgram = Callable[[Structure, Mapping[str, int]], Program]

SIMULATED = 97
"""Draws of a simulation."""


class LeftOut(Exception):
    """A promise that cannot be tried here; the message is the reason."""


class Candidate:
    """A backend on trial; each part of it is made when it is first needed, and once.

    Whoever asks for inputs or points gets arrays of his own, so that a backend that changes them harms nobody else.

    Parameters
    ----------
    backend
        What is tried.
    case
        What it is tried on.
    compiling
        The function that compiles in its place, where programs are shared; the backend's own otherwise.

    Attributes
    ----------
    changed
        What it changed of what it was given, a clause each.
    """

    def __init__(self, backend: Backend, case: ContractCase, compiling: CompileProgram | None = None) -> None:
        self.backend, self.case = backend, case
        self.changed: list[str] = []
        self._compile = compiling or backend.compile

    @property
    def structure(self) -> Structure:
        """The structure that is compiled."""
        return MODEL.structure

    @property
    def inputs(self) -> Inputs:
        """The inputs of the first data set."""
        return own_inputs(self.case.counts)

    @property
    def points(self) -> Points:
        """Where densities are evaluated."""
        return probe_points(self.structure, self.inputs)

    @cached_property
    def status(self) -> Status:
        """Its status."""
        return self.backend.status()

    @property
    def missing(self) -> str:
        """What is missing here, and what mends it; empty if it can be used."""
        return f"{self.status.problem}; {self.status.mend}" if self.status.problem else ""

    @cached_property
    def program(self) -> Program:
        """The compiled program."""
        return self._compile(self.structure, self.inputs.sizes)

    @cached_property
    def fit(self) -> Fit:
        """A short fit of the first data set with the seed 1."""
        return self.sampled(self.case.counts, 1)

    def sampled(self, counts: Counts, seed: int) -> Fit:
        """Return a short fit."""
        inputs = own_inputs(counts)
        fit = self.program.sample(inputs, SHORT, seed)
        self._compare(inputs, own_inputs(counts), "when it sampled")
        return fit

    def density(self, counts: Counts, *, jacobian: bool) -> LogDensity:
        """Return its density at the points."""
        inputs, points = own_inputs(counts), self.points
        found = self.program.log_density(inputs, points, jacobian=jacobian)
        doing = "when it evaluated its density"
        self._compare(inputs, own_inputs(counts), doing)
        if not _equal(points, self.points):
            self.changed.append(f"points were changed {doing}")
        return found

    def _compare(self, inputs: Inputs, expected: Inputs, doing: str) -> None:
        if not _equal(inputs.values, expected.values):
            self.changed.append(f"inputs were changed {doing}")

    @cached_property
    def exact_fit(self) -> Fit:
        """Exact draws in the shape of the fit that must be right: what a simulator is given."""
        settings = self.case.right
        rng = np.random.Generator(np.random.PCG64(self.case.seed))
        flat = self.case.exact.simulate(settings.chains * settings.draws, rng)
        shape = settings.chains, settings.draws
        draws = {name: values.reshape(*shape, *values.shape[1:]) for name, values in flat.items()}
        return Fit(draws, {}, self.program.timing, self.case.seed)

    @property
    def simulator(self) -> Simulator:
        """The simulator of the program.

        Raises
        ------
        LeftOut
            If it has none.
        """
        found = self.program.simulator
        if found is None:
            raise LeftOut("its program has no simulator")
        return found

    @cached_property
    def simulator_is_ours(self) -> bool:
        """Whether its simulator draws what ours draws, to the last bit: then it is ours."""
        ours = exact_simulator(self.structure)
        pairs = [(one.prior(self.inputs, SIMULATED, 1)) for one in (self.simulator, ours)]
        pairs += [one.posterior(self.inputs, self.exact_fit, 1) for one in (self.simulator, ours)]
        return all(_equal(found, expected) for found, expected in (pairs[:2], pairs[2:]))


def own_inputs(data: Counts, model: Model = MODEL) -> Inputs:
    """Return the inputs of a model, whose arrays nobody else has."""
    bound = model.bind(data)
    counts, observed = (
        {name: np.array(values) for name, values in part.items()} for part in (bound.counts, bound.observed)
    )
    return Inputs(dict(bound.constants), counts, observed, bound.groups, bound.plate)


def _equal(found: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    return found.keys() == expected.keys() and all(np.array_equal(found[n], expected[n]) for n in expected)

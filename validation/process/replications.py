"""Replications in a worker: fits stay there, and only ranks leave it, or kept draws where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import Backend, Program
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.structure import Structure
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, shared_transform
from pplcompare.validation.calibrate.planned_source import planned_source
from pplcompare.validation.calibrate.replicated_batch import KERNEL, Trial
from pplcompare.validation.calibrate.thinning import LARGEST_THIN, PILOT_THIN
from pplcompare.validation.wrapped.mutants import FOR_CALIBRATIONS, MutantBackend

type Compile = Callable[[Structure, Mapping[str, int]], Program]
"""Compiles a structure for the sizes of its plates, or returns the program that was compiled before."""


class Replications:
    """The trials of one backend, each made once.

    Parameters
    ----------
    name
        The name of the backend, on which the seeds of its fits depend.
    compiled
        The function that compiles where nothing is broken on purpose.
    """

    def __init__(self, backend: Backend, name: str, compiled: Compile) -> None:
        self._backend, self._name, self._compiled = backend, name, compiled
        self._trials: Final[dict[tuple[str, str], tuple[CalibrationPlan, Trial]]] = {}
        self._kernels: Final[dict[tuple[str, str, int], FrozenKernel]] = {}

    def ranked(self, plan: str, model: str, numbers: list[int], thin: int, kernel: bool) -> dict[str, object]:
        """Return the arrays of a `RankedBatch`, by name."""
        what, trial = self._trial(plan, model)
        frozen = self._kernel(plan, model, thin) if kernel else None
        found = trial.ranked(numbers, what.settings(thin), thin, frozen)
        return {field.name: getattr(found, field.name) for field in fields(found)}

    def no_kernel(self, plan: str, model: str, thin: int) -> str:
        """Return why the kernel cannot be tried; empty if it can."""
        _, trial = self._trial(plan, model)
        try:
            trial.kernel_ranks(trial.chosen([0], KERNEL), self._kernel(plan, model, thin))
        except UnsupportedModel as error:
            return error.what
        return ""

    def _kernel(self, text: str, model: str, thin: int) -> FrozenKernel:
        if (text, model, thin) not in self._kernels:
            plan, trial = self._trial(text, model)
            self._kernels[text, model, thin] = trial.frozen(plan.settings(thin))
        return self._kernels[text, model, thin]

    def piloted(self, plan: str, model: str, numbers: list[int]) -> dict[str, object]:
        """Return the autocorrelations of `Trial.piloted`."""
        what, trial = self._trial(plan, model)
        return {"autocorrelation": trial.piloted(numbers, what.settings(PILOT_THIN), LARGEST_THIN)}

    def _trial(self, text: str, name: str) -> tuple[CalibrationPlan, Trial]:
        if (text, name) not in self._trials:
            plan = CalibrationPlan.read(text)
            model = plan.model(name)
            program = self._program(plan, model.structure, model.bind(plan.counts).sizes)
            source = planned_source(plan, model, program)
            components, transform = plan.components(name), shared_transform(plan, name)
            quantities, keep = plan.quantities(name), plan.keep_draws
            trial = Trial(program, source, quantities, plan.seed, self._name, components, transform, keep)
            self._trials[text, name] = plan, trial
        return self._trials[text, name]

    def _program(self, plan: CalibrationPlan, structure: Structure, sizes: Mapping[str, int]) -> Program:
        if not plan.mutant:
            return self._compiled(structure, sizes)
        return MutantBackend(self._backend, FOR_CALIBRATIONS[plan.mutant]).compile(structure, sizes)

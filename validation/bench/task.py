"""What a case asks of a backend: what to compile, how to look at its draws, whose effective size is its speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from pplcompare.backends.protocol import Backend
from pplcompare.models.counts import Counts
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.fit_result import Examine, FitResult, PreparedFit
from pplcompare.validation.study.looks import checked, posterior_look
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.marginal_program import MarginalBackend

LOOKED_AT: Final = 16
"""How many groups, the first, have their rates checked where there may be a million."""


class Form(StrEnum):
    """Whether rates are sampled."""

    CENTRED = "centred"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a backend.

    Attributes
    ----------
    structure, inputs
        Compiled and sampled.
    watched
        The variables that are looked at; the least of their effective sizes is the speed.
    clothed
        The function that returns the backend as it is asked.
    examine
        Samples once and checks.
    """

    structure: Structure
    inputs: Inputs
    watched: Structure
    clothed: Callable[[Backend], Backend]
    examine: Examine


def everything(exact: ExactPosterior, form: Form) -> Task:
    """Return the task of the main job: all variables, rates that were integrated out drawn again."""
    structure = exact.model.structure

    def clothed(backend: Backend) -> Backend:
        # Draws from the exact posterior have only one form.
        return MarginalBackend(backend) if form is Form.MARGINAL and backend.name != ExactBackend.name else backend

    return Task(structure, exact.inputs, structure, clothed, posterior_look)


def hyperparameters(exact: ExactPosterior, form: Form) -> Task:
    """Return the task for data of any size: hyper-parameters, without ever holding the rates where they have left.

    Densities are compared with all groups; draws of hyper-parameters are checked, and of the rates the first few.
    """
    structure, inputs = exact.model.structure, exact.inputs
    scalars = replace(structure, variables=tuple(item for item in structure.variables if item.plate is None))
    if form is Form.MARGINAL:
        structure, inputs = marginalise(exact.model).sufficient(exact.counts)
    looked_at = exact.model.structure if form is Form.CENTRED else scalars
    few = exact.model.bind(_first(exact.counts))

    def examine(prepared: PreparedFit, announce: Announce) -> FitResult:
        assert prepared.program is not None
        announce("sampling")
        fit = prepared.program.sample(inputs, prepared.plan.settings, prepared.seed)
        announce("is the posterior right?")
        draws = {name: values[:, :, :LOOKED_AT] if values.ndim == 3 else values for name, values in fit.draws.items()}
        settings, levels = prepared.plan.settings, prepared.plan.levels
        check = check_posterior(prepared.exact, looked_at, few, draws, settings, levels, derived=False)
        return checked(prepared.row, fit, check)

    return Task(structure, inputs, scalars, lambda backend: backend, examine)


def planned_of_hyperparameters(exact: ExactPosterior) -> Counter[str]:
    """Return how many comparisons of each kind a look at `hyperparameters` makes at most."""
    return planned_comparisons(exact.model.structure, exact.model.bind(_first(exact.counts)))


def _first(counts: Counts) -> Counts:
    return Counts(*(column[:LOOKED_AT] for column in (counts.groups, counts.trials, counts.successes)))

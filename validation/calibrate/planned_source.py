"""The source of truths that a plan names."""

from __future__ import annotations

from typing import Final

from pplcompare.backends.protocol import Program
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.replication_source import (
    BackendSource,
    PosteriorSource,
    PriorSource,
    ReplicationSource,
)
from pplcompare.validation.calibrate.user_simulator import Simulate, UserSimulator, UserSource
from pplcompare.validation.exact import exact_posterior

SOURCES: Final = ("prior", "backend", "posterior")
"""Sources of ours, by name; any other is the name of a simulator of the user."""


def source_of(given: str | Simulate) -> tuple[str, str]:
    """Return the name of a source and, of a simulator of the user, the hash of its file.

    Raises
    ------
    UsageError
        If it is none.
    """
    if isinstance(given, str) and given in SOURCES:
        return given, ""
    found = UserSimulator.named(given) if isinstance(given, str) else UserSimulator.of(given)
    return found.name, found.digest


def planned_source(plan: CalibrationPlan, model: Model, program: Program | None = None) -> ReplicationSource:
    """Return the source of a plan for one of its models.

    Parameters
    ----------
    program
        What simulates with the source *backend*; by default NumPy does, which draws from the same law.

    Raises
    ------
    UsageError
        If a simulator of the user cannot be found, or its file is not the one that the plan was made with.
    """
    counts = plan.counts
    if plan.of_posterior:
        return PosteriorSource(model, counts, plan.multiple, exact_posterior(model, counts))
    if plan.source not in SOURCES:
        simulator = UserSimulator.named(plan.source)
        if simulator.digest != plan.simulator:
            what, mend = "its file has changed since the calibration began", "undo that, or begin another calibration"
            raise UsageError(what, where=simulator.where, mend=mend)
        return UserSource(model, counts, simulator)
    if plan.source == "prior" or program is None:
        return PriorSource(model, counts)
    return BackendSource(model, counts, program)

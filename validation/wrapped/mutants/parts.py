"""Parts of a joint log density, to be added to it once too often or left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pplcompare.backends.protocol import LogDensity
from pplcompare.models.density import reference_density
from pplcompare.models.structure import Variable
from pplcompare.validation.wrapped.mutants.mutation import Question

type Part = Callable[[Question], LogDensity]


def adding(times: float, part: Part) -> Callable[[Question, LogDensity], LogDensity]:
    """Return what adds a part of the density `times` more."""
    return lambda question, found: added(found, times, part(question))


def added(found: LogDensity, times: float, part: LogDensity) -> LogDensity:
    """Return the sum of values, and of gradients where the part has them."""
    gradient = {name: value + times * part.gradient.get(name, 0.0) for name, value in found.gradient.items()}
    return LogDensity(found.value + times * part.value, gradient)


def everything(question: Question) -> LogDensity:
    """Return the whole density."""
    reference = reference_density(**question._asdict())
    return LogDensity(reference.value, reference.gradient)


def prior(question: Question) -> LogDensity:
    """Return the density of all variables, without their Jacobians and the observations."""
    return everything(question._replace(structure=replace(question.structure, observed=()), jacobian=False))


def likelihood(question: Question) -> LogDensity:
    """Return the density of the observations."""
    return added(everything(question._replace(jacobian=False)), -1.0, prior(question))


def density_of(variable: Variable, question: Question) -> LogDensity:
    """Return the density of one variable given the others."""
    return everything(question._replace(structure=replace(question.structure, variables=(variable,), observed=())))


def jacobian_of(variable: Variable, question: Question) -> LogDensity:
    """Return the log Jacobian of one variable's coordinate, nothing where none is asked for."""
    return added(density_of(variable, question), -1.0, density_of(variable, question._replace(jacobian=False)))

"""Changes of variables without their Jacobian, with too many, or forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from pplcompare.backends.fit import Draws, Fit
from pplcompare.backends.protocol import LogDensity
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion, Gamma
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable
from pplcompare.validation.wrapped.mutants.mutation import Mutation, Question
from pplcompare.validation.wrapped.mutants.parts import added, adding, density_of, jacobian_of
from pplcompare.validation.wrapped.mutants.wrong_model import AlterInputs, numbers


def _rate(structure: Structure) -> Variable:
    return next(variable for variable in structure.variables if variable.plate is not None)


def _concentration(structure: Structure) -> Variable | None:
    given = _rate(structure).distribution
    name = given.concentration if isinstance(given, BetaProportion) else None
    return next((variable for variable in structure.variables if variable.name == name), None)


def _numbers_of(
    chosen: Callable[[Structure], Variable | None], kind: type[Distribution], alter: Callable[..., tuple[float, ...]]
) -> AlterInputs:
    """Return what alters the numbers of one variable, if there is one of that kind."""

    def altered(structure: Structure, inputs: Inputs) -> Inputs:
        variables = tuple(filter(None, [chosen(structure)]))
        return numbers(kind, alter)(replace(structure, variables=variables), inputs)

    return altered


def _of_rate(question: Question) -> LogDensity:
    return jacobian_of(_rate(question.structure), question)


def _without_log_jacobian(question: Question, found: LogDensity) -> LogDensity:
    variable = _concentration(question.structure)
    return found if variable is None else added(found, -1.0, jacobian_of(variable, question))


def _at_half(question: Question, found: LogDensity) -> LogDensity:
    variable, rate = _concentration(question.structure), _rate(question.structure)
    if variable is None:
        return found
    half = question._replace(points={**question.points, variable.name: question.points[variable.name] / 2.0})
    return added(added(found, -1.0, density_of(rate, question)), 1.0, density_of(rate, half))


def _doubled(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    variable = _concentration(structure)
    return fit.draws if variable is None else {**fit.draws, variable.name: 2.0 * fit.draws[variable.name]}


COORDINATES: Final[Mapping[str, Mutation]] = {
    "no-jacobian-rate": Mutation(
        "no Jacobian on the logit of the rates",
        density=adding(-1.0, _of_rate),
        target=_numbers_of(_rate, Beta, lambda alpha, beta: (alpha - 1.0, beta - 1.0)),
    ),
    "jacobian-twice": Mutation(
        "the Jacobian of the logit of the rates counts twice",
        density=adding(1.0, _of_rate),
        target=_numbers_of(_rate, Beta, lambda alpha, beta: (alpha + 1.0, beta + 1.0)),
    ),
    "no-jacobian-concentration": Mutation(
        "no Jacobian on the log of the concentration",
        "proportion",
        density=_without_log_jacobian,
        target=_numbers_of(_concentration, Gamma, lambda shape, rate: (shape - 1.0, rate)),
    ),
    "half-concentration": Mutation(
        "rates have half the concentration",
        "proportion",
        density=_at_half,
        # Half of what is Gamma(shape, rate) is Gamma(shape, 2 rate).
        target=_numbers_of(_concentration, Gamma, lambda shape, rate: (shape, 2.0 * rate)),
        draws=_doubled,
    ),
}

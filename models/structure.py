"""The items of a specification, and its structure: the model without its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pplcompare.models.distribution import AMOUNT, Distribution
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Interval


@dataclass(frozen=True, slots=True)
class Input:
    """Data that the model is given: counts on a plate (in a `Structure` also a number, without a plate)."""

    name: str
    plate: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """An unknown with its prior; one for each element of the plate, independent given the arguments."""

    name: str
    distribution: Distribution
    plate: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """Data with their likelihood."""

    name: str
    distribution: Distribution
    plate: str | None = None


type Item = Input | Variable | Observed


@dataclass(frozen=True, slots=True)
class Structure:
    """A model without its numbers: every argument of every distribution is a name. The key of a compiled program."""

    inputs: tuple[Input, ...]
    variables: tuple[Variable, ...]
    observed: tuple[Observed, ...]

    @property
    def random(self) -> tuple[Variable | Observed, ...]:
        """Everything that has a distribution, in order."""
        return (*self.variables, *self.observed)

    @property
    def plates(self) -> tuple[str, ...]:
        """The names of the plates, in order of appearance."""
        plates = [*(item.plate for item in self.inputs), *(item.plate for item in self.random)]
        return tuple(dict.fromkeys(plate for plate in plates if plate is not None))

    @property
    def amounts(self) -> frozenset[str]:
        """The names of inputs and observations that need not be whole numbers."""
        used = {
            str(name)
            for item in self.random
            for argument, name in item.distribution.arguments.items()
            if item.distribution.domains[argument] == AMOUNT
        }
        return frozenset(used | {item.name for item in self.observed if item.distribution.observes == AMOUNT})

    def supports(self, inputs: Inputs) -> dict[str, Interval]:
        """Return the support of each variable, given the numbers in `inputs`."""
        return {
            variable.name: variable.distribution.support(
                [
                    float(inputs.constants.get(str(argument), math.nan))
                    for argument in variable.distribution.arguments.values()
                ]
            )
            for variable in self.variables
        }

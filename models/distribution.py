"""What a distribution is: arguments with domains, a support, the terms of its log density, a tail, a simulator."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import ClassVar, Final, Self

import numpy as np
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import Array, Interval

type Argument = float | str
"""A number, or the name of an earlier variable or of an input."""


@dataclass(frozen=True, slots=True)
class Data:
    """The domain of an argument that must name an `Input`: non-negative numbers, integers only if `whole`."""

    whole: bool


COUNT: Final = Data(whole=True)
AMOUNT: Final = Data(whole=False)


@dataclass(frozen=True, slots=True)
class Distribution(ABC):
    """A distribution whose arguments are numbers or names.

    Evaluation takes the arguments' values as a sequence of arrays in the order of the fields, broadcast against `x`.
    """

    domains: ClassVar[Mapping[str, Interval | Data]]
    observes: ClassVar[Data] = COUNT
    proper: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, value in self.arguments.items():
            object.__setattr__(self, name, _argument(f"{type(self).__name__} {name}", value, self.domains[name]))

    @property
    def arguments(self) -> dict[str, Argument]:
        """The arguments by name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def replace(self, arguments: Mapping[str, Argument]) -> Self:
        """Return the same distribution with other arguments."""
        return type(self)(**arguments)

    def __str__(self) -> str:
        shown = (str(value).removesuffix(".0") for value in self.arguments.values())
        return f"{type(self).__name__}({', '.join(shown)})"

    @abstractmethod
    def support(self, values: Sequence[float]) -> Interval:
        """Return the support, given the numbers among the arguments (NaN for the others)."""

    @abstractmethod
    def log_terms(self, x: Array, values: Sequence[Array]) -> tuple[Array, ...]:
        """Return the terms of the log density at `x`, real or complex, as textbooks and libraries add them up."""

    def log_density(self, x: Array, values: Sequence[Array]) -> Array:
        """Return the log density at real `x`: the sum of the terms, unless there is a form in which less cancels."""
        return np.asarray(sum(self.log_terms(x, values)))

    @abstractmethod
    def simulate(self, rng: np.random.Generator, size: tuple[int, ...], values: Sequence[Array]) -> Array:
        """Return independent draws of shape `size`."""

    def tail_index(self, values: Sequence[float]) -> float:
        """Return t such that moment r exists if and only if r < t; infinite for light tails."""
        return math.inf


def _argument(where: str, value: object, domain: Interval | Data) -> Argument:
    if isinstance(value, str):
        return value
    if isinstance(domain, Data):
        raise SpecificationError("counts are data", where=where, seen=value, mend="give the name of an Input")
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral | Real):
        raise SpecificationError("a number or the name of a variable is needed", where=where, seen=value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and domain.holds(number)):
        raise SpecificationError(f"must be finite and within {domain}", where=where, seen=value)
    return number

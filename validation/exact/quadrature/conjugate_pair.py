"""A conjugate pair: all that the exact answers need to know of a family, as one value.

A latent has a law with two shapes, and its datum updates them (`update`). A family brings the nine members of
`ConjugatePair`; nothing else in the quadrature depends on the family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.models.distribution import Distribution
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.validation.exact.quadrature.hyperparameter import Value
from pplcompare.validation.exact.quadrature.law import Law
from pplcompare.validation.exact.quadrature.update import Increments, Shapes


@dataclass(frozen=True, slots=True)
class Observation:
    """The distribution of the observation.

    Attributes
    ----------
    distribution
        Its class.
    latent, known
        The names of its two arguments: the latent, and the input that is known of each observation beforehand.
    covered
        The models that have an exact answer, in the words of a message.
    """

    distribution: type[Distribution]
    latent: str
    known: str
    covered: str


@dataclass(frozen=True, slots=True)
class Latent[S]:
    """A distribution that a latent may have.

    Attributes
    ----------
    shapes
        It takes the values of its two arguments and returns the shapes.
    directions
        It takes the changes of the logs of both and returns two numbers, from which `Exponent` and
        `Derived.growth` read how the shapes move.
    """

    shapes: Callable[[Value, Value], S]
    directions: Callable[[float, float], tuple[float, float]]


class Likelihood[S](ABC):
    """The probability of all data given the shapes, the latents integrated out."""

    @abstractmethod
    def log(self, shapes: S) -> Float:
        """Return the log likelihood with all constants, broadcast over the shapes."""

    def around(self, _center: S) -> tuple[Likelihood[S], float]:
        """Return a form that loses fewer digits near a place, and the constant that must be added to its logs."""
        return self, 0.0

    @property
    def rough(self) -> Likelihood[S]:
        """A form that costs less and is the same up to a constant, but for digits."""
        return self


RAYS_OF_LOGS: Final[Mapping[int, Sequence[tuple[float, ...]]]] = {
    1: ((1.0,), (-1.0,)),
    2: ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (-1.0, -1.0)),
}
"""The rays of families whose shapes are positive and move as products of powers of the hyper-parameters."""


@dataclass(frozen=True, slots=True)
class Exponent:
    """How fast the likelihood grows along the ways to infinity.

    Attributes
    ----------
    rays
        By the number of hyper-parameters: directions in their logs, between which the exponent is linear.
    growth
        It takes the data and a pair of `Latent.directions` and returns the exponent e of the likelihood: along the ray
        the likelihood behaves as exp(e T), T to infinity.
    mend
        How a posterior that does not exist is made to exist, in words.
    """

    rays: Mapping[int, Sequence[tuple[float, ...]]]
    growth: Callable[[Increments, float, float], float]
    mend: str


@dataclass(frozen=True, slots=True)
class Derived[S]:
    """A quantity that follows from the hyper-parameters.

    Attributes
    ----------
    value
        Its values, from shapes.
    growth
        It takes a pair of `Latent.directions` and returns by how much the log of the quantity grows along the ray.
        Only a positive quantity that has no upper bound has it, and only such a quantity may lack moments.
    """

    value: Callable[[S], Float]
    growth: Callable[[float, float], float] | None = None


@dataclass(frozen=True, slots=True)
class ConjugatePair[S: Shapes]:
    """A family: one row.

    Attributes
    ----------
    observed
        The distribution of the observation.
    latent
        The distributions that a latent may have.
    data
        It takes the inputs of a model and returns k and n of each group.
    evidence
        It takes the data and returns their likelihood given the shapes.
    law
        The law of a latent given its shapes, and its mixtures.
    next
        It takes shapes, k and n, arrays that broadcast, and returns the log probability that a datum to come is (k, n).
    exponent
        The growth of the likelihood at infinity.
    derived
        Quantities by name.
    cumulants
        It takes the data and shapes (node,), and returns the first four cumulants (node,) of the log likelihood of the
        data given the latents, less what does not depend on the latents: the latents have the law after the data.
    greater
        Optional: it takes shapes (node,) and the data (k, n) of two groups, and returns the probability that the latent
        of the one is greater than that of the other, (node,).
    """

    observed: Observation
    latent: Mapping[type[Distribution], Latent[S]]
    data: Callable[[Inputs], Increments]
    evidence: Callable[[Increments], Likelihood[S]]
    law: Law[S]
    next: Callable[[S, Array, Array], Float]
    exponent: Exponent
    derived: Mapping[str, Derived[S]]
    cumulants: Callable[[Increments, S], Sequence[Float]]
    greater: Callable[[S, tuple[float, float], tuple[float, float]], Float] | None = None

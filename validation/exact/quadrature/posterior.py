"""The posterior of the hyper-parameters, the rates integrated out, and the moments that it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.beta_binomial.likelihood import Likelihood, Shapes
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy, Hyperparameter
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.tails import Tails

Float = NDArray[np.float64]

_MARGIN: Final = 0.06
# Relative to its value: a smaller standard deviation is that of rounding.
_CONSTANT: Final = 64.0 * float(np.finfo(np.float64).eps)


class Moments(NamedTuple):
    """Mean and standard deviation, infinite where they do not exist."""

    mean: float
    sd: float


class Standardised(NamedTuple):
    """Mean, standard deviation, skewness and excess kurtosis."""

    mean: float
    sd: float
    skewness: float
    excess: float


@dataclass(frozen=True, slots=True)
class Derived:
    """A quantity that follows from the hyper-parameters.

    Attributes
    ----------
    value
        Its values, from shapes.
    index
        The t such that its posterior moment r exists if and only if r < t.
    """

    value: Callable[[Shapes], Float]
    index: Callable[[Tails], float] = lambda tails: math.inf


DERIVED: Mapping[str, Derived] = {
    "shape 1": Derived(lambda shapes: shapes.first, lambda tails: tails.shape_index(0)),
    "shape 2": Derived(lambda shapes: shapes.second, lambda tails: tails.shape_index(1)),
    "mean": Derived(lambda shapes: np.exp(shapes.log_mean)),
    "concentration": Derived(lambda shapes: shapes.total, lambda tails: tails.concentration_index()),
    "log concentration": Derived(lambda shapes: np.log(shapes.total)),
    "logit mean": Derived(lambda shapes: shapes.log_mean - shapes.log_complement),
}
"""Quantities by name."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """A density of the hyper-parameters' unbounded coordinates.

    Attributes
    ----------
    offset
        What must be added to its logs and to that of its integral; zero unless it was written around a place.
    """

    hierarchy: Hierarchy
    likelihood: Likelihood
    tails: Tails
    offset: float = 0.0

    def around(self, u: Sequence[Float]) -> Posterior:
        """Return the same density in a form that loses fewer digits near `u`."""
        likelihood, offset = self.likelihood.around(self.hierarchy.shapes(u))
        return replace(self, likelihood=likelihood, offset=offset)

    def log_density(self, u: Sequence[Float]) -> Float:
        """Return the log of prior times likelihood, with all constants but the offset."""
        with np.errstate(over="ignore", under="ignore"):
            prior = sum(item.log_density(at) for item, at in zip(self.hierarchy.hyperparameters, u, strict=True))
            return np.asarray(prior + self.likelihood.log(self.hierarchy.shapes(u)))

    @property
    def rough(self) -> Posterior:
        """The same density but for a constant and digits: enough to find where it is."""
        return replace(self, likelihood=self.likelihood.rough)

    @cached_property
    def indices(self) -> Mapping[str, float]:
        """By quantity the t such that its posterior moment r exists if and only if r < t."""
        derived = {name: derived.index(self.tails) for name, derived in DERIVED.items()}
        own = {quantity_name(item): self.tails.hyperparameter_index(i) for i, item in enumerate(self._hyperparameters)}
        return {**derived, **own}

    @property
    def _hyperparameters(self) -> tuple[Hyperparameter, ...]:
        return self.hierarchy.hyperparameters

    def log_factors(self, u: Sequence[Float]) -> dict[str, Float]:
        """Return logs of the powers whose expectations are needed: each positive quantity to its highest moment."""
        unbounded = {quantity_name(item) for item in self._hyperparameters if math.isinf(item.support.high)}
        unbounded |= {"shape 1", "shape 2", "concentration"}
        orders = {name: highest_moment(self.indices[name]) for name in unbounded}
        values = self.quantities(u)
        return {name: order * np.log(values[name]) for name, order in orders.items() if order}

    def quantities(self, u: Sequence[Float]) -> dict[str, Float]:
        """Return the values of the derived quantities and of the hyper-parameters themselves."""
        shapes = self.hierarchy.shapes(u)
        own = {quantity_name(item): item.value(at).x for item, at in zip(self._hyperparameters, u, strict=True)}
        return {**{name: derived.value(shapes) for name, derived in DERIVED.items()}, **own}


def quantity_name(item: Hyperparameter) -> str:
    """Return how the evidence calls a hyper-parameter: its own name might be that of another quantity."""
    return f"hyper-parameter {item.name}"


def cdf_name(item: Hyperparameter) -> str:
    """Return how the evidence calls the CDF of an inner variable, which on a narrow ridge has steps in the outer."""
    return f"CDF of {quantity_name(item)}"


def highest_moment(index: float) -> int:
    """Return the highest moment, at most the second, that float64 reaches: near the index the integral has no end."""
    return sum(index > r + _MARGIN for r in (1, 2))


def moments(lattice: Lattice, values: Float, index: float) -> Moments:
    """Return mean and sd of values (outer, inner) whose moment r exists if and only if r < `index`.

    Raises
    ------
    AccuracyError
        If a moment exists but lies beyond the range of float64 numbers.
    """
    for r in (1, 2):
        if index > r > highest_moment(index):
            raise AccuracyError(
                f"moment {r} exists, but so barely that it lies beyond float64",
                where="exact answer",
                seen=f"tail index {index:g}",
                mend="use the logarithm",
            )
    if index <= 1.0:
        return Moments(math.inf, math.inf)
    mean = float(lattice.mean(values))
    return Moments(mean, lattice.sd(values, mean) if index > 2.0 else math.inf)


def standardised(weights: Float, cumulants: Sequence[Float]) -> Standardised:
    """Return the moments of a mixture of laws with four known cumulants each, (component,).

    Raises
    ------
    AccuracyError
        If the quantity is a constant, which rounding alone tells apart: it has no standard deviation to be measured in.
    """
    weights = weights / weights.sum()
    first, second, third, fourth = cumulants
    mean = float(weights @ first)
    off = first - mean
    variance = float(weights @ (second + off**2))
    if not variance > (_CONSTANT * float(np.abs(first).max())) ** 2:
        raise AccuracyError("the quantity is the same at all hyper-parameters", where="exact answer", seen=mean)
    skewness = float(weights @ (third + 3.0 * second * off + off**3)) / variance**1.5
    fourth = fourth + 3.0 * second**2 + 4.0 * third * off + 6.0 * second * off**2 + off**4
    return Standardised(mean, math.sqrt(variance), skewness, float(weights @ fourth) / variance**2 - 3.0)

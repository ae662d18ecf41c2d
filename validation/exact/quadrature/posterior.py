"""The posterior of the hyper-parameters, the latents integrated out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.exact.quadrature.conjugate_pair import ConjugatePair, Likelihood
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy
from pplcompare.validation.exact.quadrature.hyperparameter import Hyperparameter
from pplcompare.validation.exact.quadrature.moments import highest_moment
from pplcompare.validation.exact.quadrature.tails import Tails
from pplcompare.validation.exact.quadrature.update import Increments, Shapes

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Posterior[S: Shapes]:
    """A density of the hyper-parameters' unbounded coordinates.

    Attributes
    ----------
    offset
        What must be added to its logs and to that of its integral; zero unless it was written around a place.
    """

    pair: ConjugatePair[S]
    hierarchy: Hierarchy[S]
    likelihood: Likelihood[S]
    tails: Tails[S]
    offset: float = 0.0

    @classmethod
    def given(cls, pair: ConjugatePair[S], hierarchy: Hierarchy[S], data: Increments) -> Posterior[S]:
        """Return the posterior given the data of all groups."""
        return cls(pair, hierarchy, pair.evidence(data), Tails(hierarchy, pair.exponent, data))

    def around(self, u: Sequence[Float]) -> Posterior[S]:
        """Return the same density in a form that loses fewer digits near `u`."""
        likelihood, offset = self.likelihood.around(self.hierarchy.shapes(u))
        return replace(self, likelihood=likelihood, offset=offset)

    def log_density(self, u: Sequence[Float]) -> Float:
        """Return the log of prior times likelihood, with all constants but the offset."""
        with np.errstate(over="ignore", under="ignore"):
            prior = sum(item.log_density(at) for item, at in zip(self.hierarchy.hyperparameters, u, strict=True))
            return np.asarray(prior + self.likelihood.log(self.hierarchy.shapes(u)))

    @property
    def rough(self) -> Posterior[S]:
        """The same density but for a constant and digits: enough to find where it is."""
        return replace(self, likelihood=self.likelihood.rough)

    @cached_property
    def indices(self) -> Mapping[str, float]:
        """By quantity the t such that its posterior moment r exists if and only if r < t."""
        derived = {name: self.tails.derived_index(quantity) for name, quantity in self.pair.derived.items()}
        own = {quantity_name(item): self.tails.hyperparameter_index(i) for i, item in enumerate(self._hyperparameters)}
        return {**derived, **own}

    @property
    def _hyperparameters(self) -> tuple[Hyperparameter, ...]:
        return self.hierarchy.hyperparameters

    def log_factors(self, u: Sequence[Float]) -> dict[str, Float]:
        """Return logs of the powers whose expectations are needed: each unbounded quantity to its highest moment."""
        unbounded = {quantity_name(item) for item in self._hyperparameters if math.isinf(item.support.high)}
        unbounded |= {name for name, quantity in self.pair.derived.items() if quantity.growth is not None}
        orders = {name: highest_moment(self.indices[name]) for name in unbounded}
        values = self.quantities(u)
        return {name: order * np.log(np.abs(values[name])) for name, order in orders.items() if order}

    def quantities(self, u: Sequence[Float]) -> dict[str, Float]:
        """Return the values of the derived quantities and of the hyper-parameters themselves."""
        shapes = self.hierarchy.shapes(u)
        own = {quantity_name(item): item.value(at).x for item, at in zip(self._hyperparameters, u, strict=True)}
        return {**{name: derived.value(shapes) for name, derived in self.pair.derived.items()}, **own}


def quantity_name(item: Hyperparameter) -> str:
    """Return how the evidence calls a hyper-parameter: its own name might be that of another quantity."""
    return f"hyper-parameter {item.name}"


def cdf_name(item: Hyperparameter) -> str:
    """Return how the evidence calls the CDF of an inner variable, which on a narrow ridge has steps in the outer."""
    return f"CDF of {quantity_name(item)}"

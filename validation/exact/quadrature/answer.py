"""The exact answer: hyper-parameters integrated by quadrature, or nothing to integrate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from pplcompare.validation.exact.quadrature.certification import Certified, certified
from pplcompare.validation.exact.quadrature.conjugate_pair import ConjugatePair
from pplcompare.validation.exact.quadrature.evidence import ErrorEvidence
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy
from pplcompare.validation.exact.quadrature.hyperparameter import Hyperparameter
from pplcompare.validation.exact.quadrature.hyperparameter_marginal import HyperparameterMarginal
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.moments import Moments, moments
from pplcompare.validation.exact.quadrature.outer_lattice import outer_lattice
from pplcompare.validation.exact.quadrature.posterior import Posterior, quantity_name
from pplcompare.validation.exact.quadrature.rejection import draw
from pplcompare.validation.exact.quadrature.update import Increments, Shapes

Float = NDArray[np.float64]


def answer[S: Shapes](pair: ConjugatePair[S], hierarchy: Hierarchy[S], data: Increments) -> Answer[S]:
    """Return the exact answer of a hierarchy, given the data of all groups.

    Raises
    ------
    ImproperPosterior
        If the posterior does not exist.
    AccuracyError
        If its error could not be certified.
    """
    posterior = Posterior.given(pair, hierarchy, data)
    posterior.tails.check()
    if not hierarchy.hyperparameters:
        return Answer(posterior, None)
    found = certified(posterior)
    return Answer(found.posterior, found)


@dataclass(frozen=True, eq=False)
class Answer[S: Shapes]:
    """The posterior of the hyper-parameters.

    Attributes
    ----------
    posterior
        Its density.
    found
        Its integral; None if there are no hyper-parameters.
    """

    posterior: Posterior[S]
    found: Certified[S] | None

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """The hyper-parameters, in order."""
        return self.posterior.hierarchy.hyperparameters

    @property
    def error(self) -> ErrorEvidence:
        """How the error is known."""
        return self.found.error if self.found else ErrorEvidence(closed_form=True)

    @cached_property
    def mixing(self) -> Mixing[S]:
        """The posterior of the shapes."""
        return Mixing(self._nodes, self.posterior.hierarchy.shapes, self.posterior.tails.data, self.error)

    @property
    def _nodes(self) -> Lattice | None:
        return self.found.nodes if self.found else None

    @cached_property
    def log_evidence(self) -> float | None:
        """Log probability of the data with all constants; None if a prior is improper."""
        if not self.posterior.hierarchy.proper:
            return None
        if self._nodes is None:
            return float(self.posterior.log_density(()))
        return self.posterior.offset + self._nodes.log_total

    def marginal(self, item: Hyperparameter) -> Marginal:
        """Return the distribution of a hyper-parameter."""
        assert self.found is not None
        found, index = self.found, self.hyperparameters.index(item)

        def of() -> Moments:
            name = quantity_name(item)
            self.error.require(name)
            return moments(found.nodes, item.value(found.nodes.u[index]).x, self.posterior.indices[name])

        return HyperparameterMarginal(item.support, lambda: outer_lattice(found, index), self.posterior.log_density, of)

    def derived(self, names: Iterable[str]) -> Mapping[str, Moments]:
        """Return mean and sd of derived quantities of the pair; moments that do not exist are infinite.

        Raises
        ------
        AccuracyError
            If one exists but is not certified.
        """
        values = {name: self.posterior.pair.derived[name].value(self.mixing.shapes) for name in names}
        if self._nodes is None:
            return {name: Moments(float(value), 0.0) for name, value in values.items()}
        found = {}
        for name, value in values.items():
            self.error.require(name)
            found[name] = moments(self._nodes, value, self.posterior.indices[name])
        return found

    def expectation(self, f: Callable[[Mapping[str, Float]], Float]) -> float:
        """Return the expectation of a smooth function of the hyper-parameters by name.

        Raises
        ------
        AccuracyError
            If every second node gives another answer, or the edges of the box matter.
        """
        if self._nodes is None:
            return float(np.mean(f({})))
        items = zip(self.hyperparameters, self._nodes.u, strict=True)
        values = np.asarray(f({item.name: item.value(u.ravel()).x for item, u in items}), dtype=np.float64)
        shape = self._nodes.log_terms.shape
        return self.mixing.mean(np.broadcast_to(values, math.prod(shape)).reshape(shape))

    def probability_greater(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        """Return the probability that a latent is greater than another, given the data (k, n) of both.

        Raises
        ------
        UsageError
            If the family does not say it.
        AccuracyError
            If it could not be certified.
        """
        greater = self.posterior.pair.greater
        if greater is None:
            raise UsageError("is not known in this family", where="probability_greater", seen=(one, other))
        return self.mixing.mean_where_heavy(lambda shapes: greater(shapes, one, other))

    def shapes_at(self, values: Mapping[str, Float]) -> S:
        """Return the shapes at values of the hyper-parameters, of any shape."""
        with np.errstate(divide="ignore"):
            u = [item.support.unconstrain(values[item.name]) for item in self.hyperparameters]
        return self.posterior.hierarchy.shapes(u)

    def simulate(self, draws: int, rng: np.random.Generator) -> dict[str, Float]:
        """Draw all variables independently: hyper-parameters (draw,) by rejection, then the latents (draw, group)."""
        hierarchy, (k, n) = self.posterior.hierarchy, self.posterior.tails.data
        u = draw(self.posterior.log_density, self._nodes, draws, rng) if self._nodes else ()
        drawn = {item.name: item.value(at).x for item, at in zip(self.hyperparameters, u, strict=True)}
        shapes = hierarchy.shapes(u)
        columns = shapes.mapped(lambda part: np.broadcast_to(part, (draws,))[:, None])
        return {**drawn, hierarchy.latent.name: self.posterior.pair.law.draw(columns, k, n, rng)}

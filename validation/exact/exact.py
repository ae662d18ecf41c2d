"""Exact posteriors: Beta rates on a plate that feed one Binomial, with at most two hyper-parameters.

Given the hyper-parameters, rates are independent Betas; integrated out, they leave a beta-binomial likelihood of the
hyper-parameters, which are integrated by quadrature whose error is certified (the package `quadrature`). Without
hyper-parameters everything is in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError, UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.exact.beta_binomial.conditional_rate import Cells, RateTails, conditional_tails
from pplcompare.validation.exact.beta_binomial.likelihood import Shapes, likelihood
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.order import probability_greater_after
from pplcompare.validation.exact.beta_binomial.predictive import Predictive
from pplcompare.validation.exact.beta_binomial.rate_lattice import SharedLattice
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal, RateMarginal
from pplcompare.validation.exact.beta_binomial.rate_moments import rate_moments
from pplcompare.validation.exact.quadrature.certification import Certified, certified, certified_mean
from pplcompare.validation.exact.quadrature.evidence import ErrorEvidence
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.hyperparameter_marginal import HyperparameterMarginal
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.outer_lattice import outer_lattice
from pplcompare.validation.exact.quadrature.posterior import (
    DERIVED,
    Moments,
    Posterior,
    Standardised,
    moments,
    quantity_name,
    standardised,
)
from pplcompare.validation.exact.quadrature.rejection import draw
from pplcompare.validation.exact.quadrature.tails import Tails

Float = NDArray[np.float64]

_NO_WEIGHT: Final = 1e-13
# In standard deviations: no number of draws tells them apart.
_MOMENT_TOLERANCE: Final = 1e-7


def exact_posterior(model: Model, counts: Counts) -> ExactPosterior:
    """Return the exact posterior of a model, given counts.

    It and all that is asked of it take less than 1 GiB of memory at a time, whatever the prior, besides the counts and
    what is made of them group by group.

    Raises
    ------
    UnsupportedModel
        If the model has another structure.
    ImproperPosterior
        If the posterior does not exist.
    AccuracyError
        If its error could not be certified.
    """
    structure = hierarchy(model)
    posterior = Posterior(
        structure,
        likelihood(counts.trials, counts.successes),
        Tails(structure, counts.trials, counts.successes),
    )
    posterior.tails.check()
    return ExactPosterior(model, counts, posterior, certified(posterior) if structure.hyperparameters else None)


class ExactPosterior:
    """The posterior of one model and one data set.

    Attributes
    ----------
    model, counts, inputs
        What it is the posterior of.
    scalars
        Names of the hyper-parameters, in order.
    plate_variable
        Name of the rates.
    error
        How the error is known.
    """

    def __init__(self, model: Model, counts: Counts, posterior: Posterior, found: Certified | None) -> None:
        self.model: Final = model
        self.counts: Final = counts
        self.inputs: Final = model.bind(counts)
        self.scalars: Final = tuple(item.name for item in posterior.hierarchy.hyperparameters)
        self.plate_variable: Final = posterior.hierarchy.rate.name
        self.error: Final = found.error if found else ErrorEvidence(closed_form=True)
        self._found = found
        self._posterior = found.posterior if found else posterior
        self._nodes: Lattice | None = found.nodes if found else None
        self._hyperparameters: dict[str, Marginal] = {}
        self._rates: dict[tuple[int, int], RateMarginal] = {}
        self._predictives: dict[tuple[int, int, int], Predictive] = {}

    def __repr__(self) -> str:
        evidence = "undefined" if self.log_evidence is None else f"{self.log_evidence:.9g}"
        error = "closed form" if self.error.closed_form else f"certified error {self.error.largest:.1g}"
        groups = len(self.counts.groups)
        return f"<exact posterior of {self.model.name}, {groups} groups, log evidence {evidence}, {error}>"

    def _repr_html_(self) -> str:
        from pplcompare.validation.output.terminal import exact_html

        posterior: Any = self
        return exact_html(posterior)

    @cached_property
    def log_evidence(self) -> float | None:
        """Log probability of the counts, binomial coefficients included; None if a prior is improper."""
        if not self._posterior.hierarchy.proper:
            return None
        return self._posterior.offset + self._nodes.log_total if self._nodes else float(self._posterior.log_density(()))

    @cached_property
    def _shapes(self) -> Shapes:
        return self._posterior.hierarchy.shapes(self._nodes.u if self._nodes else ())

    @cached_property
    def _components(self) -> tuple[Components, ...]:
        """The distribution of a new rate, by every second node and by all nodes."""
        if self._nodes is None:
            return (Components.at_shapes(self._shapes),)
        parts = (self._nodes.every_second((0,) * len(self.scalars)), self._nodes)
        return tuple(Components.at(self._posterior.hierarchy, part) for part in parts)

    @property
    def _required(self) -> Certified:
        if self._found is None:
            raise UsageError("there are no hyper-parameters", where=self.model.name)
        return self._found

    def marginal(self, name: str, group: int | None = None) -> Marginal:
        """Return the distribution of a hyper-parameter, or of the rate of a group, by its number.

        Groups with equal counts share one object.
        """
        if name == self.plate_variable:
            if group is None:
                raise UsageError("the number of a group is needed", where=name, seen=group)
            return self._rate(*self._counts_of(group))
        if name not in self.scalars or group is not None:
            known = ", ".join((*self.scalars, f"{self.plate_variable} with a group"))
            raise UsageError("no such variable", where=self.model.name, seen=(name, group), mend=f"there are: {known}")
        if name not in self._hyperparameters:
            self._hyperparameters[name] = self._hyperparameter(self.scalars.index(name))
        return self._hyperparameters[name]

    def rate_moments(self) -> tuple[Float, Float]:
        """Return mean and standard deviation of the rate of every group, (group,) each: a million take a second."""
        return rate_moments(self._components[0], self.counts.trials, self.counts.successes)

    def new_group(self) -> Marginal:
        """Return the distribution of the rate of a group never seen."""
        return self._rate(0, 0)

    def _rate(self, n: int, k: int) -> RateMarginal:
        if (n, k) not in self._rates:
            self._rates[n, k] = self._new_rate(n, k)
        return self._rates[n, k]

    def _new_rate(self, n: int, k: int) -> RateMarginal:
        if self._nodes is None:
            return BetaMarginal(float(self._shapes.first) + k, float(self._shapes.second) + (n - k))
        return RateMarginal(self._components, n, k, self.error, lambda: self._shared_lattice.line(n, k))

    @cached_property
    def _shared_lattice(self) -> SharedLattice:
        return SharedLattice(self._components[0], self.counts.trials, self.counts.successes)

    def _hyperparameter(self, index: int) -> Marginal:
        found = self._required
        posterior, nodes = found.posterior, found.nodes
        item = posterior.hierarchy.hyperparameters[index]

        def of() -> Moments:
            name = quantity_name(item)
            self.error.require(name)
            return moments(nodes, item.value(nodes.u[index]).x, posterior.indices[name])

        return HyperparameterMarginal(item.support, lambda: outer_lattice(found, index), posterior.log_density, of)

    def derived(self, names: Iterable[str] = tuple(DERIVED)) -> Mapping[str, Moments]:
        """Return mean and sd of the shapes of the rates' distribution, of its mean and its concentration.

        Moments that do not exist are infinite; those of the log concentration and the logit mean always exist.

        Parameters
        ----------
        names
            The quantities asked for, names of `DERIVED`.

        Raises
        ------
        AccuracyError
            If one exists but is not certified.
        """
        if self._nodes is None:
            return {name: Moments(float(DERIVED[name].value(self._shapes)), 0.0) for name in names}
        found, indices = {}, self._posterior.indices
        for name in names:
            self.error.require(name)
            found[name] = moments(self._nodes, DERIVED[name].value(self._shapes), indices[name])
        return found

    def expectation(self, f: Callable[[Mapping[str, Float]], Float]) -> float:
        """Return the expectation of a smooth function of the hyper-parameters.

        Parameters
        ----------
        f
            Takes the hyper-parameters by name, (node,), and returns (node,).

        Raises
        ------
        AccuracyError
            If every second node gives another answer, or the edges of the box matter: f is not smooth, or has no mean.
        """
        if self._nodes is None:
            return float(np.mean(f({})))
        items = zip(self._posterior.hierarchy.hyperparameters, self._nodes.u, strict=True)
        values = np.asarray(f({item.name: item.value(u.ravel()).x for item, u in items}), dtype=np.float64)
        shape = self._nodes.log_terms.shape
        return certified_mean(self._nodes, np.broadcast_to(values, math.prod(shape)).reshape(shape))

    def shapes_at(self, values: Mapping[str, Float]) -> Shapes:
        """Return the shapes of the rates' distribution at values of the hyper-parameters, of any shape."""
        items = self._posterior.hierarchy.hyperparameters
        with np.errstate(divide="ignore"):
            u = [item.support.unconstrain(values[item.name]) for item in items]
        return self._posterior.hierarchy.shapes(u)

    def conditional_tails(
        self, shapes: Shapes, rate: Float, cells: Cells, group: int, rng: np.random.Generator
    ) -> RateTails:
        """Return the tails of the rate of a group, given the shapes of its distribution before the data.

        Parameters
        ----------
        shapes
            From `shapes_at`, at the hyper-parameters of the same draws.
        rate
            Draws of the rate, of the shape that `shapes` have.
        cells
            How far their cells reach: a rounded draw stands for all values that round to it.
        rng
            Breaks the ties of draws that are one of few numbers.
        """
        n, k = self._counts_of(group)
        return conditional_tails(shapes.first + k, shapes.second + (n - k), rate, cells, rng)

    def standardised(self, cumulants: Callable[[Shapes], Sequence[Float]]) -> Standardised:
        """Return the moments of a quantity whose first four cumulants given the shapes are known.

        By the law of total cumulance: central moments given the shapes, about the overall mean, are averaged.

        Parameters
        ----------
        cumulants
            Takes shapes (node,), returns four arrays (node,).

        Raises
        ------
        AccuracyError
            If every second node gives another answer.
        """
        if self._nodes is None:
            return standardised(np.ones(1), cumulants(Shapes(*(np.reshape(shape, 1) for shape in self._shapes))))
        weights = self._nodes.weights
        heavy = weights > _NO_WEIGHT
        given = cumulants(Shapes(*(np.broadcast_to(shape, weights.shape)[heavy] for shape in self._shapes)))
        second = np.zeros(weights.shape, dtype=bool)
        second[self._nodes.cut((0,) * len(self.scalars))] = True
        found = standardised(weights[heavy], given)
        halved = standardised(weights[heavy] * second[heavy], given)
        errors = (abs(found.mean - halved.mean) / found.sd, abs(found.sd / halved.sd - 1.0))
        if not max(errors) <= _MOMENT_TOLERANCE:
            raise AccuracyError("moments could not be certified", where="exact answer", seen=f"{max(errors):.1e} sd")
        return found

    def failure(self, group: int | None, components: int) -> float:
        """Return the probability that all of `components` redundant parts fail, at the rate of a group or of a new one.

        That is E p^m; given the shapes it is prod_{i<m} (a + i) / (a + b + i).
        """
        if components < 0:
            raise UsageError("the number of components cannot be negative", where="failure", seen=components)
        n, k = self._counts_of(group)
        first, total = self._shapes.first + k, self._shapes.total + n
        product = np.ones(np.broadcast_shapes(first.shape, total.shape))
        for i in range(components):
            product = product * ((first + i) / (total + i))
        return certified_mean(self._nodes, product) if self._nodes else float(product)

    def predictive(self, group: int | None, trials: int | None = None) -> Predictive:
        """Return the distribution of the count of a group's next campaign, or of that of a group never seen (None).

        Groups with equal counts share one object.

        Parameters
        ----------
        trials
            Of that campaign; without, as many as in the group's first.

        Raises
        ------
        UsageError
            If there is no such group, or if a new one is given no trials.
        """
        if group is None and trials is None:
            raise UsageError("a new group needs its number of trials", where="trials", seen=trials)
        n, k = self._counts_of(group)
        key = (n, k, n if trials is None else int(trials))
        if key not in self._predictives:
            self._predictives[key] = Predictive(self._rate(n, k), key[2])
        return self._predictives[key]

    def probability_greater(self, one: int | None, other: int | None) -> float:
        """Return P(rate of `one` > rate of `other`), to 1e-9; None is a group never seen.

        Given the hyper-parameters the two are independent Betas.
        """
        if one is not None and one == other:
            raise UsageError("two different groups are needed", where="probability_greater", seen=(one, other))
        weights = self._nodes.weights if self._nodes else np.ones(1)
        # What is left out weighs less than the tolerance by far.
        heavy = weights > _NO_WEIGHT
        first, second = (np.broadcast_to(shape, weights.shape)[heavy] for shape in self._shapes[:2])
        values = np.zeros(weights.shape)
        values[heavy] = probability_greater_after(first, second, self._counts_of(one), self._counts_of(other))
        return certified_mean(self._nodes, values) if self._nodes else float(values[0])

    def _counts_of(self, group: int | None) -> tuple[int, int]:
        """Return trials and successes, none for a group never seen."""
        if group is None:
            return 0, 0
        if not 0 <= group < len(self.counts.groups):
            raise UsageError("the number of a group is needed", where=self.plate_variable, seen=group)
        return int(self.counts.trials[group]), int(self.counts.successes[group])

    def simulate(self, draws: int, rng: np.random.Generator) -> dict[str, Float]:
        """Draw all variables independently.

        Returns
        -------
        name -> (draw, *plate)
            Hyper-parameters by rejection with the true density, rates from their Betas.
        """
        hyperparameters = self._posterior.hierarchy.hyperparameters
        u = draw(self._posterior.log_density, self._nodes, draws, rng) if self._nodes else ()
        drawn = {item.name: item.value(at).x for item, at in zip(hyperparameters, u, strict=True)}
        shapes = self._posterior.hierarchy.shapes(u)
        n, k = self.counts.trials, self.counts.successes
        first, second = (np.broadcast_to(shape, (draws,))[:, None] for shape in shapes[:2])
        return {**drawn, self.plate_variable: rng.beta(first + k, second + (n - k))}

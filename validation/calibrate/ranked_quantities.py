"""The quantities whose ranks are taken: functions of the variables and of the counts.

Functions of the variables alone are not enough: a sampler that returns the prior has uniform ranks in all of them
(Modrák et al. 2023, arXiv 2211.02383). The likelihood, the joint density and the conditional scores see that. Given the
hyper-parameters of its own draw, the rate of a group is Beta(alpha + k, beta + n - k), and its normal score s_g is
N(0, 1) if the draw is right: the sum of s_g finds a bias, the sum of their squares a spread, of all rates at once.

Whatever is computed of the truth is computed of the draws by the same arithmetic, in one array, so that rounding
favours neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion, Binomial
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.lean_density import LeanDensity
from pplcompare.models.simulation import inside
from pplcompare.models.spec import Model
from pplcompare.models.structure import Variable
from scipy import special

MOST_RATES: Final = 5
"""Rates that are quantities of their own: one for each distinct number of trials, if there are no more."""

# What the normal distribution function does not reach within float64.
_LEAST: Final = 1e-300
_MOST: Final = 1.0 - 2.0**-53


@dataclass(frozen=True)
class RankedQuantities:
    """The quantities of one model and the trials of its groups.

    Attributes
    ----------
    model
        The model.
    counts
        Counts whose groups and trials are those of all replications.
    """

    model: Model
    counts: Counts

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        blank = Counts(self.counts.groups, self.counts.trials, np.zeros_like(self.counts.trials))
        inputs, values = self.model.bind(blank), {}
        for variable in self._variables.values():
            low = self._clipped(
                inputs, variable, np.full((1,) if variable.plate is None else (1, len(blank.groups)), 0.5)
            )
            values[variable.name] = low
        return tuple(name for name, _ in self._found(blank, values))

    def values(self, counts: Counts, drawn: Mapping[str, Float]) -> Float:
        """Return all quantities of all points: (quantity, point).

        Parameters
        ----------
        counts
            Those of the replication.
        drawn
            name -> (point, *plate); values on the border of their support, or beyond, are moved inside.
        """
        inputs = self.model.bind(counts)
        inner = {v.name: self._clipped(inputs, v, drawn[v.name]) for v in self._variables.values()}
        with np.errstate(all="ignore"):  # what is no number then has no rank, and that is told
            return np.array([value for _, value in self._found(counts, inner)])

    def _found(self, counts: Counts, values: Mapping[str, Float]) -> Iterator[tuple[str, Float]]:
        inputs = self.model.bind(counts)
        for name in self._scalars:
            yield name, values[name]
        shapes = self._shapes(values)
        if shapes is not None and self._scalars and isinstance(self._prior, Beta):  # else it is a variable itself
            yield "log concentration", np.log(shapes[0] + shapes[1])
        if self._rate is not None:
            rates = values[self._rate.name]
            for group in self._groups:
                yield f"{self._rate.name} {counts.groups[group]}", rates[:, group]
            yield "mean rate", rates.mean(axis=1)
        likelihood = self._log_likelihood(inputs, values)
        yield "log likelihood", likelihood
        yield "log joint", LeanDensity(self.model.structure, inputs).value(values)
        if self._rate is not None:
            expected = counts.trials * rates
            squares = (counts.successes - expected) ** 2 / np.maximum(expected * (1.0 - rates), _LEAST)
            yield "squared residuals", squares.sum(axis=1)
        if self._rate is not None and shapes is not None:
            scores = _scores(counts, shapes, rates)
            yield "conditional scores", scores.sum(axis=1)
            yield "squared conditional scores", np.einsum("pg,pg->p", scores, scores)

    def _log_likelihood(self, inputs: Inputs, values: Mapping[str, Float]) -> Float:
        (observed,) = self.model.structure.observed
        arguments = inputs.arguments(observed.distribution, observed.plate, values)
        found = observed.distribution.log_density(inputs.observed[observed.name], arguments)
        return np.asarray(np.broadcast_to(found, (len(next(iter(values.values()))), len(inputs.groups))).sum(axis=1))

    def _shapes(self, values: Mapping[str, Float]) -> tuple[Float, Float] | None:
        """Return both shapes of the rates' prior, (point,) each; None if it is no Beta distribution."""
        if self._rate is None or not isinstance(self._prior, Beta | BetaProportion):
            return None
        given, points = self._prior.arguments.values(), len(values[self._rate.name])
        first, second = (np.broadcast_to(values[a] if isinstance(a, str) else a, (points,)) for a in given)
        if isinstance(self._prior, Beta):
            return first, second
        return first * second, (1.0 - first) * second

    def _clipped(self, inputs: Inputs, variable: Variable, values: Float) -> Float:
        return inside(values, self.model.structure.supports(inputs)[variable.name])

    @cached_property
    def _variables(self) -> dict[str, Variable]:
        return {item.name: item for item in self.model.items if isinstance(item, Variable)}

    @cached_property
    def _scalars(self) -> tuple[str, ...]:
        return tuple(name for name, variable in self._variables.items() if variable.plate is None)

    @cached_property
    def _rate(self) -> Variable | None:
        """The variable that is the probability of the counts; None where they have none of their own."""
        (observed,) = self.model.structure.observed
        if not isinstance(observed.distribution, Binomial):
            return None
        found = self._variables[str(observed.distribution.probability)]
        return None if found.plate is None else found

    @property
    def _prior(self) -> Distribution | None:
        return None if self._rate is None else self._rate.distribution

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        """One group for each distinct number of trials; of many, `MOST_RATES` from the fewest to the most trials."""
        _, first = np.unique(self.counts.trials, return_index=True)
        places = np.linspace(0, len(first) - 1, min(MOST_RATES, len(first)))
        return np.asarray(first[np.round(places).astype(np.int64)])


def _scores(counts: Counts, shapes: tuple[Float, Float], rates: Float) -> Float:
    """Return the normal scores of rates given the shapes of their own draw: (point, group)."""
    first, second = (shape[:, None] for shape in shapes)
    below = special.betainc(first + counts.successes, second + (counts.trials - counts.successes), rates)
    return np.asarray(special.ndtri(np.clip(below, _LEAST, _MOST)))

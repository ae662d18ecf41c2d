"""Rates given their hyper-parameters and counts: independent Betas, drawn group by group.

Each group has a random stream of its own, so that its draws are the same whichever groups are asked for, in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.density import STEP
from pplcompare.models.distributions import Beta
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import UNIT, Array
from pplcompare.models.marginal.rewrite import MarginalModel
from pplcompare.models.simulation import inside

LARGEST: Final = 10**9
"""Bytes of rates that are held at once, at most."""
QUANTILES: Final = (0.05, 0.5, 0.95)
# Of the streams: nothing else that comes from the same seed has a key of two words.
_STREAM: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class RateSummaries:
    """Summaries of the rates of some groups.

    Attributes
    ----------
    groups : (group,)
        Their numbers.
    mean, sd : (group,)
    quantiles : (quantile, group)
    """

    groups: NDArray[np.int64]
    mean: Float
    sd: Float
    quantiles: Float


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalRates:
    """The rates of a model whose other variables have been drawn.

    Attributes
    ----------
    draws
        Hyper-parameter -> (..., draw); any shape that all share.
    """

    marginal: MarginalModel
    counts: Counts
    draws: Mapping[str, Float]
    seed: int

    def recover(self, groups: Sequence[int] | None = None) -> Float:
        """Draw the rates of these groups, or of all: (*shape of the draws, group).

        Raises
        ------
        UsageError
            If they would take more than `LARGEST` bytes, or there is no such group.
        """
        chosen = range(len(self.counts.groups)) if groups is None else groups
        alpha, beta = shapes(self.marginal, self.draws)
        shape = alpha.shape
        if (size := 8 * math.prod(shape) * len(chosen)) > LARGEST:
            raise UsageError(
                f"the rates of {len(chosen)} groups take more than {LARGEST / 1e9:g} GB",
                where=self.marginal.rate.name,
                seen=f"{size / 1e9:.3g} GB",
                mend="ask for some groups, or for summaries",
            )
        rates = np.empty((len(chosen), *shape))
        for place, group in enumerate(chosen):
            rates[place] = self._drawn(group, alpha, beta)
        return np.moveaxis(rates, 0, -1)

    def summaries(
        self, groups: Iterable[int] | None = None, *, quantiles: Sequence[float] = QUANTILES, block: int = 1000
    ) -> Iterator[RateSummaries]:
        """Summarise the rates of these groups, or of all, `block` groups at a time; the draws are not kept."""
        chosen = np.fromiter(range(len(self.counts.groups)) if groups is None else groups, dtype=np.int64)
        alpha, beta = shapes(self.marginal, self.draws)
        for start in range(0, len(chosen), block):
            part = chosen[start : start + block]
            mean, sd, found = np.empty(len(part)), np.empty(len(part)), np.empty((len(quantiles), len(part)))
            for place, group in enumerate(part):
                rates = self._drawn(int(group), alpha, beta)
                mean[place], sd[place] = rates.mean(), rates.std(ddof=1)
                found[:, place] = np.quantile(rates, quantiles)
            yield RateSummaries(part, mean, sd, found)

    def _drawn(self, group: int, alpha: Array, beta: Array) -> Float:
        if not 0 <= group < len(self.counts.groups):
            raise UsageError("the number of a group is needed", where=self.marginal.rate.name, seen=group)
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(_STREAM, group))))
        n, k = self.counts.trials[group], self.counts.successes[group]
        return inside(rng.beta(alpha + k, beta + (n - k)), UNIT)


def shapes(marginal: MarginalModel, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return both shapes of the rates' prior, given values of the hyper-parameters by name."""
    given = marginal.rate.distribution.arguments.values()
    first, second = np.broadcast_arrays(*(values[a] if isinstance(a, str) else np.asarray(a) for a in given))
    if isinstance(marginal.rate.distribution, Beta):
        return first, second
    return first * second, (1.0 - first) * second


def conditional_density(
    marginal: MarginalModel, counts: Counts, points: Mapping[str, Float], *, jacobian: bool
) -> tuple[Float, dict[str, Float]]:
    """Return the log density of the rates given everything else: added to that of the marginal model, the joint one.

    Parameters
    ----------
    points
        name -> (point, *plate).
    jacobian
        Whether the log Jacobian of the logits of the rates is added.

    Returns
    -------
    (point,) and name -> (point, *plate)
        Value, and gradient by the unconstrained coordinates of the rates and of what their prior refers to.
    """
    name = marginal.rate.name
    used = [argument for argument in marginal.rate.distribution.arguments.values() if isinstance(argument, str)]
    supports = marginal.model.structure.supports(marginal.model.bind(counts))

    def terms(values: Mapping[str, Array]) -> Array:
        alpha, beta = (shape[:, None] for shape in shapes(marginal, values))
        of_rates = alpha + counts.successes, beta + (counts.trials - counts.successes)
        found = Beta("alpha", "beta").log_terms(values[name], of_rates)
        return np.asarray(sum((*found, *UNIT.log_slope_terms(values[name]))) if jacobian else sum(found))

    gradient = {}
    for variable in (*used, name):
        x = np.asarray(points[variable], dtype=np.float64)
        change = terms({**points, variable: x + 1j * STEP * supports[variable].slope(x)}).imag / STEP
        gradient[variable] = change if variable == name else change.sum(axis=1)
    return terms(points).sum(axis=1), gradient

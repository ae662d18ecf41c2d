"""Models rewritten from their specification alone: rates integrated out of a Beta prior and its Binomial counts.

What is left has the hyper-parameters only. Its likelihood is that of beta-binomial counts, by sufficient statistics,
so that its cost does not grow with the number of groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import (
    Beta,
    BetaBinomialProportionTails,
    BetaBinomialTails,
    BetaProportion,
    Binomial,
    WeightedBetaBinomial,
    WeightedBetaBinomialProportion,
)
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.marginal.beta_binomial_sums import row_terms
from pplcompare.models.marginal.ladder import ladder, places
from pplcompare.models.spec import Model, free_name
from pplcompare.models.structure import Input, Observed, Structure, Variable

Whole = NDArray[np.int64]

_ROWS: Final[Mapping[type[Distribution], Callable[..., Distribution]]] = {
    Beta: WeightedBetaBinomial,
    BetaProportion: WeightedBetaBinomialProportion,
}
_TAILS: Final[Mapping[type[Distribution], Callable[..., Distribution]]] = {
    Beta: BetaBinomialTails,
    BetaProportion: BetaBinomialProportionTails,
}
# Of a plate of sufficient statistics: small data sets share one program.
_LEAST: Final = 16
# A gradient by one pair of counts costs 3.4 (NumPyro), 4.9 (nutpie) and 7.6 (Stan) times one by one place of the tails.
_PAIR: Final = 4
# In all groups. With shapes from 1e-6 to 1e12 the moduli of the tails' terms sum to less than 90 a trial (two
# logarithms of at most 1e18). A unit in the last place of that sum is 0.02 of a log density, and a few units are lost:
# hundredths, where the energy of a sampler's trajectory is off by tenths.
_MOST_TRIALS: Final = 1e12


@dataclass(frozen=True, slots=True)
class MarginalModel:
    """A model whose rates can be integrated out.

    Attributes
    ----------
    model
        As it was given, with its rates.
    rate, observed
        What leaves it, and what the rate feeds.
    """

    model: Model
    rate: Variable
    observed: Observed

    def sufficient(self, counts: Counts) -> tuple[Structure, Inputs]:
        """Return the structure without rates and its inputs: sufficient statistics of the counts, the cheaper kind.

        Distinct pairs of trials and successes with the number of groups that have them; or the ladders that successes,
        failures and trials climb. Both are filled up with zeros to a power of two, so that one structure of few sizes
        serves many data sets.
        """
        pairs, groups = np.unique(
            np.stack([counts.trials, counts.successes])[:, counts.trials > 0], axis=1, return_counts=True
        )
        trials, successes = pairs
        offset = float(groups @ log_choose(trials, successes)) if trials.size else 0.0
        steps, rows = _padded(places(int(trials.max(initial=0)))), _padded(trials.size)
        by_tails = steps <= _PAIR * rows and float(groups @ trials.astype(np.float64)) <= _MOST_TRIALS
        size = steps if by_tails else rows
        found, columns = (_tails if by_tails else _rows)(trials, successes, groups)
        taken = {item.name for item in self.model.items}
        plate = free_name("step" if by_tails else "row", taken)
        inputs = {argument: free_name(f"{self.observed.name}_{argument}", taken) for argument in columns}
        kind = (_TAILS if by_tails else _ROWS)[type(self.rate.distribution)]
        likelihood = kind(**inputs, offset=offset / size, **self.rate.distribution.arguments)
        variables = [item for item in self.model.items if isinstance(item, Variable) and item != self.rate]
        reduced = Model(
            self.model.name,
            *(Input(name, plate) for name in inputs.values()),
            *variables,
            Observed(self.observed.name, likelihood, plate),
        )
        return reduced.structure, Inputs(
            constants=dict(reduced.constants),
            counts={name: _filled(columns[argument], size) for argument, name in inputs.items()},
            observed={self.observed.name: _filled(found, size)},
            groups=tuple(map(str, range(size))),
            plate=plate,
        )


def marginalise(model: Model) -> MarginalModel:
    """Find the rates that can be integrated out, whatever the variables are called.

    Raises
    ------
    UnsupportedModel
        If there is no Beta variable on the plate of the one observed Binomial that feeds nothing else and has a
        hyper-parameter, or if a hyper-parameter or another variable lives on that plate.
    """
    observed = [item for item in model.items if isinstance(item, Observed)]
    variables = {item.name: item for item in model.items if isinstance(item, Variable)}
    if len(observed) != 1 or not isinstance(observed[0].distribution, Binomial):
        raise _refused("one observed Binomial is needed", model, [str(item.distribution) for item in observed])
    name = str(observed[0].distribution.probability)
    rate = variables[name]
    if rate.plate is None or type(rate.distribution) not in _ROWS:
        raise _refused(f"{name} must be Beta or BetaProportion on the plate of its counts", model, str(rate))
    if users := [item.name for item in variables.values() if name in item.distribution.arguments.values()]:
        raise _refused(f"{name} feeds something besides its counts", model, users)
    if not any(isinstance(argument, str) for argument in rate.distribution.arguments.values()):
        raise _refused(
            f"{name} has no hyper-parameters, so that nothing would be left to sample",
            model,
            str(rate.distribution),
            mend=f"given the counts, {name} is a Beta variable in closed form",
        )
    others = [item.name for item in model.items if item.plate and item.name not in (name, observed[0].name)]
    if others != [observed[0].distribution.trials]:
        raise _refused(f"only {name} and one input may live on the plate of the counts", model, others)
    return MarginalModel(model, rate, observed[0])


def log_choose(trials: Whole, successes: Whole) -> NDArray[np.float64]:
    """Return log binomial coefficients: with a uniform prior every number of successes has probability 1/(n + 1)."""
    ones = np.ones(trials.shape)
    return np.asarray(-np.log1p(trials) - sum(row_terms(np, successes, trials, ones, ones)))


def _rows(trials: Whole, successes: Whole, groups: Whole) -> tuple[Array, dict[str, Array]]:
    """Return what is observed, and the other statistics by argument: distinct pairs."""
    return successes, {"trials": trials, "weight": groups}


def _tails(trials: Whole, successes: Whole, groups: Whole) -> tuple[Array, dict[str, Array]]:
    """Return the same of the ladders."""
    found, failures, total = (ladder(each, groups) for each in (successes, trials - successes, trials))
    return found.weights, {
        "success_step": found.at,
        "failures": failures.weights,
        "failure_step": failures.at,
        "trials": total.weights,
        "trial_step": total.at,
    }


def _padded(rows: int) -> int:
    """Return the power of two that so many rows are filled up to."""
    return 1 << max(rows - 1, _LEAST - 1).bit_length()


def _filled(values: Array, size: int) -> Array:
    return np.concatenate([values, np.zeros(size - len(values), dtype=values.dtype)])


def _refused(what: str, model: Model, seen: object, mend: str = "sample the model with its rates") -> UnsupportedModel:
    return UnsupportedModel(what, where=f"marginal form of {model.name}", seen=seen, mend=mend)

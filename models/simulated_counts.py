"""Counts that a model could have made: a campaign simulated from its priors, or from values that are chosen."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, SpecificationError, UsageError, did_you_mean
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.simulation import simulate
from pplcompare.models.spec import Model
from pplcompare.models.structure import Variable


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedCounts:
    """One data set that a model could have made, with the values behind it.

    Attributes
    ----------
    counts
        The trials that were asked for and the successes that were drawn.
    hyperparameters
        The values of the variables that exist once, by name; those that nothing depends on, because all rates were
        given, are left out.
    rates
        The values of the variables that each group has, by name, (group,) each.
    """

    counts: Counts
    hyperparameters: Mapping[str, float]
    rates: Mapping[str, NDArray[np.float64]]

    def to_csv(self, *, rates: bool = False) -> str:
        """Return a CSV file with the columns group, n and k, which `load` reads.

        Parameters
        ----------
        rates
            Whether there is also a column for each variable of a group, such as the rate, which `load` ignores.
        """
        columns: list[list[object]] = [[name, *values] for name, values in self.counts.to_dict().items()]
        if rates:
            columns += [[name, *map(repr, values.tolist())] for name, values in self.rates.items()]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(zip(*columns, strict=True))
        return text.getvalue()

    def to_dict(self) -> dict[str, object]:
        """Return counts and values as lists and numbers by name: `group`, `n`, `k`, `hyperparameters`, `rates`."""
        return {
            **self.counts.to_dict(),
            "hyperparameters": dict(self.hyperparameters),
            "rates": {name: values.tolist() for name, values in self.rates.items()},
        }


def simulate_counts(
    model: Model,
    trials: Counts | Mapping[str, int],
    rng: np.random.Generator | int,
    given: Mapping[str, float | NDArray[np.float64]] | None = None,
) -> SimulatedCounts:
    """Simulate one campaign: hyper-parameters from their priors, rates given them, counts given the rates.

    Parameters
    ----------
    model
        The model whose priors are drawn from.
    trials
        The trials of each group, ``{"A": 200, "B": 10}``; counts lend only their trials.
    rng
        A generator, or a seed for one.
    given
        Values of variables that are not drawn, by name: a number, or (group,) for a variable that each group has.

    Raises
    ------
    DataError
        If the trials cannot be used.
    UsageError
        If a given value has no variable, lies outside its support, or does not fit the number of groups.
    SpecificationError
        If a prior that is drawn from is improper.
    """
    if not isinstance(trials, Counts | Mapping):
        raise DataError("trials by group are needed", where="trials", seen=trials, mend='write {"A": 200, "B": 10}')
    if isinstance(trials, Mapping):
        trials = Counts(trials, trials.values(), [0] * len(trials))
    inputs = model.bind(trials)
    values = _given(model, inputs, {} if given is None else given)
    structure = model.structure
    for item in structure.variables:
        if not item.distribution.proper and item.name not in values:
            mend = f"give it a proper prior, or a value: {item.name}=1"
            raise SpecificationError("an improper prior cannot be drawn from", where=item.name, mend=mend)
    drawn = simulate(structure, inputs, np.random.default_rng(rng), 1, values)
    alone, on_plate = _split(structure.variables)
    if all(item.name in values for item in on_plate):
        alone = [item for item in alone if item.name in values]
    return SimulatedCounts(
        Counts(trials.groups, trials.trials, drawn[structure.observed[0].name][0]),
        {item.name: float(drawn[item.name][0]) for item in alone},
        {item.name: np.asarray(drawn[item.name][0], dtype=np.float64) for item in on_plate},
    )


def _split(variables: tuple[Variable, ...]) -> tuple[list[Variable], list[Variable]]:
    """Return the variables that exist once, and those that each group has."""
    return [item for item in variables if item.plate is None], [item for item in variables if item.plate is not None]


def _given(model: Model, inputs: Inputs, given: Mapping[str, float | NDArray[np.float64]]) -> dict[str, Array]:
    """Return values with an axis of one draw, checked."""
    variables = {item.name: item for item in model.structure.variables}
    supports = model.structure.supports(inputs)
    found: dict[str, Array] = {}
    for name, value in given.items():
        if name not in variables:
            raise UsageError("no such variable", where="given", seen=name, mend=did_you_mean(name, list(variables)))
        values = np.asarray(value, dtype=np.float64)
        groups = None if variables[name].plate is None else len(inputs.groups)
        if values.shape not in ((), () if groups is None else (groups,)):
            mend = "one number is needed" if groups is None else f"one number, or {groups}, are needed"
            raise UsageError("the wrong number of values", where=f"given {name}", seen=values.size, mend=mend)
        if not supports[name].holds(values):
            where, mend = f"given {name}", f"must lie within {supports[name]}"
            raise UsageError("outside the support", where=where, seen=values.tolist(), mend=mend)
        found[name] = values[None] if groups is None else np.broadcast_to(values, (1, groups))
    return found

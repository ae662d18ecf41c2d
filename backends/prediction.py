"""What simulating counts to come has in common everywhere: the inputs, the streams, the names, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import SpecificationError, UnsupportedModel, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Observed, Structure

STREAMS: Final = ("prior", "next", "new")
"""What is simulated: everything from the prior; the groups' next campaign; groups never seen."""


def stream_seed(seed: int, stream: str) -> int:
    """Return a seed, from 0 to 2^31 - 1, that shares nothing with the seed of a fit or with that of another stream."""
    words = np.random.SeedSequence(seed, spawn_key=(STREAMS.index(stream),)).generate_state(1)
    return int(words[0] >> 1)


def require_proper(structure: Structure) -> None:
    """Refuse to simulate from an improper prior, and to simulate sufficient statistics.

    Raises
    ------
    SpecificationError
        If there is one; the variable or observation is named.
    """
    for item in structure.random:
        if not item.distribution.proper:
            what, mend = "an improper prior", "take a proper prior"
            if isinstance(item, Observed):
                what, mend = "sufficient statistics", "simulate the model with rates"
            kind = type(item.distribution).__name__
            raise SpecificationError(f"{what} cannot be simulated", where=item.name, seen=kind, mend=mend)


def next_campaign(inputs: Inputs, trials: ArrayLike | None) -> Inputs:
    """Return the inputs of another campaign of the same groups, nothing observed yet."""
    counts = inputs.counts if trials is None else _trials(inputs, trials, len(inputs.groups))
    observed = {name: np.zeros(len(inputs.groups), dtype=np.int64) for name in inputs.observed}
    return replace(inputs, counts=counts, observed=observed)


def new_groups(structure: Structure, inputs: Inputs, trials: ArrayLike | None) -> Inputs | None:
    """Return the inputs of groups never seen, one for each of the `trials`; None where there are none.

    Raises
    ------
    SpecificationError
        If a variable of the model already has the name of a new one, or their prior is improper.
    """
    if trials is None or np.size(trials) == 0:
        return None
    size = int(np.size(trials))
    require_proper(replace(structure, variables=tuple(v for v in structure.variables if v.plate is not None)))
    names = {item.name for item in structure.random}
    if taken := [name for name in map(new_name, sorted(names)) if name in names]:
        raise SpecificationError("the name of a new group's variable is taken", where="model", seen=taken[0])
    observed = {name: np.zeros(size, dtype=np.int64) for name in inputs.observed}
    groups = tuple(f"new {index}" for index in range(1, size + 1))
    return replace(inputs, counts=_trials(inputs, trials, size), observed=observed, groups=groups)


def new_name(name: str) -> str:
    """Return under which name draws of a variable for groups never seen are given."""
    return f"{name}_new"


def on_plate(structure: Structure) -> tuple[str, ...]:
    """Return the names of everything on a plate, in order: what a new group has of its own."""
    return tuple(item.name for item in structure.random if item.plate is not None)


def flat_draws(structure: Structure, draws: Draws, *, scalars_only: bool = False) -> dict[str, NDArray[np.float64]]:
    """Return name -> (chain * draw, *plate) of the variables."""
    return {
        variable.name: np.reshape(draws[variable.name], (-1, *np.shape(draws[variable.name])[2:]))
        for variable in structure.variables
        if variable.plate is None or not scalars_only
    }


def leading_shape(draws: Draws) -> tuple[int, int]:
    """Return numbers of chains and draws."""
    chains, length = np.shape(next(iter(draws.values())))[:2]
    return chains, length


def float_draws(values: Mapping[str, Any], shape: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """Return values (chain * draw, *plate) as float64 (chain, draw, *plate)."""
    return {name: np.asarray(v, dtype=np.float64).reshape(*shape, *np.shape(v)[1:]) for name, v in values.items()}


def _trials(inputs: Inputs, trials: ArrayLike, size: int) -> dict[str, NDArray[np.int64]]:
    if len(inputs.counts) != 1:
        raise UnsupportedModel("other trials need a model with one input of counts", where="trials")
    given = np.asarray(trials)
    if given.shape != (size,) or not np.issubdtype(given.dtype, np.integer) or np.any(given < 0):
        raise UsageError(f"{size} whole numbers, none negative, are needed", where="trials", seen=given.tolist())
    return {name: given.astype(np.int64) for name in inputs.counts}


def can_simulate(structure: Structure) -> bool:
    """Say whether counts to come can be drawn: there are none of sufficient statistics, nor under improper rates."""
    return all(item.distribution.proper for item in structure.random if item.plate is not None)


def placeholder_draws(structure: Structure, inputs: Inputs, settings: NUTSSettings) -> Draws:
    """Return draws of a fit with these settings that mean nothing: everywhere the middle of each support."""
    supports, shape = structure.supports(inputs), (settings.chains, settings.draws)
    sizes = {v.name: () if v.plate is None else (inputs.sizes[v.plate],) for v in structure.variables}
    return {name: supports[name].constrain(np.zeros((*shape, *size))) for name, size in sizes.items()}

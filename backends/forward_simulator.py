"""A simulator made of one function of a library: what all that draw forwards, variable by variable, have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.prediction import (
    can_simulate,
    flat_draws,
    float_draws,
    leading_shape,
    new_groups,
    new_name,
    next_campaign,
    on_plate,
    placeholder_draws,
    require_proper,
    stream_seed,
)
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

type Forwards = Callable[[Inputs, Mapping[str, Any], tuple[str, ...], int, int], Mapping[str, Any]]
"""Inputs, known draws (draw, *plate), names of what is drawn, number of draws, seed -> what was drawn."""


@dataclass(frozen=True, slots=True)
class ForwardSimulator:
    """The `Simulator` of a library that draws variables given others.

    Attributes
    ----------
    structure
        The structure that is simulated.
    given
        The library's function; it is called with the known draws.
    from_prior
        The library's function for draws from the prior, called with no known draws; defaults to `given`.
    """

    structure: Structure
    given: Forwards
    from_prior: Forwards | None = None

    def prepare(self, inputs: Inputs, settings: NUTSSettings, groups: int) -> None:
        """Simulate once, from draws that mean nothing, so that the library compiles what it needs."""
        if can_simulate(self.structure):
            fit = Fit(placeholder_draws(self.structure, inputs, settings), {}, Timing(), seed=0)
            self.posterior(inputs, fit, 0, new_trials=np.ones(groups, dtype=np.int64))

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        require_proper(self.structure)
        names = tuple(item.name for item in self.structure.random)
        found = (self.from_prior or self.given)(inputs, {}, names, draws, stream_seed(seed, "prior"))
        return float_draws(found, (1, draws))

    def posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        structure, shape = self.structure, leading_shape(fit.draws)
        count, known = math.prod(shape), flat_draws(structure, fit.draws)
        names = tuple(item.name for item in structure.observed)
        found = dict(self.given(next_campaign(inputs, trials), known, names, count, stream_seed(seed, "next")))
        if unseen := new_groups(structure, inputs, new_trials):
            known = flat_draws(structure, fit.draws, scalars_only=True)
            new = self.given(unseen, known, on_plate(structure), count, stream_seed(seed, "new"))
            found |= {new_name(name): values for name, values in new.items()}
        return float_draws(found, shape)

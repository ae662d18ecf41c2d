"""Counts to come by NumPyro's `Predictive`, compiled once for each shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws
from pplcompare.backends.numpyro_model import numpyro_model, numpyro_values
from pplcompare.backends.prediction import (
    can_simulate,
    float_draws,
    placeholder_draws,
    require_proper,
    simulated_posterior,
    stream_seed,
)
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class NumPyroPrediction:
    """Simulates a structure forwards."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._compiled: dict[tuple[object, ...], Any] = {}

    def prepare(self, inputs: Inputs, settings: NUTSSettings, new_groups: int) -> None:
        """Simulate once, from draws that mean nothing: what this needs is compiled then."""
        if can_simulate(self._structure):
            new_trials = np.ones(new_groups, dtype=np.int64)
            self.posterior(inputs, placeholder_draws(self._structure, inputs, settings), 0, None, new_trials)

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        """Draw everything from the prior."""
        require_proper(self._structure)
        names = tuple(item.name for item in self._structure.random)
        return float_draws(self._simulate(inputs, {}, names, draws, stream_seed(seed, "prior")), (1, draws))

    def posterior(
        self, inputs: Inputs, draws: Draws, seed: int, trials: ArrayLike | None, new_trials: ArrayLike | None
    ) -> Draws:
        """Draw the next campaign, and groups never seen."""
        return simulated_posterior(self._simulate, self._structure, inputs, draws, seed, trials, new_trials)

    def _simulate(
        self, inputs: Inputs, known: Mapping[str, Any], names: tuple[str, ...], count: int, seed: int
    ) -> dict[str, Any]:
        import jax
        from numpyro.infer import Predictive

        key = (tuple(inputs.sizes.items()), names, count)
        if key not in self._compiled:
            model = numpyro_model(self._structure, inputs.sizes)

            def simulate(rng: Any, given: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
                # Without draws to go by, their number has to be said.
                how_many = {} if given else {"num_samples": count}
                return Predictive(model, dict(given) or None, return_sites=names, **how_many)(rng, values)

            self._compiled[key] = jax.jit(simulate)
        values = {name: value for name, value in numpyro_values(inputs).items() if name not in inputs.observed}
        return dict(self._compiled[key](jax.random.PRNGKey(seed), dict(known), values))

"""Counts to come by NumPyro's `Predictive`, compiled once for each shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws
from pplcompare.backends.numpyro_model import numpyro_model, numpyro_values
from pplcompare.backends.prediction import (
    flat_draws,
    float_draws,
    leading_shape,
    new_groups,
    new_name,
    next_campaign,
    on_plate,
    require_proper,
    stream_seed,
)
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class NumPyroPrediction:
    """Simulates a structure forwards."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._compiled: dict[tuple[object, ...], Any] = {}

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        """Draw everything from the prior."""
        require_proper(self._structure)
        names = tuple(item.name for item in self._structure.random)
        return float_draws(self._simulate(inputs, {}, names, draws, stream_seed(seed, "prior")), (1, draws))

    def posterior(
        self, inputs: Inputs, draws: Draws, seed: int, trials: ArrayLike | None, new_trials: ArrayLike | None
    ) -> Draws:
        """Draw the next campaign, and groups never seen."""
        structure, shape = self._structure, leading_shape(draws)
        count, names = math.prod(shape), tuple(item.name for item in structure.observed)
        known = flat_draws(structure, draws)
        found = self._simulate(next_campaign(inputs, trials), known, names, count, stream_seed(seed, "next"))
        if unseen := new_groups(structure, inputs, new_trials):
            known = flat_draws(structure, draws, scalars_only=True)
            new = self._simulate(unseen, known, on_plate(structure), count, stream_seed(seed, "new"))
            found |= {new_name(name): values for name, values in new.items()}
        return float_draws(found, shape)

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

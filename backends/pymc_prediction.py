"""Counts to come by PyMC's own forward sampling; shared by every backend of PyMC models."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws
from pplcompare.backends.prediction import (
    can_simulate,
    float_draws,
    placeholder_draws,
    require_proper,
    simulated_posterior,
    stream_seed,
)
from pplcompare.backends.pymc_density import set_data
from pplcompare.backends.pymc_model import pymc_data, pymc_model
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm


class PyMCPrediction:
    """Simulates a structure forwards; one model for each number of groups, apart from the one that is sampled."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._models: dict[tuple[tuple[str, int], ...], pm.Model] = {}

    def prepare(self, inputs: Inputs, settings: NUTSSettings, new_groups: int) -> None:
        """Simulate once, from draws that mean nothing: what this needs is compiled then."""
        if can_simulate(self._structure):
            new_trials = np.ones(new_groups, dtype=np.int64)
            self.posterior(inputs, placeholder_draws(self._structure, inputs, settings), 0, None, new_trials)

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        """Draw everything from the prior."""
        import pymc as pm

        require_proper(self._structure)
        names = [item.name for item in self._structure.random]
        with _quiet():
            found = pm.sample_prior_predictive(
                draws,
                model=self._model(inputs),
                var_names=names,
                random_seed=stream_seed(seed, "prior"),
                return_inferencedata=False,
            )
        return float_draws(found, (1, draws))

    def posterior(
        self, inputs: Inputs, draws: Draws, seed: int, trials: ArrayLike | None, new_trials: ArrayLike | None
    ) -> Draws:
        """Draw the next campaign, and groups never seen."""
        return simulated_posterior(self._simulate, self._structure, inputs, draws, seed, trials, new_trials)

    def _simulate(
        self, inputs: Inputs, known: Mapping[str, Any], names: tuple[str, ...], count: int, seed: int
    ) -> dict[str, Any]:
        import pymc as pm

        points = [{name: values[index] for name, values in known.items()} for index in range(count)]
        with _quiet():
            found = pm.sample_posterior_predictive(
                points,
                model=self._model(inputs),
                var_names=list(names),
                # Priors depend on data, which PyMC takes for new; what is known must not be drawn again.
                freeze_vars=list(known),
                random_seed=seed,
                progressbar=False,
                return_inferencedata=False,
            )
        return {name: found[name].reshape(count, *found[name].shape[2:]) for name in names}

    def _model(self, inputs: Inputs) -> pm.Model:
        key = tuple(inputs.sizes.items())
        if key not in self._models:
            self._models[key] = pymc_model(self._structure, inputs.sizes)
        set_data(self._models[key], pymc_data(self._structure, inputs))
        return self._models[key]


@contextmanager
def _quiet() -> Iterator[None]:
    """PyMC says which variables it samples."""
    logger = logging.getLogger("pymc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)

"""Counts to come by PyMC's own generators; shared by every backend of PyMC models.

`pymc.sample_posterior_predictive` compiles at every call and then goes from draw to draw. Here the same graph of random
variables gets an axis for draws, and is compiled once; for what cannot have one, PyMC's function is called.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.pymc_density import set_data
from pplcompare.backends.pymc_model import pymc_data, pymc_model
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm


_NO_AXIS: Final = frozenset({"HalfNormal", "HalfCauchy", "HalfStudentT"})
"""Distributions that PyTensor gives no axis for draws: PyMC has a constant as an argument, or a graph of its own."""


def pymc_simulator(structure: Structure) -> ForwardSimulator:
    """Return the simulator of a structure; it compiles when it is first used."""
    prediction = _Prediction(structure)
    return ForwardSimulator(structure, prediction.given, prediction.from_prior)


class _Prediction:
    """One model for each number of groups, apart from the one that is sampled."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._models: dict[tuple[tuple[str, int], ...], pm.Model] = {}
        self._forward: dict[tuple[Any, ...], Forward] = {}

    def from_prior(
        self, inputs: Inputs, known: Mapping[str, Any], names: tuple[str, ...], count: int, seed: int
    ) -> dict[str, Any]:
        """Draw everything from the prior, by PyMC's own function."""
        import pymc as pm

        with _quiet():
            found: dict[str, Any] = pm.sample_prior_predictive(
                count, model=self._model(inputs), var_names=list(names), random_seed=seed, return_inferencedata=False
            )
        return found

    def given(
        self, inputs: Inputs, known: Mapping[str, Any], names: tuple[str, ...], count: int, seed: int
    ) -> dict[str, Any]:
        """Draw variables given others."""
        model = self._model(inputs)
        if any(type(item.distribution).__name__ in _NO_AXIS for item in self._structure.random if item.name in names):
            return _one_by_one(model, known, names, count, seed)
        data: dict[str, Any] = {**inputs.constants, **inputs.counts}
        # Inputs have a value for each draw, too: PyTensor gives a variable the axes of its first argument only.
        alike = {
            name: np.broadcast_to(np.asarray(value, dtype=model[name].dtype), (count, *np.shape(value)))
            for name, value in data.items()
        }
        given = {**alike, **known}
        key = (tuple(inputs.sizes.items()), tuple(given), names)
        if key not in self._forward:
            self._forward[key] = Forward(model, tuple(given), names)
        return self._forward[key](given, seed)

    def _model(self, inputs: Inputs) -> pm.Model:
        key = tuple(inputs.sizes.items())
        if key not in self._models:
            self._models[key] = pymc_model(self._structure, inputs.sizes, forward=True)
        model, data = self._models[key], pymc_data(self._structure, inputs)
        set_data(model, {name: value for name, value in data.items() if name in model.named_vars})
        return model


class Forward:
    """Random variables of a model, compiled to be drawn given values of others."""

    def __init__(self, model: pm.Model, given: tuple[str, ...], names: tuple[str, ...]) -> None:
        import pymc as pm
        import pytensor.tensor as pt
        from pymc.pytensorf import find_rng_nodes
        from pytensor.graph.replace import vectorize_graph

        batches = {
            name: pt.tensor(name, shape=(None, *model[name].type.shape), dtype=model[name].dtype) for name in given
        }
        drawn = vectorize_graph(
            [model[name] for name in names], {model[name]: batch for name, batch in batches.items()}
        )
        self._given, self._names, self._generators = given, names, find_rng_nodes(drawn)
        self._draw = pm.compile(list(batches.values()), drawn, on_unused_input="ignore")

    def __call__(self, given: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return name -> (draw, *plate), from given values (draw, *plate)."""
        from pymc.pytensorf import reseed_rngs

        reseed_rngs(self._generators, seed)
        return dict(zip(self._names, self._draw(*(given[name] for name in self._given)), strict=True))


def _one_by_one(
    model: pm.Model, known: Mapping[str, Any], names: tuple[str, ...], count: int, seed: int
) -> dict[str, Any]:
    import pymc as pm

    points = [{name: values[index] for name, values in known.items()} for index in range(count)]
    with _quiet():
        found = pm.sample_posterior_predictive(
            points,
            model=model,
            var_names=list(names),
            # Priors depend on data, which PyMC takes for new; what is known must not be drawn again.
            freeze_vars=list(known),
            random_seed=seed,
            progressbar=False,
            return_inferencedata=False,
        )
    return {name: found[name].reshape(count, *found[name].shape[2:]) for name in names}


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

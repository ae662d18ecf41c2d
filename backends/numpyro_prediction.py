"""Counts to come by NumPyro's `Predictive`, compiled once for each shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.numpyro_model import numpyro_model, numpyro_values
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


def numpyro_simulator(structure: Structure) -> ForwardSimulator:
    """Return the simulator of a structure; it compiles when it is first used."""
    return ForwardSimulator(structure, _Prediction(structure))


class _Prediction:
    """Draws variables given others; compiled once for each size, set of names and number of draws."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._compiled: dict[tuple[object, ...], Any] = {}

    def __call__(
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

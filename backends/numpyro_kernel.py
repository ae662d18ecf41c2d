"""NumPyro's NUTS started anywhere, with a step and a metric that stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pplcompare.backends.coordinates import unconstrained
from pplcompare.backends.fit import Draws
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.numpyro_model import numpyro_values
from pplcompare.backends.protocol import Points
from pplcompare.backends.refits import BATCH, batches
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class NumPyroKernel:
    """The kernel of a NumPyro model; compiled once for each number of transitions and each depth."""

    def __init__(self, structure: Structure, model: Callable[..., None]) -> None:
        self._structure, self._model = structure, model
        self._walks: dict[tuple[int, int], Any] = {}

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        """Do what `Kernel.transitions` says."""
        supports = self._structure.supports(many_inputs[0])
        u = unconstrained(self._structure, many_inputs[0], points)
        found: dict[str, list[Any]] = {name: [] for name in u}
        for number, (batch, its_seeds) in enumerate(batches(many_inputs, seeds)):
            part = slice(BATCH * number, BATCH * number + len(batch))
            states = self._moved(batch, {name: at[part] for name, at in u.items()}, kernel, count, its_seeds)
            for name, of in states.items():
                found[name].append(np.asarray(of, dtype=np.float64)[: len(batch)])
        return {name: supports[name].constrain(np.concatenate(of)) for name, of in found.items()}

    def _moved(
        self, batch: list[Inputs], u: Points, kernel: FrozenKernel, count: int, seeds: list[int]
    ) -> Mapping[str, Any]:
        """Return all states of a batch, name -> (start, 1 + count, *plate), unconstrained."""
        import jax
        import jax.numpy as jnp

        # Every batch has the same size: lanes of programs of different sizes differ in their last digits.
        padded = [*range(len(batch)), *[0] * (BATCH - len(batch))]
        values = [numpyro_values(batch[index]) for index in padded]
        stacked = {name: np.stack([value[name] for value in values]) for name in values[0]}
        keys = jnp.stack([jax.random.PRNGKey(seeds[index]) for index in padded])
        start = {name: at[padded] for name, at in u.items()}
        try:
            walk = self._walk(kernel.max_tree_depth, count)
            found: Mapping[str, Any] = jax.block_until_ready(
                walk(stacked, start, keys, kernel.step_size, dict(kernel.metric))
            )
        except Exception as error:
            raise SamplingError(f"{type(error).__name__}: {error}", where="numpyro") from error
        return found

    def _walk(self, max_tree_depth: int, count: int) -> Any:
        import jax

        if (max_tree_depth, count) not in self._walks:
            walk = _walk(self._model, max_tree_depth, count)
            self._walks[max_tree_depth, count] = jax.jit(jax.vmap(walk, in_axes=(0, 0, 0, None, None)))
        return self._walks[max_tree_depth, count]


def _walk(model: Callable[..., None], max_tree_depth: int, count: int) -> Callable[..., Mapping[str, Any]]:
    """Return a function that starts NUTS at unconstrained coordinates and returns all states, (1 + count, *plate)."""
    import jax
    import jax.numpy as jnp
    from numpyro.infer import NUTS

    def walk(
        values: Mapping[str, Any], start: Mapping[str, Any], key: Any, step_size: Any, metric: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        names = tuple(sorted(metric))
        nuts = NUTS(
            model,
            step_size=step_size,
            inverse_mass_matrix={names: jnp.concatenate([jnp.ravel(metric[name]) for name in names])},
            adapt_step_size=False,
            adapt_mass_matrix=False,
            max_tree_depth=max_tree_depth,
        )
        first = nuts.init(key, 0, dict(start), model_args=(values,))

        def move(state: Any, _: None) -> tuple[Any, Any]:
            following = nuts.sample(state, (values,), {})
            return following, following.z

        _, later = jax.lax.scan(move, first, None, length=count)
        return {name: jnp.concatenate([first.z[name][None], later[name]]) for name in start}

    return walk

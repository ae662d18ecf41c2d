"""PyMC's own NUTS started anywhere, with a step and a metric that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.coordinates import constrained, flattened, unconstrained
from pplcompare.backends.fit import Draws
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import Points
from pplcompare.backends.pymc_density import set_data
from pplcompare.backends.pymc_model import pymc_data
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm


class PyMCKernel:
    """The kernel of a PyMC model with its compiled density."""

    def __init__(self, structure: Structure, model: pm.Model, density: Any) -> None:
        self._structure, self._model, self._density = structure, model, density

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        """Do what `Kernel.transitions` says."""
        starts = flattened(self._structure, unconstrained(self._structure, many_inputs[0], points))
        metric = {name: np.asarray(of)[None] for name, of in kernel.metric.items()}
        variances = flattened(self._structure, metric)[0]
        states = np.empty((len(starts), 1 + count, starts.shape[1]))
        for index, (inputs, seed) in enumerate(zip(many_inputs, seeds, strict=True)):
            set_data(self._model, pymc_data(self._structure, inputs))
            states[index, 0] = starts[index]
            try:
                self._walk(states[index], kernel, variances, np.random.default_rng(seed))
            except Exception as error:
                raise SamplingError(f"{type(error).__name__}: {error}", where="pymc") from error
        return constrained(self._structure, many_inputs[0], states)

    def _walk(
        self,
        states: NDArray[np.float64],
        kernel: FrozenKernel,
        variances: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> None:
        """Fill in the states after the first one, (1 + count, dimension)."""
        import pymc as pm
        from pymc.blocking import DictToArrayBijection
        from pymc.step_methods.hmc.quadpotential import QuadPotentialDiag

        step = pm.NUTS(
            model=self._model,
            potential=QuadPotentialDiag(variances, rng=rng.spawn(1)[0]),
            # PyMC divides it by the fourth root of the dimension.
            step_scale=kernel.step_size * variances.size**0.25,
            adapt_step_size=False,
            rng=rng,
            logp_dlogp_func=self._density,
            max_treedepth=kernel.max_tree_depth,
        )
        step.setup_chain(rng, 0, len(states) - 1)
        step.stop_tuning()
        q = DictToArrayBijection.map(self._model.initial_point())._replace(data=states[0].copy())
        for index in range(1, len(states)):
            q, _ = step.astep(q)
            states[index] = q.data

"""What a backend implements whose sampler can be started anywhere, so that its transitions can be tested one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.protocol import Points
from pplcompare.models.inputs import Inputs


@dataclass(frozen=True, slots=True, eq=False)
class FrozenKernel:
    """A kernel of NUTS that does not adapt.

    Attributes
    ----------
    step_size
        The leapfrog step.
    metric
        name -> (*plate). Variances of the canonical unconstrained coordinates: the diagonal of the inverse mass matrix.
    max_tree_depth
        At most 2^depth - 1 leapfrog steps a transition.
    """

    step_size: float
    metric: Mapping[str, NDArray[np.float64]]
    max_tree_depth: int = 10


NO_KERNEL: Final = "has no transitions that can be started anywhere with a step and a metric that stay as they are"
"""What is said of a program that is no `Kernel`."""


@runtime_checkable
class Kernel(Protocol):
    """Optional: a program whose transitions can be started anywhere, with a step and a metric that stay as they are."""

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        """Start at each point and return every state that the kernel comes to.

        Parameters
        ----------
        many_inputs
            The data set of each point.
        points
            name -> (point, *plate). Where to start.
        count
            The number of transitions from each point.
        seeds
            One for each point.

        Returns
        -------
        name -> float64 (point, 1 + count, *plate)
            The first state is the point as the sampler itself holds it: it is equal to a later one where the sampler
            stayed there.

        Raises
        ------
        UnsupportedModel
            If the library cannot do it; the message says why.
        SamplingError
            If the sampler stopped without a result.
        """
        ...

"""Whether transitions leave the posterior as it is: an exact test of the kernel, without warm-up and without thinning.

The truth of a replication is a draw from its posterior. It is put at a random place of a chain of `STATES` states, and
the kernel, whose step and metric do not depend on the truth, continues the chain from there in both directions. If the
kernel is reversible, as NUTS is, and leaves the posterior as it is, the rank of the truth among the states is uniform,
however correlated the states are (Gandy and Scott 2020, arXiv 2001.06465, algorithm 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.backends.fit import Fit
from pplcompare.backends.kernel import NO_KERNEL, FrozenKernel, Kernel
from pplcompare.backends.protocol import Program
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.calibrate.random_streams import stream, stream_seed
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import NO_RANK, RANKS, RankArray
from pplcompare.validation.calibrate.replication import Replication

STATES: Final = 10
"""States of a chain, the truth among them."""

_PURPOSE: Final = "kernel"
_DIGITS: Final = RANKS // STATES
_WAYS: Final = ("back", "forth")
# In standard deviations, where an engine does not tell its own.
_STEP: Final = 0.5


def frozen_kernel(structure: Structure, many_inputs: Sequence[Inputs], fits: Sequence[Fit]) -> FrozenKernel:
    """Return the kernel that fits of a pilot came to: the median of their steps, the mean of their variances.

    Parameters
    ----------
    many_inputs
        The data set of each fit.
    """
    supports = structure.supports(many_inputs[0])
    steps = [float(fit.statistics["step_size"].mean()) for fit in fits if "step_size" in fit.statistics]
    metric = {
        name: np.mean([supports[name].unconstrain(fit.draws[name]).var(axis=(0, 1)) for fit in fits], axis=0)
        for name in supports
    }
    return FrozenKernel(float(np.median(steps)) if steps else _STEP, metric)


def kernel_ranks(
    program: Program,
    quantities: RankedQuantities,
    chosen: Sequence[Replication],
    kernel: FrozenKernel,
    root: int,
    engine: str,
) -> RankArray:
    """Return the ranks of truths among the states of their chains, (replication, quantity).

    A rank among `STATES` is told as one of `RANKS`, whose last digit is random: uniform if the rank is, and judged as
    all ranks are.

    Parameters
    ----------
    root, engine
        The root seed and the name of the engine, on which all chance depends.

    Raises
    ------
    UnsupportedModel
        If the program is no `Kernel`.
    """
    if not isinstance(program, Kernel):
        raise UnsupportedModel(NO_KERNEL, where="kernel")
    inputs = [quantities.model.bind(one.counts) for one in chosen for _ in _WAYS]
    seeds = [stream_seed(root, one.number, _PURPOSE, way, engine) for one in chosen for way in _WAYS]
    points = {name: np.repeat([one.truth[name] for one in chosen], len(_WAYS), axis=0) for name in chosen[0].truth}
    found = program.transitions(inputs, points, kernel, STATES - 1, seeds)
    rows = []
    for index, one in enumerate(chosen):
        own = {name: states[len(_WAYS) * index : len(_WAYS) * (index + 1)] for name, states in found.items()}
        before = int(stream(root, one.number, _PURPOSE, "place", engine).integers(STATES))
        values = quantities.values(one.counts, _chain(own, before))
        rows.append(_ranks(values, stream(root, one.number, _PURPOSE, "tie", engine)))
    return np.array(rows)


def _chain(ways: Mapping[str, Float], before: int) -> dict[str, Float]:
    """Return the start and the other states of a chain in which so many are before it, name -> (state, *plate)."""
    return {name: np.concatenate([of[0, : 1 + before], of[1, 1 : STATES - before]]) for name, of in ways.items()}


def _ranks(values: Float, rng: np.random.Generator) -> RankArray:
    """Return the rank of the first value of each quantity among all, (quantity,)."""
    below, ties = (values[:, 1:] < values[:, :1]).sum(axis=1), (values[:, 1:] == values[:, :1]).sum(axis=1)
    ranks = _DIGITS * (below + rng.integers(ties, endpoint=True)) + rng.integers(_DIGITS, size=len(values))
    return np.where(np.isnan(values).any(axis=1), NO_RANK, ranks).astype(np.uint8)

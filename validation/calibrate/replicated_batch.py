"""One batch of replications on one program: truths, fits and ranks; draws stay in the process unless they are kept."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Fit
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import SamplingError
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.exact_side import ExactSide, exact_side, no_exact_side
from pplcompare.validation.calibrate.exact_transform import ExactTransform
from pplcompare.validation.calibrate.kept_points import flattened
from pplcompare.validation.calibrate.kernel_ranks import frozen_kernel, kernel_ranks
from pplcompare.validation.calibrate.random_streams import stream_seed
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import KEPT, RANKS, RankArray, autocorrelations, ranks_of
from pplcompare.validation.calibrate.replication import Replication
from pplcompare.validation.calibrate.replication_source import ReplicationSource

RUN: Final = "run"
"""The purpose of replications that are counted."""
_PILOT: Final = "pilot"
KERNEL: Final = "kernel"
"""The purpose of fits that tell which step and metric a kernel has."""

_TUNED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class RankedBatch:
    """What is found in a batch.

    Attributes
    ----------
    ranks : (replication, quantity)
        Those of `ranks_of`.
    lag : (replication, quantity)
        The autocorrelation of kept draws at lag 1, float32.
    seconds : (replication,)
        Wall seconds of each, the same share for all of a batch, float32; with what was compiled in it.
    successes : (replication, group)
        The counts that were fitted.
    truths : (replication, component)
        Exact probabilities of the truths; NaN where they are not certified. Without an exact answer, no components.
    direct : (replication, component, degree)
        Means of waves of the exact probabilities of kept draws, as those.
    tabulated : (replication,)
        Whether the tables of the run gave them.
    kernel : (replication, quantity)
        Those of `kernel_ranks`; no quantities where kernels are not tried.
    points : (replication, point, width)
        Truth and kept draws of all variables side by side, the truth first; no width where draws are not kept.
    """

    ranks: RankArray
    lag: NDArray[np.float32]
    seconds: NDArray[np.float32]
    successes: NDArray[np.int64]
    truths: Float
    direct: Float
    tabulated: NDArray[np.bool_]
    kernel: RankArray
    points: Float


@dataclass(frozen=True, slots=True)
class Trial:
    """One model on one compiled program.

    Attributes
    ----------
    root
        The root seed.
    engine
        The name of the engine: its fits have seeds of their own, truths are the same for all engines.
    components
        Those of the exact answer.
    transform
        What makes exact probabilities; None where there is no exact answer, or it could not be certified.
    keep_draws
        Whether draws leave the process, too.
    """

    program: Program
    source: ReplicationSource
    quantities: RankedQuantities
    root: int
    engine: str
    components: tuple[str, ...] = ()
    transform: ExactTransform | None = None
    keep_draws: bool = False

    def ranked(
        self, numbers: Iterable[int], settings: NUTSSettings, thin: int, kernel: FrozenKernel | None = None
    ) -> RankedBatch:
        """Return the ranks of these replications, of each `thin`-th draw, and of a kernel if one is given."""
        start, names = time.perf_counter(), self.quantities.names
        chosen, ranks, lag, sides, stored = [], [], [], [], []
        for one, fit in self._fits(numbers, settings, RUN):
            kept = {name: self._drawn(name, fit, thin * KEPT)[thin - 1 :: thin] for name in one.truth}
            # In one order of memory, on which the rounding of a sum depends: stored draws give the same ranks again.
            points = {n: np.array(np.concatenate([at[None], kept[n]]), order="C") for n, at in one.truth.items()}
            values = self.quantities.values(one.counts, points)
            ranks.append(ranks_of(values, names, self.root, one.number))
            lag.append(autocorrelations(values[:, 1:], 1)[:, 0])
            chosen.append(one)
            sides.append(self._exact_side(one, points))
            stored.append(self._stored(points))
        of_kernel = np.empty((len(ranks), 0), np.uint8) if kernel is None else self.kernel_ranks(chosen, kernel)
        each = (time.perf_counter() - start) / len(ranks)
        return RankedBatch(
            np.array(ranks),
            np.array(lag, np.float32),
            np.full(len(ranks), each, np.float32),
            np.array([one.counts.successes for one in chosen]),
            np.array([side.truth for side in sides]),
            np.array([side.direct for side in sides]),
            np.array([side.by_table for side in sides]),
            of_kernel,
            np.array(stored),
        )

    def kernel_ranks(self, chosen: Sequence[Replication], kernel: FrozenKernel) -> RankArray:
        """Return the ranks of truths among the states of a kernel."""
        return kernel_ranks(self.program, self.quantities, chosen, kernel, self.root, self.engine)

    def frozen(self, settings: NUTSSettings) -> FrozenKernel:
        """Return a kernel with the step and the metric of a few fits that are not counted."""
        found = list(self._fits(range(_TUNED), settings, KERNEL))
        many = [self.quantities.model.bind(one.counts) for one, _ in found]
        return frozen_kernel(self.quantities.model.structure, many, [fit for _, fit in found])

    def chosen(self, numbers: Iterable[int], purpose: str) -> list[Replication]:
        """Return the replications of these numbers."""
        return [self.source.replication(self.root, number, purpose) for number in numbers]

    def _stored(self, points: Mapping[str, Float]) -> Float:
        """Return what is kept of the points of a replication: (point, width)."""
        return flattened(self.quantities.model.structure, points) if self.keep_draws else np.empty((RANKS, 0))

    def _exact_side(self, one: Replication, points: Mapping[str, Float]) -> ExactSide:
        if self.transform is None:
            return no_exact_side(len(self.components))
        return exact_side(self.transform, one.counts, points)

    def piloted(self, numbers: Iterable[int], settings: NUTSSettings, lags: int) -> Float:
        """Return autocorrelations of replications of the pilot: (replication, quantity, lag)."""
        found = []
        for one, fit in self._fits(numbers, settings, _PILOT):
            draws = {name: self._drawn(name, fit, settings.draws) for name in one.truth}
            found.append(autocorrelations(self.quantities.values(one.counts, draws), lags))
        return np.array(found)

    def _fits(self, numbers: Iterable[int], settings: NUTSSettings, purpose: str) -> Iterator[tuple[Replication, Fit]]:
        chosen = self.chosen(numbers, purpose)
        many = [self.quantities.model.bind(one.counts) for one in chosen]
        seeds = [stream_seed(self.root, one.number, purpose, "fit", self.engine) for one in chosen]
        return zip(chosen, self.program.sample_many(many, settings, seeds), strict=True)

    def _drawn(self, name: str, fit: Fit, draws: int) -> Float:
        """Return the draws of the one chain: (draw, *plate)."""
        found = np.asarray(fit.draws[name], dtype=np.float64)
        if found.shape[:2] != (1, draws):
            raise SamplingError(f"{name}: one chain of {draws} draws is needed", where=self.engine, seen=found.shape)
        return np.asarray(found[0])

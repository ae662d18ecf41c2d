"""One batch of replications on one program: truths, fits, and the ranks, which are all that leaves the process."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import SamplingError
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.random_streams import stream_seed
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import KEPT, RankArray, autocorrelations, ranks_of
from pplcompare.validation.calibrate.replication import Replication
from pplcompare.validation.calibrate.replication_source import ReplicationSource

_RUN = "run"
_PILOT = "pilot"


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
    """

    ranks: RankArray
    lag: NDArray[np.float32]
    seconds: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trial:
    """One model on one compiled program.

    Attributes
    ----------
    root
        The root seed.
    engine
        The name of the engine: its fits have seeds of their own, truths are the same for all engines.
    """

    program: Program
    source: ReplicationSource
    quantities: RankedQuantities
    root: int
    engine: str

    def ranked(self, numbers: Iterable[int], settings: NUTSSettings, thin: int) -> RankedBatch:
        """Return the ranks of these replications, of each `thin`-th draw."""
        start, names = time.perf_counter(), self.quantities.names
        ranks, lag = [], []
        for one, fit in self._fits(numbers, settings, _RUN):
            kept = {name: self._drawn(name, fit, thin * KEPT)[thin - 1 :: thin] for name in one.truth}
            points = {name: np.concatenate([value[None], kept[name]]) for name, value in one.truth.items()}
            values = self.quantities.values(one.counts, points)
            ranks.append(ranks_of(values, names, self.root, one.number))
            lag.append(autocorrelations(values[:, 1:], 1)[:, 0])
        each = (time.perf_counter() - start) / len(ranks)
        return RankedBatch(np.array(ranks), np.array(lag, np.float32), np.full(len(ranks), each, np.float32))

    def piloted(self, numbers: Iterable[int], settings: NUTSSettings, lags: int) -> Float:
        """Return autocorrelations of replications of the pilot: (replication, quantity, lag)."""
        found = []
        for one, fit in self._fits(numbers, settings, _PILOT):
            draws = {name: self._drawn(name, fit, settings.draws) for name in one.truth}
            found.append(autocorrelations(self.quantities.values(one.counts, draws), lags))
        return np.array(found)

    def _fits(self, numbers: Iterable[int], settings: NUTSSettings, purpose: str) -> Iterator[tuple[Replication, Fit]]:
        chosen = [self.source.replication(self.root, number, purpose) for number in numbers]
        many = [self.quantities.model.bind(one.counts) for one in chosen]
        seeds = [stream_seed(self.root, one.number, purpose, "fit", self.engine) for one in chosen]
        return zip(chosen, self.program.sample_many(many, settings, seeds), strict=True)

    def _drawn(self, name: str, fit: Fit, draws: int) -> Float:
        """Return the draws of the one chain: (draw, *plate)."""
        found = np.asarray(fit.draws[name], dtype=np.float64)
        if found.shape[:2] != (1, draws):
            raise SamplingError(f"{name}: one chain of {draws} draws is needed", where=self.engine, seen=found.shape)
        return np.asarray(found[0])

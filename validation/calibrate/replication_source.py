"""Where truths come from: the prior, or the exact posterior of data.

Whatever the source, the truth is a draw of the posterior of the counts that are fitted: with the prior by definition;
with the posterior of counts y, because new counts are drawn given the truth and the fit sees the sums of both
(posterior simulation-based calibration: Säilynoja et al. 2025, arXiv 2502.03279). Sums have the same trials in all
replications, so that one compiled program serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pplcompare.backends.protocol import Program
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.simulated_counts import simulate_counts
from pplcompare.models.simulation import simulate
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.random_streams import stream, stream_seed
from pplcompare.validation.calibrate.replication import Replication
from pplcompare.validation.exact import ExactPosterior


class ReplicationSource(Protocol):
    """Makes replications by their numbers."""

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        """Return one replication.

        Parameters
        ----------
        root, number, purpose
            What its random stream depends on.

        Raises
        ------
        SpecificationError
            If a prior that is drawn from is improper; the message names the variable.
        """
        ...


@dataclass(frozen=True, slots=True)
class PriorSource:
    """Truths from the prior; of the counts only the trials are used."""

    model: Model
    counts: Counts

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        found = simulate_counts(self.model, self.counts, stream(root, number, purpose, "truth"))
        alone = {name: np.asarray(value) for name, value in found.hyperparameters.items()}
        return Replication(number, {**alone, **found.rates}, found.counts)


@dataclass(frozen=True, slots=True)
class BackendSource:
    """Truths and counts from the prior by the backend's own simulator: it is on trial, too."""

    model: Model
    counts: Counts
    program: Program

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        simulator, inputs = self.program.simulator, self.model.bind(self.counts)
        if simulator is None:
            what = "the backend has no simulator of its own"
            raise UnsupportedModel(what, where="--simulator", mend="leave it out: ours is NumPy")
        found = simulator.prior(inputs, 1, stream_seed(root, number, purpose, "truth"))
        truth = {variable.name: found[variable.name][0, 0] for variable in self.model.structure.variables}
        successes = found[self.model.structure.observed[0].name][0, 0]
        return Replication(number, truth, Counts(self.counts.groups, self.counts.trials, successes))


@dataclass(frozen=True, slots=True)
class PosteriorSource:
    """Truths from the exact posterior of counts, beside which new ones are simulated.

    Attributes
    ----------
    multiple
        Trials of the new counts, as a multiple of the old ones.
    """

    model: Model
    counts: Counts
    multiple: int
    exact: ExactPosterior

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        rng, counts = stream(root, number, purpose, "truth"), self.counts
        drawn = self.exact.simulate(1, rng)
        new = simulate(self.model.structure, self._new_inputs(), rng, 1, drawn)
        successes = counts.successes + new[self.model.structure.observed[0].name][0]
        truth = {name: np.asarray(values[0], dtype=np.float64) for name, values in drawn.items()}
        return Replication(number, truth, Counts(counts.groups, (1 + self.multiple) * counts.trials, successes))

    def _new_inputs(self) -> Inputs:
        groups, trials = self.counts.groups, self.multiple * self.counts.trials
        return self.model.bind(Counts(groups, trials, np.zeros_like(trials)))

"""Evidence against a simulator, and against a sampler, from exact probabilities of all replications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.rank_evidence import mean_log_evidence, reached_after
from pplcompare.validation.calibrate.uniform_bets import uniform_log_evidence_path, wave_values


@dataclass(frozen=True, slots=True, eq=False)
class ExactEvidence:
    """An e-process: its mean over components reaches 1/a at any time with a probability of at most a.

    Attributes
    ----------
    path : (replication,)
        The logarithm of the evidence after each replication.
    highest : (component,)
        Of each component, the logarithm of its own evidence at its highest.
    names
        The components; the last is all rates together.
    left_out
        How many replications have no certified exact answer: they bet nothing.
    """

    path: Float
    highest: Float
    names: tuple[str, ...]
    left_out: int

    @property
    def worst(self) -> str:
        """The name of the component against which there was most evidence."""
        return self.names[int(np.argmax(self.highest))]

    def decided(self, log_threshold: float) -> int | None:
        """Return after how many replications the evidence reached a threshold; None if it did not."""
        return reached_after(self.path, log_threshold)


def truth_evidence(probabilities: Float, names: Sequence[str], rates: int) -> ExactEvidence:
    """Return the evidence against simulator or exact answer.

    Parameters
    ----------
    probabilities : (replication, component)
        Those of the truths.
    rates
        How many components, the last ones, are rates.
    """
    return direct_evidence(wave_values(probabilities), names, rates)


def direct_evidence(means: Float, names: Sequence[str], rates: int) -> ExactEvidence:
    """Return the evidence against a sampler from means of waves, (replication, component, degree).

    The mean over the rates of one replication has the mean 0, too; an error that all groups share shows in it first.
    """
    missing = np.isnan(means).any(axis=2)
    means = np.where(missing[:, :, None], 0.0, means)
    together = means[:, means.shape[1] - rates :].mean(axis=1, keepdims=True)
    path = uniform_log_evidence_path(np.concatenate([means, together], axis=1))
    mean = mean_log_evidence(path)
    highest = np.maximum(path.max(axis=0, initial=0.0), 0.0)
    return ExactEvidence(mean, highest, (*names, "all rates"), int(missing.any(axis=1).sum()))

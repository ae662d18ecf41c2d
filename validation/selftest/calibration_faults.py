"""A calibration on trial: faults of samplers, of simulators and of the calibration itself, and when each is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.distributions import Beta
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model, Variable
from pplcompare.models.structure import Structure
from pplcompare.validation.calibrate.calibration_plan import BATCH
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path, mean_log_evidence, reached_after
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import KEPT, RankArray
from pplcompare.validation.calibrate.replicated_batch import Trial
from pplcompare.validation.calibrate.replication import Replication
from pplcompare.validation.calibrate.replication_source import PriorSource, ReplicationSource
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS, TrialModel
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import FOR_CALIBRATIONS, MutantBackend, Mutation

LEVEL: Final = 1e-4

_LOOKS: Final = 10


@dataclass(frozen=True, slots=True)
class AnotherTruth:
    """Gives each data set the truth of the next one."""

    source: ReplicationSource

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        other = self.source.replication(root, number + 1, purpose)
        return replace(self.source.replication(root, number, purpose), truth=other.truth)


def _same_source(trial: TrialModel) -> ReplicationSource:
    return PriorSource(trial.model, trial.counts)


def _another_truth(trial: TrialModel) -> ReplicationSource:
    return AnotherTruth(_same_source(trial))


def _another_prior(trial: TrialModel) -> ReplicationSource:
    """Draw rates from Beta(2.5, 6.5), which the model has as Beta(2.5, 7.25)."""
    items = [
        replace(item, distribution=Beta(2.5, 6.5)) if isinstance(item, Variable) else item for item in trial.model.items
    ]
    return PriorSource(Model(trial.model.name, *items), trial.counts)


def _priors_swapped(structure: Structure, inputs: Inputs) -> Inputs:
    """Give each of two hyper-parameters the numbers of the other's prior."""
    first, second = (one.name for one in structure.variables if one.plate is None)
    other = {f"{first}_": f"{second}_", f"{second}_": f"{first}_"}
    swapped = {
        name: inputs.constants[next((of + name.removeprefix(own) for own, of in other.items() if name.startswith(own)))]
        for name in inputs.constants
    }
    return replace(inputs, constants=swapped)


def _same_ranks(ranks: RankArray) -> RankArray:
    return ranks


def _one_higher(ranks: RankArray) -> RankArray:
    return np.minimum(ranks + 1, KEPT).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class CalibrationFault:
    """What is wrong; every part that is left out is right.

    Attributes
    ----------
    what
        The fault, in words.
    on
        The case of `TRIAL_MODELS`.
    mutation
        What is wrong with the sampler.
    source
        What makes the replications.
    ranks
        What becomes of the ranks.
    """

    what: str
    on: str = "rates"
    mutation: Mutation | None = None
    source: Callable[[TrialModel], ReplicationSource] = _same_source
    ranks: Callable[[RankArray], RankArray] = _same_ranks

    def trial(self, seed: int) -> Trial:
        """Return the trial of the exact sampler with this fault."""
        case = TRIAL_MODELS[self.on]
        backend = ExactBackend() if self.mutation is None else MutantBackend(ExactBackend(), self.mutation)
        program = backend.compile(case.model.structure, case.inputs.sizes)
        return Trial(program, self.source(case), RankedQuantities(case.model, case.counts), seed, "exact")


def _known(name: str, on: str = "rates") -> CalibrationFault:
    mutation = FOR_CALIBRATIONS[name]
    return CalibrationFault(mutation.what, on, mutation)


CALIBRATION_FAULTS: Final[Mapping[str, CalibrationFault]] = MappingProxyType(
    {
        "prior": _known("prior"),
        "priors-swapped": CalibrationFault(
            "the priors of both hyper-parameters change places",
            "shapes",
            Mutation("the priors of both hyper-parameters change places", inputs=_priors_swapped),
        ),
        "rate-as-scale": _known("rate-as-scale", "shapes"),
        "sd-0.95": _known("sd-0.95"),
        "shift-0.1": _known("shift-0.1"),
        "wrong-where-none": _known("wrong-where-none", "equal"),
        "k+1": _known("k+1"),
        "shuffled": _known("shuffled", "shapes"),
        "another-truth": CalibrationFault("the truth is that of another data set", source=_another_truth),
        "another-prior": CalibrationFault("the simulator's prior differs", source=_another_prior),
        "rank-off-by-one": CalibrationFault("every rank is one too high", ranks=_one_higher),
    }
)
"""Faults that must be found, by name."""

GATED: Final[Mapping[str, CalibrationFault]] = MappingProxyType({"no-thinning": _known("repeated")})
"""Right draws that would fail if a gate did not keep correlated ones from counting, by name."""

RIGHT_TRIALS: Final = ("rates", "shapes", "proportion")
"""Cases on which the exact sampler must pass."""


@dataclass(frozen=True, slots=True)
class Found:
    """When a fault was found.

    Attributes
    ----------
    after
        How many replications it took; None if those that were allowed were not enough.
    quantity
        The quantity against which there was most evidence.
    """

    after: int | None
    quantity: str


def found_after(fault: CalibrationFault, seed: int, most: int) -> Found:
    """Return after how many replications the ranks of one engine and model reach the evidence that fails them."""
    trial, settings = fault.trial(seed), NUTSSettings(chains=1, draws=KEPT)
    ranks = np.empty((0, len(trial.quantities.names)), np.uint8)
    while len(ranks) < most:
        # More and more of them between two looks, each of which computes all evidence anew.
        end = min(len(ranks) + max(BATCH, len(ranks) // _LOOKS), most)
        batch = trial.ranked(range(len(ranks), end), settings, 1)
        ranks = np.concatenate([ranks, fault.ranks(batch.ranks)])
        path = log_evidence_path(ranks)
        after = reached_after(mean_log_evidence(path), -math.log(LEVEL))
        worst = trial.quantities.names[int(path[-1 if after is None else after - 1].argmax())]
        if after is not None:
            break
    return Found(after, worst)

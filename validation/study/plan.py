"""What is to be compared, and how: data, models, backends, settings, seeds, and the level of each comparison."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import planned_over_fits
from pplcompare.validation.checks.posterior_check import planned_comparisons
from pplcompare.validation.checks.predictive_check import planned_predictions

FAMILY_LEVEL = 1e-4
"""Probability that a whole run of correct samplers is called wrong."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One data set on models and backends.

    Attributes
    ----------
    seed
        The root of all seeds: each fit's seed depends on it, on the model and on the backend, not on their order.
    family_level
        Probability of at least one false alarm in everything that shares it: this plan, and those beside it.
    data
        What the counts are called, for people; may be empty.
    shared
        The levels of all comparisons that share the family-wise level; None if this plan has it alone.
    keeps_simulations
        Whether counts to come are kept beside the draws, and draws from the prior made: for files.
    """

    counts: Counts
    models: Sequence[Model]
    backends: Sequence[str]
    settings: NUTSSettings
    seed: int
    family_level: float = FAMILY_LEVEL
    data: str = ""
    shared: Levels | None = None
    keeps_simulations: bool = False

    @property
    def fits(self) -> list[Counter[str]]:
        """The greatest number of comparisons of each kind, for each fit of one backend."""
        predictions = planned_predictions(self.counts)
        return [planned_comparisons(model.structure, model.bind(self.counts)) + predictions for model in self.models]

    @property
    def comparisons(self) -> int:
        """How many comparisons there are at most if this plan stands alone."""
        return planned([self]).total()

    @property
    def own_level(self) -> float:
        """The part of the family-wise level that this plan's comparisons have."""
        return self.family_level if self.shared is None else self.shared.spent(planned([self]))

    @property
    def levels(self) -> Levels:
        """False-alarm probability of each comparison, by kind."""
        return Levels.weighted(self.family_level, planned([self])) if self.shared is None else self.shared

    def fit_seed(self, model: str, backend: str) -> int:
        """Return the seed of one fit."""
        return derived_seed(self.seed, model, backend)


def derived_seed(root: int, *words: str) -> int:
    """Return a seed that depends on another one and on words."""
    parts = [root, *(zlib.crc32(word.encode()) for word in words)]
    return int(np.random.SeedSequence(parts).generate_state(1)[0] >> 1)


def planned(plans: Sequence[Plan], *, summed: bool = True) -> Counter[str]:
    """Return the greatest number of comparisons of each kind in plans that have the same backends.

    Parameters
    ----------
    summed
        Whether scores are summed over the fits of each backend, too.
    """
    fits = [fit for plan in plans for fit in plan.fits]
    of_a_backend = sum(fits, Counter[str]()) + Counter(planned_over_fits(fits) if summed else {})
    return Counter({kind: number * len(plans[0].backends) for kind, number in of_a_backend.items()})


def sharing(plans: Sequence[Plan], family_level: float, *, summed: bool = True) -> list[Plan]:
    """Return the plans with one family-wise level for all their comparisons; `summed` is that of `planned`."""
    levels = Levels.weighted(family_level, planned(plans, summed=summed))
    return [replace(plan, family_level=family_level, shared=levels) for plan in plans]

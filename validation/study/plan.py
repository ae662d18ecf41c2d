"""What is to be compared, and how: data, models, backends, settings, seeds, and the level of each comparison."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
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
        Probability of at least one false alarm in the whole study.
    data
        What the counts are called, for people; may be empty.
    """

    counts: Counts
    models: Sequence[Model]
    backends: Sequence[str]
    settings: NUTSSettings
    seed: int
    family_level: float = FAMILY_LEVEL
    data: str = ""

    @property
    def comparisons(self) -> int:
        """How many comparisons share the family-wise level."""
        fits = (planned_comparisons(model.structure, model.bind(self.counts)) for model in self.models)
        predictions = len(self.models) * planned_predictions(self.counts)
        return (sum(fits) + predictions) * len(self.backends)

    @property
    def level(self) -> float:
        """False-alarm probability of each comparison (Bonferroni)."""
        return self.family_level / self.comparisons

    def fit_seed(self, model: str, backend: str) -> int:
        """Return the seed of one fit."""
        return derived_seed(self.seed, model, backend)


def derived_seed(root: int, *words: str) -> int:
    """Return a seed that depends on another one and on words."""
    parts = [root, *(zlib.crc32(word.encode()) for word in words)]
    return int(np.random.SeedSequence(parts).generate_state(1)[0] >> 1)


def sharing(plans: Sequence[Plan], family_level: float) -> list[Plan]:
    """Return the plans with one family-wise level for all of them: every comparison has the same share of it."""
    total = sum(plan.comparisons for plan in plans)
    return [replace(plan, family_level=family_level * plan.comparisons / total) for plan in plans]

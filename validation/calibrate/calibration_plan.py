"""What a calibration is: everything that its batches depend on, as a value and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.document import model_document, model_from_document
from pplcompare.models.errors import AccuracyError
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.exact_transform import ExactTransform, exact_components
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import KEPT

BATCH: Final = 25
"""Replications of one unit of work."""
REPLICATIONS: Final = 1000
WARMUP: Final = 500
FORMAT: Final = 1
"""The version of the files of a store."""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One model on one engine.

    Attributes
    ----------
    model, engine
        The name of each.
    thin
        Transitions for each draw that is kept; 0 where nothing is sampled.
    verdict, reason
        Why nothing is sampled, and what the engine said; both are empty where it is.
    no_kernel
        Why its kernel is not tried though that was asked for; empty where it is.
    """

    model: str
    engine: str
    thin: int = 0
    verdict: str = ""
    reason: str = ""
    no_kernel: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """All that the ranks of a calibration depend on, and what is kept beside them.

    Attributes
    ----------
    data, counts
        The groups with their trials; with the source *posterior* their successes, too.
    models, engines
        What is put on trial: each model on each engine.
    source
        Where truths come from: *prior*, *backend*, *posterior*, or the name of a simulator of the user.
    multiple
        Trials of new counts as a multiple of the data's, with the source *posterior*.
    warmup
        Transitions of each fit that adapt.
    seed
        The root of all random streams.
    level
        The probability that a right engine fails, whenever one looks.
    mutant
        The name of the fault that every engine is given on purpose; empty for none.
    processor
        The kind of processor of all workers.
    versions
        Engine -> the version of each library that has a part in it.
    entries
        Each model on each engine; empty as long as draws are not thinned yet.
    kernel
        Whether kernels are tried, too.
    simulator
        The hash of the file of that simulator; empty for other sources.
    keep_draws
        Whether truths and kept draws are stored; ranks are the same with and without.
    """

    data: str
    counts: Counts
    models: tuple[Model, ...]
    engines: tuple[str, ...]
    source: str
    multiple: int
    warmup: int
    seed: int
    level: float
    mutant: str
    processor: str
    versions: Mapping[str, Mapping[str, str]]
    entries: tuple[PlanEntry, ...] = ()
    kernel: bool = False
    simulator: str = ""
    keep_draws: bool = False

    @property
    def sampled(self) -> tuple[PlanEntry, ...]:
        """The entries that are sampled."""
        return tuple(entry for entry in self.entries if entry.thin)

    def model(self, name: str) -> Model:
        """Return one of its models."""
        return next(model for model in self.models if model.name == name)

    def settings(self, thin: int) -> NUTSSettings:
        """Return how an engine samples whose draws are thinned so."""
        return NUTSSettings(chains=1, warmup=self.warmup, draws=KEPT * thin)

    def quantities(self, model: str) -> RankedQuantities:
        """Return the quantities of one of its models."""
        return RankedQuantities(self.model(model), self.counts)

    def components(self, model: str) -> tuple[str, ...]:
        """Return the components of the exact answer of one of its models; none where there is no such answer."""
        return exact_components(self.model(model), self.counts.groups)

    @property
    def trials(self) -> NDArray[np.int64]:
        """The trials of each group in a data set that is fitted, (group,)."""
        return self.counts.trials * (1 + self.multiple if self.of_posterior else 1)

    @property
    def of_posterior(self) -> bool:
        """Whether truths come from the exact posterior of the counts."""
        return self.source == "posterior"

    def tries_kernel(self, entry: PlanEntry) -> bool:
        """Say whether the kernel of an entry is tried."""
        return self.kernel and not entry.no_kernel

    def thinned(self, entries: Sequence[PlanEntry]) -> CalibrationPlan:
        """Return the plan with its entries."""
        return replace(self, entries=tuple(entries))

    def text(self) -> str:
        """Return the plan as JSON, the same for equal plans."""
        found = {
            "format": FORMAT,
            "pplcompare": version("pplcompare"),
            "counts": self.counts.to_dict(),
            "models": [model_document(model) for model in self.models],
            "engines": list(self.engines),
            "kept": KEPT,
            **{name: getattr(self, name) for name in PLAIN},
            "versions": {name: dict(versions) for name, versions in self.versions.items()},
            "quantities": {model.name: list(self.quantities(model.name).names) for model in self.models},
            "components": {model.name: list(self.components(model.name)) for model in self.models},
            "entries": [asdict(e) for e in self.entries],
        }
        return json.dumps(found, indent=2, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> CalibrationPlan:
        """Undo `text`.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is no plan, or one of another version.
        """
        given: dict[str, Any] = json.loads(text)
        counts = given["counts"]
        found = cls(
            counts=Counts(counts["group"], counts["n"], counts["k"]),
            models=tuple(map(model_from_document, given["models"])),
            engines=tuple(given["engines"]),
            entries=tuple(PlanEntry(**entry) for entry in given["entries"]),
            versions=given["versions"],
            **{name: given[name] for name in PLAIN},
        )
        if found.text() != text:
            raise ValueError("a plan of another version")
        return found


PLAIN: Final = (
    *("data", "source", "simulator", "multiple", "warmup", "seed", "level", "mutant", "kernel", "keep_draws"),
    "processor",
)
"""Fields that JSON holds as they are."""


def shared_transform(plan: CalibrationPlan, model: str) -> ExactTransform | None:
    """Return what makes exact probabilities of all data sets of a model.

    None where it has no exact answer, or that of the law of the truths could not be certified.
    """
    if not plan.components(model):
        return None
    try:
        given = plan.counts if plan.of_posterior else None
        return ExactTransform.of(plan.model(model), int(plan.trials.sum()), given)
    except AccuracyError:
        return None


def whole_batches(replications: int) -> int:
    """Return how many batches hold so many replications at least."""
    return -(-replications // BATCH)


def numbers_of(batch: int) -> range:
    """Return the numbers of the replications of a batch."""
    return range(BATCH * batch, BATCH * (batch + 1))

"""The main job: every backend on every model, each against the exact posterior; a speed only for what passed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import numpy as np
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Backend, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, BackendUnavailable, UnsupportedModel, WorkerFailure
from pplcompare.models.spec import Model
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.predictive_check import check_prediction, planned_predictions, predicted
from pplcompare.validation.result import CheckReport, Outcome
from pplcompare.validation.same_model import check_same_model
from pplcompare.validation.speed import Speed, speed_of
from pplcompare.validation.verdict import Verdict

type Opener = Callable[[str], AbstractContextManager[Backend]]
"""Backend name -> the backend, for the time of a ``with`` block."""

type Announce = Callable[[str], None]

FAMILY_LEVEL = 1e-4
"""Probability that a whole run of correct samplers is called wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model on one backend."""

    model: str
    backend: str
    verdict: Verdict
    reason: str = ""
    status: Status = field(default_factory=lambda: Status({}))
    same_model: CheckReport = field(default_factory=CheckReport)
    posterior: CheckReport = field(default_factory=CheckReport)
    prediction: CheckReport = field(default_factory=CheckReport)
    fit: Fit | None = None
    speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compared, and how.

    Attributes
    ----------
    seed
        The root of all seeds: each fit's seed depends on it, on the model and on the backend, not on their order.
    family_level
        Probability of at least one false alarm in the whole study.
    """

    counts: Counts
    models: Sequence[Model]
    backends: Sequence[str]
    settings: NUTSSettings
    seed: int
    family_level: float = FAMILY_LEVEL

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
        words = [self.seed, zlib.crc32(model.encode()), zlib.crc32(backend.encode())]
        return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)


@dataclass(frozen=True, slots=True)
class Study:
    """The finished plan: a row for each model and backend, models in the order of the plan."""

    plan: Plan
    rows: tuple[Row, ...]
    exact: Mapping[str, ExactPosterior]


def carry_out(plan: Plan, opened: Opener, announce: Announce) -> Study:
    """Carry out the plan, one backend after the other.

    Parameters
    ----------
    opened
        Gives each backend by name.
    announce
        Is told what is being done.

    Raises
    ------
    PplCompareError
        If a model has no exact posterior.
    """
    exact: dict[str, ExactPosterior] = {}
    for model in plan.models:
        announce(f"exact posterior of {model.name}")
        exact[model.name] = exact_posterior(model, plan.counts)
    rows = {
        (row.model, row.backend): row for name in plan.backends for row in _rows(plan, name, exact, opened, announce)
    }
    return Study(plan, tuple(rows[model.name, name] for model in plan.models for name in plan.backends), exact)


def _rows(
    plan: Plan, name: str, exact: Mapping[str, ExactPosterior], opened: Opener, announce: Announce
) -> Iterator[Row]:
    """Yield a row for each model; if the backend is lost on the way, say so of those that are left."""
    left = [model.name for model in plan.models]
    announce(f"{name}: starting")
    try:
        with opened(name) as backend:
            status = backend.status()
            if not status.available:
                raise BackendUnavailable(status.problem, mend=status.mend)
            for model in plan.models:
                yield _row(plan, backend, exact[model.name], status, announce)
                left.remove(model.name)
    except BackendUnavailable as error:
        yield from (Row(model, name, Verdict.UNAVAILABLE, str(error)) for model in left)
    except BackendError as error:
        yield from (Row(model, name, Verdict.INCOMPLETE, _words(error)) for model in left)


def _words(error: BackendError) -> str:
    """Return the message, with the last line that a lost process printed."""
    last = error.tail.splitlines()[-1:] if isinstance(error, WorkerFailure) else []
    return " – ".join([str(error), *last])


def _row(plan: Plan, backend: Backend, exact: ExactPosterior, status: Status, announce: Announce) -> Row:
    model = exact.model
    row = Row(model.name, backend.name, Verdict.INCOMPLETE, status=status)
    structure, inputs = model.structure, exact.inputs
    try:
        announce(f"{backend.name}, {model.name}: compiling (seconds, the first time up to a minute)")
        program = backend.compile(structure, inputs.sizes)
        announce(f"{backend.name}, {model.name}: is it the same model?")
        row = replace(row, same_model=check_same_model(program, structure, inputs))
        if row.same_model.outcome is not Outcome.PASSED:
            return _judged(row, row.same_model)
        announce(f"{backend.name}, {model.name}: sampling")
        fit = program.sample(inputs, plan.settings, plan.fit_seed(model.name, backend.name))
        announce(f"{backend.name}, {model.name}: is the posterior right?")
        check = check_posterior(exact, structure, inputs, fit.draws, plan.settings, plan.level)
        row = _judged(replace(row, fit=fit, posterior=check.report), check.report)
        if row.verdict is not Verdict.PASSED:
            return row
        announce(f"{backend.name}, {model.name}: are its predictions right?")
        seed = plan.fit_seed(model.name, f"{backend.name}, prediction")
        prediction = check_prediction(exact, predicted(program, exact, fit, seed), fit, seed, plan.level)
    except UnsupportedModel as error:
        return replace(row, verdict=Verdict.UNSUPPORTED, reason=str(error))
    except BackendUnavailable:
        raise
    except BackendError as error:
        return replace(row, verdict=Verdict.INCOMPLETE, reason=_words(error))
    row = replace(row, prediction=prediction)
    if prediction.outcome is not Outcome.NOT_TESTED:  # where no exact law could be certified, the table says so
        row = _judged(row, prediction)
    return replace(row, speed=speed_of(fit, check.sizes)) if row.verdict is Verdict.PASSED else row


def _judged(row: Row, report: CheckReport) -> Row:
    """Return the row with the verdict that a report leads to."""
    if report.outcome is Outcome.FAILED:
        return replace(row, verdict=Verdict.FAILED, reason=str(report.failures[0]))
    if report.outcome is Outcome.UNDERPOWERED:
        return replace(row, verdict=Verdict.UNDERPOWERED, reason=str(report.of(Outcome.UNDERPOWERED)[0]))
    if report.outcome is Outcome.NOT_TESTED:
        return replace(row, verdict=Verdict.INCOMPLETE, reason="nothing was compared")
    return replace(row, verdict=Verdict.PASSED)

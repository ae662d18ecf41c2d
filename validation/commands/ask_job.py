"""Answers to questions, from options to documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.document import model_hash
from pplcompare.models.errors import UsageError, did_you_mean
from pplcompare.models.spec import Model
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.exact_words import INTERVAL
from pplcompare.validation.questions.question_documents import (
    AskedRedundantDocument,
    AskedTogetherDocument,
    ModelFailureDocument,
    ModelTogetherDocument,
)
from pplcompare.validation.questions.redundant import redundant_failure, redundant_failure_of
from pplcompare.validation.questions.together import failing_together, failing_together_of

NEW: Final = None
"""The group that was never seen, in a list of groups."""
MOST_GROUPS: Final = 10
"""How many groups are answered where none is named."""
CORRELATIONS: Final = "0,0.001,0.01,0.1,0.2,0.5,0.9,1"
"""The correlations of two failures that are shown where none are given."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """The data and models of a question, and the groups that it is about.

    Attributes
    ----------
    models, counts
        The models and the data.
    groups
        The names of groups; where there is none, the question is about the ten with the highest means.
    new_group
        Whether the question is about a group never seen, too.
    before_the_data
        Whether the answer is that of the prior.
    interval
        The probability of the central intervals that are shown.
    """

    models: Sequence[Model]
    counts: Counts
    groups: Sequence[str] = ()
    new_group: bool = False
    before_the_data: bool = False
    interval: float = INTERVAL

    @property
    def left_out(self) -> int:
        """How many groups are not answered because none is named."""
        return 0 if self.groups or self.new_group else max(len(self.counts.groups) - MOST_GROUPS, 0)

    def asked(self, answer: ExactPosterior) -> list[str | None]:
        """Return the groups, with None for one never seen; of many, those with the highest means, highest first."""
        known = self.counts.groups
        named = list(self.groups)
        if not named and not self.new_group:
            named = list(known[:MOST_GROUPS])
            if self.left_out and not self.before_the_data:
                named = [known[i] for i in answer.by_mean()[:MOST_GROUPS]]
        return [*named, *([NEW] if self.new_group else [])]

    def answer(self, model: Model) -> ExactPosterior:
        """Return the exact answer of a model, after or before the data."""
        answer = exact_posterior(model, self.counts)
        return answer.before_the_data() if self.before_the_data else answer


def redundant_job(request: AskRequest, components: int) -> AskedRedundantDocument:
    """Return how probable it is that redundant components all fail, for each model and group, and a new group.

    Raises
    ------
    UsageError, ImproperPosterior, AccuracyError
        As `redundant_failure_of` and `ExactPosterior.before_the_data`.
    """
    check_named(request)
    if request.before_the_data and (request.groups or request.new_group):
        raise UsageError("all groups are alike before the data", where="--before", mend="leave out the groups")
    models: dict[str, ModelFailureDocument] = {}
    for model in request.models:
        answer = request.answer(model)
        groups = [NEW] if request.before_the_data else request.asked(answer)
        models[model.name] = {
            "hash": model_hash(model),
            "groups": [
                {
                    **redundant_failure_of(answer, group, components, interval=request.interval).to_dict(),
                    "group": group,
                }
                for group in groups
            ],
        }
    return {"models": models, "rates": []}


def rates_job(mean: float, sds: Sequence[float], components: int, interval: float = INTERVAL) -> AskedRedundantDocument:
    """Return the same for a Beta rate of this mean, as its standard deviation grows.

    Raises
    ------
    UsageError
        If a number cannot be used.
    """
    return {"models": {}, "rates": [redundant_failure(mean, sd, components, interval=interval).to_dict() for sd in sds]}


def together_job(request: AskRequest, components: int) -> AskedTogetherDocument:
    """Return how often components of three kinds all fail, for each model.

    Raises
    ------
    UsageError, ImproperPosterior, AccuracyError
        As `failing_together_of` and `ExactPosterior.before_the_data`.
    """
    models: dict[str, ModelTogetherDocument] = {}
    for model in request.models:
        document = failing_together_of(request.answer(model), components).to_dict()
        models[model.name] = {"hash": model_hash(model), **document}
    return {"models": models, "given": None}


def correlations_job(mean: float, components: int, correlations: Sequence[float]) -> AskedTogetherDocument:
    """Return the same for a given mean, by the correlation of two failures.

    Raises
    ------
    UsageError
        If a number cannot be used.
    """
    return {"models": {}, "given": failing_together(mean, components, correlations).to_dict()}


_BESIDE_MEAN: Final = ("--mean", "--components", "--interval", "--json")


def check_mean(typed: Sequence[str], where: str) -> None:
    """Refuse what means nothing beside a given mean, and what means something only beside it.

    Parameters
    ----------
    typed
        Everything that was typed, as it is called on the command line.
    where
        The option that needs a mean.

    Raises
    ------
    UsageError
        For the first of them.
    """
    if "--mean" not in typed:
        if where in typed:
            raise UsageError("needs the mean of the rate", where=where, mend="add --mean 0.05")
        return
    for name in typed:
        if name not in (*_BESIDE_MEAN, where):
            raise UsageError("means nothing beside --mean", where=name, mend="leave out one of them")


def check_named(request: AskRequest) -> None:
    """Refuse groups that are named twice, or that are not known."""
    known = request.counts.groups
    for name in request.groups:
        if request.groups.count(name) > 1:
            raise UsageError("given twice", where="--group", seen=name)
        if name not in known:
            raise UsageError("no such group", where="--group", seen=name, mend=did_you_mean(name, known))

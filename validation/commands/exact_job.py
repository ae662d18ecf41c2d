"""The job behind ``pplcompare exact``: the answer of each model, and its results folder where one is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pplcompare.models.counts import Counts
from pplcompare.models.document import model_hash
from pplcompare.models.prior_text import parse_priors, replaceable
from pplcompare.models.spec import Model
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_document import HashedExactDocument
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.exact.more_probable import more_probable
from pplcompare.validation.exact.wanted import Wanted
from pplcompare.validation.output.page import Told


@dataclass(frozen=True, slots=True)
class ExactRequest:
    """Models of one data set.

    Attributes
    ----------
    priors
        The priors that were given, each of which one of the models has.
    wanted
        The campaigns to come, and the interval.
    folder
        The results folder; None where nothing is stored.
    force
        Whether earlier results of ours are replaced.
    told
        What the report says beside the answer.
    """

    counts: Counts
    models: Sequence[Model]
    priors: Sequence[str]
    wanted: Wanted
    folder: Path | None
    force: bool
    told: Told


def exact_job(request: ExactRequest) -> Mapping[str, HashedExactDocument]:
    """Return the answer of each model, after it was stored.

    Raises
    ------
    PplCompareError
        If a model has no exact posterior, or the folder cannot be written.
    """
    answers: dict[str, ExactPosterior] = {
        model.name: exact_posterior(model, request.counts) for model in request.models
    }
    documents: dict[str, HashedExactDocument] = {
        name: {"hash": model_hash(answer.model), **exact_summary(answer, request.wanted)}
        for name, answer in answers.items()
    }
    main = list(documents.values())[-1]
    if (other := more_probable(list(answers.values()))) is not None:
        main["answer"]["more_probable"] = other
    if elsewhere := _priors_elsewhere(request):
        main["answer"]["priors_elsewhere"] = elsewhere
    if request.folder is not None:
        # What is stored takes as long to import as all of the answer.
        from pplcompare.validation.exact.exact_pictures import pictures_of_models
        from pplcompare.validation.output.exact_store import store_exact

        told = request.told.with_pictures(pictures_of_models(answers, request.wanted))
        store_exact(request.folder, request.force, request.counts, request.models, documents, told)
    return documents


def _priors_elsewhere(request: ExactRequest) -> dict[str, list[str]]:
    """Return the models that a given prior changed, by its variable, where the model of the answer has none for it."""
    takers = {
        variable: [model.name for model in request.models if variable in replaceable(model)]
        for variable in parse_priors(request.priors)
    }
    return {variable: names for variable, names in takers.items() if request.models[-1].name not in names}

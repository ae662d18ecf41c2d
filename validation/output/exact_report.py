"""The report of an exact answer: the answer, what it is about, the posteriors, the counts to come, and the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.output.answer_words import answer_sentences
from pplcompare.validation.output.documents import ExactResultsDocument
from pplcompare.validation.output.page import Told, page
from pplcompare.validation.output.page_tables import (
    ModelCard,
    campaign_tables,
    counts_table,
    exact_card,
    ranking_tables,
)

_SECTIONS: Final = {
    "answer": "The answer",
    "what": "What this is about",
    "posteriors": "Posteriors",
    "counts": "Counts to come",
    "models": "Models",
}


def exact_report(document: ExactResultsDocument, models: Sequence[Model], told: Told) -> str:
    """Return the page that shows the answer of each model; everything in it is escaped."""
    data, exact = document["data"], document["models"]
    counts = Counts(data["group"], data["n"], data["k"])
    answers = {name: one["answer"] for name, one in exact.items() if "answer" in one}
    return page(
        "exact.html",
        _SECTIONS,
        told=told,
        counts=counts_table(data),
        # The first one is seen, and the answer is of the last.
        models=[ModelCard.of(model, counts) for model in reversed(models)],
        answer=answer_sentences(exact),
        rankings=ranking_tables(answers),
        exact={name: exact_card(name, one, f"Model {one['hash'][:16]}. ") for name, one in exact.items()},
        campaigns=campaign_tables(answers),
    )

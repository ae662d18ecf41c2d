"""Counts to come, from options to documents: of groups, or at rates that are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.document import model_hash
from pplcompare.models.errors import UsageError
from pplcompare.validation.commands.ask_job import AskRequest, check_named
from pplcompare.validation.questions.counts_to_come import counts_to_come
from pplcompare.validation.questions.known_rate import counts_at_rate
from pplcompare.validation.questions.question_documents import PredictedAtRateDocument, PredictedDocument

_BESIDE_RATE: Final = ("--rate", "--trials", "--at-least", "--interval", "--json")


def check_rate(typed: Sequence[str]) -> None:
    """Refuse what means nothing beside a given rate.

    Raises
    ------
    UsageError
        For the first of what was typed.
    """
    for name in typed:
        if "--rate" in typed and name not in _BESIDE_RATE:
            raise UsageError("means nothing beside --rate", where=name, mend="leave out one of them")


def predict_job(request: AskRequest, trials: int | None, at_least: Sequence[int] = ()) -> dict[str, PredictedDocument]:
    """Return the counts to come of each model and group, and the probability of so many successes or more.

    Before the data all groups are alike: each is a new one, with its own number of trials.

    Raises
    ------
    UsageError, ImproperPosterior, AccuracyError
        As `counts_to_come` and `ExactPosterior.before_the_data`.
    """
    check_named(request)
    if request.new_group and trials is None:
        raise UsageError("needs a number of trials", where="--new-group", mend="add --trials 100")
    n = dict(zip(request.counts.groups, request.counts.trials.tolist(), strict=True))
    found: dict[str, PredictedDocument] = {}
    for model in request.models:
        answer, come = request.answer(model), []
        for group in request.asked(answer):
            number = n[group] if trials is None and group is not None else trials
            of = None if request.before_the_data else group
            found_of = counts_to_come(answer, of, number, interval=request.interval, at_least=at_least)
            document = found_of.to_dict()
            document["group"] = group
            come.append(document)
        found[model.name] = {
            "hash": model_hash(model),
            "before_the_data": request.before_the_data,
            "counts_to_come": come,
        }
    return found


def known_rates_job(
    rates: Sequence[float], trials: int | None, interval: float, at_least: Sequence[int]
) -> PredictedAtRateDocument:
    """Return the counts to come at rates that are known.

    Where nobody names counts there are the probabilities of reaching those at the quartiles and at both ends of the
    interval.

    Raises
    ------
    UsageError
        If a number is missing or cannot be used.
    """
    if trials is None:
        raise UsageError("needs a number of trials", where="--rate", mend="add --trials 200")
    found = []
    for rate in rates:
        counts: Sequence[int] = at_least
        if not counts:
            both = [counts_at_rate(rate, trials, interval=each).quantiles.values() for each in (interval, 0.5)]
            counts = sorted({count for quantiles in both for count in quantiles})
        found.append(counts_at_rate(rate, trials, interval=interval, at_least=counts).to_dict())
    return {"counts_to_come": found}

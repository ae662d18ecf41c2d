"""The answer in sentences, and how far it can be trusted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Final

from pplcompare.validation.exact.answer_document import AnswerDocument, TwoGroupsDocument
from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.exact.exact_words import between
from pplcompare.validation.output.points import (
    in_points,
    per_cent,
    points_between,
    probability_words,
    ratio_words,
    times_between,
)
from pplcompare.validation.output.ranking_words import SHOWN, leader_of, ranking_lines

WIDTH: Final = 80
_LEADERS: Final = 3
"""How many groups have a line for their next campaign where there are more than a ranking shows."""
_MUCH: Final = 2.0
"""Models differ much where the odds of what one of them says change by more than this factor in another."""
_CERTAIN: Final = 1e-9


def answer_lines(documents: Mapping[str, ExactDocument], width: int = WIDTH, *, verbose: bool = False) -> list[str]:
    """Return the answer of the models in sentences, each on lines of its own that fit; empty where there is none.

    They are those of the last model; what the others say stands in brackets. Of many groups there is a ranking.

    Parameters
    ----------
    verbose
        Whether there is also the campaign of a new group where two are compared.
    """
    answered = _answered(documents)
    if not (said := _said(answered)):
        return []
    main, answer = list(answered.items())[-1]
    table = ranking_lines(answer["answer"]["ranking"], width) if "ranking" in answer["answer"] else []
    return [
        *_wrapped(said, width),
        *table,
        *_wrapped([*_to_come(answer["answer"], verbose=verbose), *_trust(main, answered)], width),
    ]


def answer_sentences(documents: Mapping[str, ExactDocument]) -> list[str]:
    """Return the sentences of the answer without a ranking, a sentence or two each; empty where there is no answer."""
    answered = _answered(documents)
    if not (said := _said(answered)):
        return []
    main, answer = list(answered.items())[-1]
    return [*said, *_to_come(answer["answer"]), *_trust(main, answered)]


def _answered(documents: Mapping[str, ExactDocument]) -> dict[str, ExactDocument]:
    return {name: document for name, document in documents.items() if "answer" in document}


def _others(answered: Mapping[str, ExactDocument]) -> dict[str, AnswerDocument]:
    return {name: answered[name]["answer"] for name in list(answered)[:-1]}


def _said(answered: Mapping[str, ExactDocument]) -> list[str]:
    """Return what the last of the models says, and the others beside it."""
    if not answered:
        return []
    document = list(answered.values())[-1]
    answer, others = document["answer"], _others(answered)
    if "two" in answer or "ranking" in answer:
        two = _of_two(answer["two"], others) if "two" in answer else []
        return [*two, *(_leader(answer, others) if "ranking" in answer else [])]
    return [_of_one(document, next(iter(answer["next"])))] if len(answer["next"]) == 1 else []


def _wrapped(sentences: Iterable[str], width: int) -> list[str]:
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, width, break_long_words=False, break_on_hyphens=False)
    ]


def _of_one(document: ExactDocument, group: str) -> str:
    """Return what is known of the rate of the only group."""
    name = next(name for name in document["quantities"] if name.endswith(f"[{group}]"))
    of = document["quantities"][name]
    return f"The rate of {group} is {per_cent(of['mean'])} on average{_rates_between(of.get('quantiles', {}))}."


def _rates_between(quantiles: Mapping[str, object]) -> str:
    """Return the interval of a rate as what follows its mean; empty where it is not certified."""
    if not quantiles or not all(isinstance(value, float) for value in quantiles.values()):
        return ""
    low, *_, high = quantiles.values()
    return f", {between(quantiles)} between {per_cent(low)} and {per_cent(high)}"


def _of_two(two: TwoGroupsDocument, others: Mapping[str, AnswerDocument]) -> list[str]:
    better, other, difference = two["better"], two["other"], two["difference"]
    also = _also({name: probability_words(_of(answer, two)) for name, answer in others.items()})
    found = [
        f"{better} is better than {other} with probability {probability_words(two['probability'])}{also}.",
        f"The difference is {points_between(difference['mean'], difference['quantiles'])}.",
    ]
    if (times := times_between(two["ratio"]["quantiles"])) is not None:
        found.append(f"{better} has {times[0]} the rate of {other} in the median, {times[1]}.")
    costs = f"Choosing {better} costs {in_points(two['loss'][better])} on average"
    if isinstance(worse := two["loss_if_worse"][better], float):
        costs += f", {in_points(worse)} if it is the worse one"
    return [*found, f"{costs}; choosing {other} costs {in_points(two['loss'][other])}."]


def _leader(answer: AnswerDocument, others: Mapping[str, AnswerDocument]) -> list[str]:
    ranking = answer["ranking"]
    name, best = leader_of(ranking)
    also = _also({model: probability_words(_best_of(other, name)) for model, other in others.items()})
    groups = len(ranking["group"])
    loss = in_points(ranking["loss"][ranking["group"].index(name)])
    return [
        f"{name} has the highest rate of {groups} groups with probability {probability_words(best)}{also}.",
        f"Choosing {name} costs {loss} on average, because another group may be better.",
    ]


def _also(values: Mapping[str, str]) -> str:
    return f" ({', '.join(f'{name} model: {value}' for name, value in values.items())})" if values else ""


def _of(answer: AnswerDocument, two: TwoGroupsDocument) -> float | None:
    """Return what another model says of the same statement."""
    if "two" not in answer:
        return None
    found = answer["two"]
    return found["probability"] if found["better"] == two["better"] else 1.0 - found["probability"]


def _best_of(answer: AnswerDocument, group: str) -> float | None:
    if "ranking" not in answer:
        return None
    return answer["ranking"]["best"][answer["ranking"]["group"].index(group)]


def _trust(main: str, answered: Mapping[str, ExactDocument]) -> list[str]:
    """Return how far the answer can be trusted."""
    document, others = answered[main], _others(answered)
    answer = document["answer"]
    error, here, there = document["error"]["tolerance"], 0.5, list[float | None]()
    if "two" in answer:
        errors = answer["two"]["error"], answer["ranking"]["error"] if "ranking" in answer else 0.0
        error, here = max(errors), answer["two"]["probability"]
        there = [_of(other, answer["two"]) for other in others.values()]
    elif "ranking" in answer:
        error, (name, here) = answer["ranking"]["error"], leader_of(answer["ranking"])
        there = [_best_of(other, name) for other in others.values()]
    expected = next((q for name, q in document["quantities"].items() if name.endswith(" before the data")), None)
    prior = ""
    if expected is not None and "quantiles" in expected and isinstance(expected["mean"], float):
        prior = f", which expect a rate of {per_cent(expected['mean'])}{_rates_between(expected['quantiles'])}"
    found = [f"Exact to {error:.0e}, if the {main} model and its priors hold{prior}."]
    for variable, models in answer.get("priors_elsewhere", {}).items():
        whose = f"{' and '.join(models)} {'model' if len(models) == 1 else 'models'}"
        found.append(
            f"The prior of {variable} that was given changes the {whose} only: this is the answer of the {main} model, "
            f"which has no such prior; see --model {models[-1]}."
        )
    if any(each is not None and _apart(here, each) for each in there):
        found.append("The models differ much, so that the answer depends on which of them holds.")
    if "more_probable" in answer and isinstance(evidence := document["log_evidence"], float):
        other = answer["more_probable"]
        times = ratio_words(other["log_evidence"] - evidence)
        name = other["model"]
        found.append(f"Under the {name} model these data are {times} times as probable: see --model {name}.")
    return found


def _apart(one: float, other: float) -> bool:
    odds = [max(p, _CERTAIN) / max(1.0 - p, _CERTAIN) for p in (one, other)]
    return max(odds) > _MUCH * min(odds)


def _to_come(answer: AnswerDocument, *, verbose: bool = False) -> list[str]:
    """Return the campaigns to come of what is compared, or the first ones of a ranking, and of a new group."""
    groups = list(answer["next"])
    if "ranking" in answer:
        ranked = answer["ranking"]["group"]
        groups = ranked if len(ranked) <= SHOWN else ranked[:_LEADERS]
    if "two" in answer:
        compared = answer["two"]["better"], answer["two"]["other"]
        groups = [group for group in answer["next"] if group in compared]
    named = [(group, answer["next"][group]) for group in groups]
    new = [("a new group", answer["new"])] if verbose or "two" not in answer else []
    found: list[str] = []
    for group, each in [*named, *new]:
        said = f"Next {each['trials']:,} trials of {group}: mean {each['mean']:,.1f} successes"
        if "quantiles" in each:
            low, *_, high = each["quantiles"].values()
            said += f", {between(each['quantiles'])} between {low:,} and {high:,}"
        found.append(f"{said}.")
    return found

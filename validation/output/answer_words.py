"""The answer in a sentence, and how far it can be trusted."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from pplcompare.validation.exact.answer_document import AnswerDocument, RankingDocument, TwoGroupsDocument
from pplcompare.validation.exact.exact_document import ExactDocument

WIDTH: Final = 80
SHOWN: Final = 10
"""How many groups of a ranking people see, those that are most probably the best."""
_MUCH: Final = 2.0
"""Models differ much where the odds of what one of them says change by more than this factor in another."""
_CERTAIN: Final = 1e-9


def answer_lines(documents: Mapping[str, ExactDocument], width: int = WIDTH) -> list[str]:
    """Return the answer of the models in sentences, in lines that fit; empty where nothing was compared.

    They are those of the last model; what the others say stands in brackets.
    """
    answers = {name: document["answer"] for name, document in documents.items() if "answer" in document}
    compared = {name: answer for name, answer in answers.items() if "two" in answer or "ranking" in answer}
    if not compared:
        return []
    main = list(compared)[-1]
    others = {name: answer for name, answer in compared.items() if name != main}
    first = compared[main]
    said = _of_two(first["two"], others) if "two" in first else _of_many(first["ranking"], others)
    lines = textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False)
    lines += textwrap.wrap(_trust(main, first, others), width, break_long_words=False, break_on_hyphens=False)
    lines += _table(first["ranking"], width) if "ranking" in first else _to_come(first, width)
    return lines


def _of_two(two: TwoGroupsDocument, others: Mapping[str, AnswerDocument]) -> str:
    low, high = (_points(two["difference"]["quantiles"][q]) for q in ("3 %", "97 %"))
    by = _points(two["difference"]["mean"])
    also = _also({name: _probability(_of(answer, two)) for name, answer in others.items()})
    return (
        f"{two['better']} is better than {two['other']} with probability {_probability(two['probability'])}{also}; "
        f"by {by} points, 94 % between {low} and {high}."
    )


def _of_many(ranking: RankingDocument, others: Mapping[str, AnswerDocument]) -> str:
    best = max(range(len(ranking["group"])), key=ranking["best"].__getitem__)
    name = ranking["group"][best]
    also = _also({model: _probability(_best_of(answer, name)) for model, answer in others.items()})
    return (
        f"{name} has the highest rate of {len(ranking['group'])} groups with probability "
        f"{_probability(ranking['best'][best])}{also}."
    )


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


def _trust(main: str, answer: AnswerDocument, others: Mapping[str, AnswerDocument]) -> str:
    """Return how far the answer can be trusted."""
    if "two" in answer:
        error, here = answer["two"]["error"], answer["two"]["probability"]
        there = [_of(other, answer["two"]) for other in others.values()]
    else:
        ranking = answer["ranking"]
        error, here = ranking["error"], max(ranking["best"])
        name = ranking["group"][ranking["best"].index(here)]
        there = [_best_of(other, name) for other in others.values()]
    said = f"Exact to {error:.0e}, if the {main} model and its priors hold"
    if any(each is not None and _apart(here, each) for each in there):
        return f"{said}; the models differ much, so that the answer depends on which of them holds."
    return f"{said}."


def _apart(one: float, other: float) -> bool:
    odds = [max(p, _CERTAIN) / max(1.0 - p, _CERTAIN) for p in (one, other)]
    return max(odds) > _MUCH * min(odds)


def _table(ranking: RankingDocument, width: int) -> list[str]:
    """Return the groups that are most probably the best, a line each, with their names whole."""
    chosen = sorted(range(len(ranking["group"])), key=lambda i: -ranking["best"][i])[:SHOWN]
    heading = ("mean", "P(best)", "rank", "P(> next)")
    cells = [
        (
            ranking["group"][i],
            f"{ranking['mean'][i]:.4g}",
            _probability(ranking["best"][i]),
            f"{ranking['rank'][i]:.1f}",
            _probability(ranking["above_next"][i]),
        )
        for i in chosen
    ]
    longest = min(max(len(row[0]) for row in cells), width - 4 * 11)
    lines = ["".join([" " * max(longest, 0), *(f"{each:>11}" for each in heading)])]
    for name, *numbers in cells:
        head = textwrap.wrap(name, max(longest, 8)) or [name]
        lines += head[:-1]
        lines.append(f"{head[-1]:<{max(longest, 0)}}" + "".join(f"{each:>11}" for each in numbers))
    rest = len(ranking["group"]) - len(chosen)
    where = f"{rest:,} more groups: --json has the whole ranking, and in Python answer.ranking()."
    return [*lines, *(textwrap.wrap(where, width) if rest else [])]


def _to_come(answer: AnswerDocument, width: int) -> list[str]:
    """Return the campaigns to come, a line each."""
    named = {f"Next campaign of {group}": each for group, each in answer["next"].items()}
    named["A campaign of a new group"] = answer["new"]
    lines: list[str] = []
    for name, each in named.items():
        said = f"{name}, {each['trials']} trials: {each['mean']:.4g} successes on average"
        if "quantiles" in each:
            said += f", 94 % between {each['quantiles']['3 %']} and {each['quantiles']['97 %']}"
        lines += textwrap.wrap(f"{said}.", width, break_long_words=False, break_on_hyphens=False)
    return lines


def _points(difference: object) -> str:
    """Return a difference of rates in points of a hundred, two digits of it."""
    if not isinstance(difference, float):
        return str(difference)
    points = 100.0 * difference
    return f"{points:.0f}" if abs(points) >= 10.0 else f"{points:.2g}"


def _probability(p: float | None) -> str:
    """Return a probability with three digits, of itself or of its complement."""
    if p is None:
        return "–"
    if 0.0005 <= p <= 0.9995:
        return f"{p:.3f}"
    return f"{p:.1g}" if p < 0.5 else "> 0.9995"

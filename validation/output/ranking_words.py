"""The ranking of many groups as lines of text."""

from __future__ import annotations

import textwrap
from typing import Final

from pplcompare.validation.exact.answer_document import RankingDocument
from pplcompare.validation.output.points import points, probability_words

SHOWN: Final = 10
"""How many groups of a ranking people see, the highest; the one that is most probably the best is always there."""
_HEADINGS: Final = ("mean", "P(best)", "rank", "P(> next)", "loss")
_WIDE: Final = 10
_LOSS: Final = "loss: the points that choosing it costs on average."
_LEGEND: Final = "P(> next): that its rate is higher than that of the group in the next line"


def leader_of(ranking: RankingDocument) -> tuple[str, float]:
    """Return the group that most probably has the highest rate, and that probability."""
    best = max(ranking["best"])
    return ranking["group"][ranking["best"].index(best)], best


def ranking_lines(ranking: RankingDocument, width: int) -> list[str]:
    """Return the groups with the highest means, a line each, in that order, with their names whole."""
    groups = len(ranking["group"])
    chosen = sorted({*range(min(SHOWN, groups)), ranking["group"].index(leader_of(ranking)[0])})
    cells, elsewhere = [], list[str]()
    for i in chosen:
        above = ranking["above_next"][i]
        if above is not None and i + 1 not in chosen:
            elsewhere.append(f"{ranking['group'][i]} than that of {ranking['group'][i + 1]}")
        mean, rank, loss = f"{ranking['mean'][i]:.4g}", f"{ranking['rank'][i]:.1f}", points(ranking["loss"][i])
        best, following = probability_words(ranking["best"][i]), probability_words(above)
        cells.append((ranking["group"][i], mean, best, rank, following, loss))
    longest = max(min(max(len(row[0]) for row in cells), width - len(_HEADINGS) * _WIDE), 0)
    lines = ["".join([" " * longest, *(f"{each:>{_WIDE}}" for each in _HEADINGS)])]
    for name, *numbers in cells:
        head = textwrap.wrap(name, max(longest, 8)) or [name]
        lines += head[:-1]
        lines.append(f"{head[-1]:<{longest}}" + "".join(f"{each:>{_WIDE}}" for each in numbers))
    rest = groups - len(chosen)
    legend = f"{_LEGEND}; of {', of '.join(elsewhere)}, not shown here." if elsewhere else f"{_LEGEND}."
    where = f"{rest:,} more groups: --json has the whole ranking, and in Python answer.ranking()."
    return [*lines, *(textwrap.wrap(where, width) if rest else []), *textwrap.wrap(legend, width), _LOSS]

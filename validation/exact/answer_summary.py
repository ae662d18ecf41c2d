"""What people ask of an exact answer, as plain data: who is better, by how much, and the campaigns to come."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.answer_document import (
    AnswerDocument,
    CampaignDocument,
    CertifiedNumber,
    ContrastDocument,
    RankingDocument,
    TwoGroupsDocument,
)
from pplcompare.validation.exact.exact_words import percent
from pplcompare.validation.exact.questions import conditional_loss
from pplcompare.validation.exact.wanted import USUAL, Wanted

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior
    from pplcompare.validation.exact.quadrature.law import Predictive
    from pplcompare.validation.exact.quadrature.pair import Certain, Contrast

RANKED: Final = 10_000
"""How many groups are ranked in a document; `ranking()` ranks more."""
LEADERS: Final = 10
"""How many groups of a ranking, the highest, always have a campaign to come."""
_CAMPAIGNS: Final = 100
# Quantiles of larger campaigns take a tenth of a second each: a few have them, whatever their size.
_COUNTED: Final = 2000
_GREATER: Final = 1e-9


def answer_summary(
    exact: ExactPosterior,
    left_out: dict[str, str],
    wanted: Wanted = USUAL,
) -> AnswerDocument:
    """Return what is asked of an answer.

    Parameters
    ----------
    left_out
        What is not certified is added here, with the reason.
    wanted
        The campaigns to come, and the interval.
    """
    counts, sizes, levels = exact.counts, wanted.sizes(exact.counts), wanted.levels
    middle = int(np.median(sizes))
    found: AnswerDocument = {"next": {}, "new": _campaign(exact.predictive(None, middle), levels)}
    chosen = set(range(min(_CAMPAIGNS, len(counts.groups))))
    if (pair := wanted.pair(counts)) is not None:
        two = _certified("the comparison of both groups", lambda: _two(exact, pair, left_out, levels), left_out)
        if two is not None:
            found["two"] = two
        chosen.update(pair)
    if 2 < len(counts.groups) <= RANKED:
        ranking = _certified("the ranking", lambda: _ranking(exact), left_out)
        if ranking is not None:
            found["ranking"] = ranking
            chosen.update(exact.ranked().order[:LEADERS].tolist())
    counted = chosen if len(chosen) <= LEADERS else set(pair or ())
    found["next"] = {
        counts.groups[i]: _campaign(exact.predictive(i, sizes[i]), levels, counted=i in counted) for i in sorted(chosen)
    }
    return found


def _certified[T](name: str, how: Callable[[], T], left_out: dict[str, str]) -> T | None:
    try:
        return how()
    except AccuracyError as error:
        left_out[name] = error.reason
        return None


def _two(
    exact: ExactPosterior, compared: tuple[int, int], left_out: dict[str, str], levels: Sequence[float]
) -> TwoGroupsDocument:
    probability = exact.probability_greater(*compared)
    better, other = compared if probability >= 0.5 else compared[::-1]
    pair = exact.pair(better, other)
    groups = exact.counts.groups
    losses = {groups[better]: pair.loss.value, groups[other]: pair.gain.value}
    errors = (pair.difference.error, pair.ratio.error, pair.loss.error, pair.gain.error, _GREATER)

    def if_worse(chosen: str, loss: Certain, worse: float) -> CertifiedNumber:
        name = f"loss of choosing {chosen} if it is the worse one"
        found = _certified(name, lambda: conditional_loss(loss, worse), left_out)
        return "not certified" if found is None else found

    names = groups[better], groups[other]
    sure = max(probability, 1.0 - probability)
    return {
        "better": names[0],
        "other": names[1],
        "probability": sure,
        "difference": _contrast(pair.difference, levels),
        "ratio": _contrast(pair.ratio, levels),
        "loss": losses,
        "loss_if_worse": {
            names[0]: if_worse(names[0], pair.loss, 1.0 - sure),
            names[1]: if_worse(names[1], pair.gain, sure),
        },
        "error": max(errors),
    }


def _contrast(of: Contrast, levels: Sequence[float]) -> ContrastDocument:
    try:
        mean, sd = of.mean, of.sd
    except AccuracyError:
        mean, sd = math.nan, math.nan
    quantiles = of.quantile(np.array(levels)).tolist()
    return {"mean": mean, "sd": sd, "quantiles": _by_name(levels, quantiles)}


def _by_name[T](levels: Sequence[float], values: list[T]) -> dict[str, T]:
    return {percent(q): value for q, value in zip(levels, values, strict=True)}


def _ranking(exact: ExactPosterior) -> RankingDocument:
    rows = exact.ranking()
    return {
        "group": [row.group for row in rows],
        "mean": [row.mean for row in rows],
        "best": [row.best for row in rows],
        "rank": [row.rank for row in rows],
        "above_next": [row.above for row in rows],
        "loss": [row.loss for row in rows],
        "error": exact.ranked().error,
    }


def _campaign(of: Predictive, levels: Sequence[float], *, counted: bool = True) -> CampaignDocument:
    trials = int(of.n)
    found: CampaignDocument = {
        "trials": trials,
        "mean": of.mean,
        "sd": of.sd,
        "epistemic": of.epistemic,
        "aleatoric": of.aleatoric,
    }
    if (counted or trials <= _COUNTED) and not of.refusal:
        found["quantiles"] = _by_name(levels, of.quantile(np.array(levels)).tolist())
    return found

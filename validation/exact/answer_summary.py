"""What people ask of an exact answer, as plain data: who is better, by how much, and the campaigns to come."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.answer_document import (
    AnswerDocument,
    CampaignDocument,
    ContrastDocument,
    RankingDocument,
    TwoGroupsDocument,
)
from pplcompare.validation.exact.exact_words import QUANTILES, percent

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior
    from pplcompare.validation.exact.quadrature.law import Predictive
    from pplcompare.validation.exact.quadrature.pair import Contrast

RANKED: Final = 10_000
"""How many groups are ranked in a document; `ranking()` ranks more."""
_CAMPAIGNS: Final = 100
_COUNTED: Final = 2000
_GREATER: Final = 1e-9


def answer_summary(exact: ExactPosterior, to_come: int | None, left_out: dict[str, str]) -> AnswerDocument:
    """Return what is asked of an answer.

    Parameters
    ----------
    to_come
        The size of campaigns to come; None is the size of each group's campaign in the data.
    left_out
        What is not certified is added here, with the reason.
    """
    counts = exact.counts
    sizes = counts.trials.tolist() if to_come is None else [to_come] * len(counts.groups)
    first = list(zip(counts.groups, sizes, strict=True))[:_CAMPAIGNS]
    middle = int(np.median(counts.trials)) if to_come is None else to_come
    found: AnswerDocument = {
        "next": {group: _campaign(exact.predictive(i, size)) for i, (group, size) in enumerate(first)},
        "new": _campaign(exact.predictive(None, middle)),
    }
    if len(counts.groups) == 2:
        two = _certified("the comparison of both groups", lambda: _two(exact), left_out)
        if two is not None:
            found["two"] = two
    elif 2 < len(counts.groups) <= RANKED:
        ranking = _certified("the ranking", lambda: _ranking(exact), left_out)
        if ranking is not None:
            found["ranking"] = ranking
    return found


def _certified[T](name: str, how: Callable[[], T], left_out: dict[str, str]) -> T | None:
    try:
        return how()
    except AccuracyError as error:
        left_out[name] = error.reason
        return None


def _two(exact: ExactPosterior) -> TwoGroupsDocument:
    probability = exact.probability_greater(1, 0)
    better, other = (1, 0) if probability >= 0.5 else (0, 1)
    pair = exact.pair(better, other)
    groups = exact.counts.groups
    loss = {groups[better]: pair.loss.value, groups[other]: pair.gain.value}
    errors = (pair.difference.error, pair.ratio.error, pair.loss.error, pair.gain.error, _GREATER)
    return {
        "better": groups[better],
        "other": groups[other],
        "probability": max(probability, 1.0 - probability),
        "difference": _contrast(pair.difference),
        "ratio": _contrast(pair.ratio),
        "loss": loss,
        "error": max(errors),
    }


def _contrast(of: Contrast) -> ContrastDocument:
    try:
        mean, sd = of.mean, of.sd
    except AccuracyError:
        mean, sd = math.nan, math.nan
    quantiles = of.quantile(np.array(QUANTILES)).tolist()
    return {"mean": mean, "sd": sd, "quantiles": _by_name(quantiles)}


def _by_name[T](values: list[T]) -> dict[str, T]:
    return {percent(q): value for q, value in zip(QUANTILES, values, strict=True)}


def _ranking(exact: ExactPosterior) -> RankingDocument:
    rows = exact.ranking()
    return {
        "group": [row.group for row in rows],
        "mean": [row.mean for row in rows],
        "best": [row.best for row in rows],
        "rank": [row.rank for row in rows],
        "above_next": [row.above for row in rows],
        "error": exact.ranked().error,
    }


def _campaign(of: Predictive) -> CampaignDocument:
    trials = int(of.n)
    found: CampaignDocument = {
        "trials": trials,
        "mean": of.mean,
        "sd": of.sd,
        "epistemic": of.epistemic,
        "aleatoric": of.aleatoric,
    }
    if trials <= _COUNTED and not of.refusal:
        found["quantiles"] = _by_name(of.quantile(np.array(QUANTILES)).tolist())
    return found

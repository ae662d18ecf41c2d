"""What people ask of an exact answer as plain data, typed: two groups, or a ranking, and the campaigns to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

from pplcompare.models.plain import Number

type CertifiedNumber = float | Literal["not certified"]
"""A number, or that it could not be certified."""


class ContrastDocument(TypedDict):
    """A difference or a ratio of two rates; mean and sd are infinite where they do not exist."""

    mean: Number
    sd: Number
    quantiles: Mapping[str, Number]


class TwoGroupsDocument(TypedDict):
    """Two groups: `better` has the higher rate with `probability`; `difference` and `ratio` compare it with the other.

    `loss` is the expected loss of choosing either group, by its name, in units of rates, `loss_if_worse` the same given
    that the other one has the higher rate. `error` is the certified error of `probability`, of the probabilities that
    belong to the quantiles, and of `loss`.
    """

    better: str
    other: str
    probability: float
    difference: ContrastDocument
    ratio: ContrastDocument
    loss: Mapping[str, float]
    loss_if_worse: Mapping[str, CertifiedNumber]
    error: float


class RankingDocument(TypedDict):
    """All groups, the highest mean first, in columns.

    `best` is the probability of having the highest rate, `rank` the expected rank, `above_next` the probability of a
    higher rate than that of the next group, null for the last, `loss` the expected loss of choosing the group: by how
    much the highest rate of all exceeds its own on average. `error` is that of the probabilities, of losses, and of
    expected ranks divided by the number of groups.
    """

    group: list[str]
    mean: list[float]
    best: list[float]
    rank: list[float]
    above_next: list[float | None]
    loss: list[float]
    error: float


class CampaignDocument(TypedDict):
    """Successes of a campaign to come; the two parts of their variance."""

    trials: int
    mean: float
    sd: float
    epistemic: float
    aleatoric: float
    quantiles: NotRequired[Mapping[str, int]]


class MoreProbableDocument(TypedDict):
    """A model under which the same data are much more probable."""

    model: str
    log_evidence: float


class AnswerDocument(TypedDict):
    """What people ask of an exact answer; `next` is by group, `new` is a campaign of a new group.

    Sizes are those of the data unless they were asked for; that of a new group is the median. There is `two` of two
    groups, and of two of many that were named; `ranking` of three to ten thousand; of many groups `next` has the first
    hundred, the two, and the highest of the ranking. `priors_elsewhere` names, by variable, the models that a given
    prior changed where this one has no such prior. `more_probable` is there where another model makes the data at
    least 20 times more probable.
    """

    two: NotRequired[TwoGroupsDocument]
    ranking: NotRequired[RankingDocument]
    next: Mapping[str, CampaignDocument]
    new: CampaignDocument
    priors_elsewhere: NotRequired[Mapping[str, list[str]]]
    more_probable: NotRequired[MoreProbableDocument]

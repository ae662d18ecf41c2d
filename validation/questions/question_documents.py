"""What the answers to questions are as plain data, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class MeanAndSdDocument(TypedDict):
    """Mean and standard deviation."""

    mean: float
    sd: float


class CountsToComeDocument(TypedDict):
    """A count to come; `group` is null for one never seen, the lists are empty beyond 2,000 trials.

    `at_least` has the probability of so many successes or more, by the counts that were asked for.
    """

    group: str | None
    trials: int
    rate: MeanAndSdDocument
    mean: float
    sd: float
    epistemic: float
    aleatoric: float
    quantiles: Mapping[str, int]
    counts: list[int]
    pmf: list[float]
    at_least: Mapping[str, float]


class CoinsDocument(TypedDict):
    """A mixture of binomials; what is called plain belongs to the binomial of the same mean."""

    trials: int
    rates: list[float]
    weights: list[float]
    mean: float
    sd: float
    epistemic: float
    aleatoric: float
    plain_sd: float
    counts: list[int]
    pmf: list[float]
    plain_pmf: list[float]


class RedundantDocument(TypedDict):
    """The probability that all components fail; quantiles are those of p^m, `at_mean` is (E p)^m."""

    components: int
    mean: float
    sd: float
    probability: float
    at_mean: float
    quantiles: Mapping[str, float]


class TogetherDocument(TypedDict):
    """The probability that all components fail, by the correlation of two failures."""

    components: int
    mean: float
    correlation: list[float]
    probability: list[float]
    kinds: list[str]


class PredictedDocument(TypedDict):
    """Counts to come of one model; `before_the_data` says whether they are those of the prior."""

    hash: str
    before_the_data: bool
    counts_to_come: list[CountsToComeDocument]


class PredictedAtRateDocument(TypedDict):
    """What ``ask predict --rate --json`` prints: counts to come at rates that are known."""

    counts_to_come: list[CountsToComeDocument]


class GroupFailureDocument(RedundantDocument):
    """The probability that all components fail at the rate of a group, null for one never seen."""

    group: str | None


class ModelFailureDocument(TypedDict):
    """Redundant components by group, for one model."""

    hash: str
    groups: list[GroupFailureDocument]


class ModelTogetherDocument(TogetherDocument):
    """Components that hang together, for one model."""

    hash: str


class AskedRedundantDocument(TypedDict):
    """What ``ask redundant --json`` prints: `models` of data, or `rates` whose mean and sd were given."""

    models: Mapping[str, ModelFailureDocument]
    rates: list[RedundantDocument]


class AskedTogetherDocument(TypedDict):
    """What ``ask together --json`` prints: `models` of data, or `given` where the mean was given."""

    models: Mapping[str, ModelTogetherDocument]
    given: TogetherDocument | None


class SimulatedDocument(TypedDict):
    """What ``simulate --json`` prints: counts in columns, and the values that they were drawn from."""

    model: str
    hash: str
    seed: int
    group: list[str]
    n: list[int]
    k: list[int]
    hyperparameters: Mapping[str, float]
    rates: Mapping[str, list[float]]


class SimulatedGroupDocument(TypedDict):
    """The successes of a group in many simulated campaigns."""

    group: str
    trials: int
    mean: float
    sd: float
    quantiles: Mapping[str, int]


class SimulatedManyDocument(TypedDict):
    """What ``simulate --draws --json`` prints: so many campaigns, summed up group by group."""

    model: str
    hash: str
    seed: int
    draws: int
    groups: list[SimulatedGroupDocument]

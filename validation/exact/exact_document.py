"""What an exact answer is as plain data, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from pplcompare.models.plain import Number
from pplcompare.validation.exact.answer_document import AnswerDocument

type Answered = float | Literal["infinite", "not certified", "undefined (improper prior)"]
"""A number of the exact answer, or why there is none."""


class ErrorDocument(TypedDict):
    """The evidence of the error of an exact answer; all but `closed_form` belongs to quadrature."""

    closed_form: bool
    nodes: Mapping[str, int]
    box: Mapping[str, Sequence[Number]]
    differences: Mapping[str, Number]
    quantities: Mapping[str, Number]
    edge: Number
    tolerance: float


class QuantityDocument(TypedDict):
    """One quantity of an exact answer; `below_observed` is P(rate < k/n), `all_fail` is E rate^5."""

    mean: Answered
    sd: Answered
    quantiles: NotRequired[Mapping[str, Answered]]
    all_fail: NotRequired[Answered]
    below_observed: NotRequired[Answered]


class MoreGroupsDocument(TypedDict):
    """Mean and standard deviation of the rates of the groups beyond the first hundred, in columns."""

    group: list[str]
    mean: list[float]
    sd: list[float]


class EndsDocument(TypedDict):
    """The rates with the five highest means and with the five lowest, the highest first, as `quantities` calls them.

    `between` is the number of the other groups.
    """

    highest: list[str]
    lowest: list[str]
    between: int


class ExactDocument(TypedDict):
    """An exact posterior; `left_out` gives the reason of each number that could not be certified.

    There are `ends` where there are more than twenty groups.
    """

    log_evidence: Answered
    error: ErrorDocument
    quantities: Mapping[str, QuantityDocument]
    left_out: Mapping[str, str]
    more_groups: NotRequired[MoreGroupsDocument]
    ends: NotRequired[EndsDocument]
    answer: NotRequired[AnswerDocument]


class HashedExactDocument(ExactDocument):
    """The exact posterior of one model, as ``exact --json`` prints it under the model's name."""

    hash: str

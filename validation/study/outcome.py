"""What became of a plan: a row for each model and backend, beside the exact posteriors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.plan import Plan


@dataclass(frozen=True, slots=True)
class Study:
    """The plan carried out: a row for each model and backend, models in the order of the plan; true if all have passed.

    Attributes
    ----------
    exact
        The exact posteriors, by model.
    answers
        What is shown of each of them, by model; empty where nothing is.
    missing
        The backends some of whose rows are not finished: none, unless the study was interrupted.
    """

    plan: Plan
    rows: tuple[FitResult, ...]
    exact: Mapping[str, ExactPosterior]
    answers: Mapping[str, Mapping[str, object]]
    missing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there are rows, none is missing, and every one has passed."""
        return bool(self.rows) and not self.missing and all(row.passed for row in self.rows)

    def __bool__(self) -> bool:
        return self.passed

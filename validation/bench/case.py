"""What is timed: one model on one data set, with its rates or without them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pplcompare.backends.protocol import Backend
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact_backend import ExactBackend
from pplcompare.validation.marginal_program import MarginalBackend
from pplcompare.validation.study.plan import Plan


class Form(StrEnum):
    """Whether rates are sampled."""

    CENTRED = "centred"
    MARGINAL = "marginal"

    def of(self, backend: Backend) -> Backend:
        """Return the backend as it samples this form; draws from the exact posterior have only one."""
        without = self is Form.MARGINAL and backend.name != ExactBackend.name
        return MarginalBackend(backend) if without else backend


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One exact posterior in one form; every backend is timed on it.

    Attributes
    ----------
    plan
        Data, settings, seeds and the level of each comparison.
    """

    plan: Plan
    exact: ExactPosterior
    form: Form = Form.CENTRED

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.plan.data}, {self.exact.model.name}, {self.form}"

"""What is timed: one model on one data set, with its rates or without them."""

from __future__ import annotations

from dataclasses import dataclass

from pplcompare.models.spec import Model
from pplcompare.validation.bench.task import Form, Task, everything
from pplcompare.validation.checks.prepared import prepare
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One exact posterior in one form; every backend is timed on it.

    Attributes
    ----------
    plan
        Data, settings and seeds; the levels of comparisons that share its family-wise level.
    size
        Where it stands on the axis of a scaling; None where there is none.
    recipe
        How the data were made; empty where they were given.
    """

    plan: Plan
    exact: ExactPosterior
    form: Form
    task: Task
    size: int | None = None
    recipe: str = ""

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.plan.data}, {self.exact.model.name}, {self.form}"


def whole_case(plan: Plan, model: Model, form: Form = Form.CENTRED) -> Case:
    """Return the case of the main job: everything is checked, and the parameter that was sampled worst counts."""
    exact = exact_posterior(model, plan.counts)
    prepare(exact, predicts=False)
    return Case(plan, exact, form, everything(exact, form))

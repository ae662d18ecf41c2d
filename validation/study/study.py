"""The main job: every backend on every model, each against the exact posterior; a speed only for what passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.row import Announce, Look, Row, compared_row, one_look, words
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.verdict import Verdict

type Opener = Callable[[str], AbstractContextManager[Backend]]
"""Backend name -> the backend, for the time of a ``with`` block."""


@dataclass(frozen=True, slots=True)
class Study:
    """The finished plan: a row for each model and backend, models in the order of the plan."""

    plan: Plan
    rows: tuple[Row, ...]
    exact: Mapping[str, ExactPosterior]


def carry_out(plan: Plan, opened: Opener, announce: Announce) -> Study:
    """Carry out the plan, one backend after the other, with one look at each fit.

    Parameters
    ----------
    opened
        Gives each backend by name.
    announce
        Is told what is being done.

    Raises
    ------
    PplCompareError
        If a model has no exact posterior.
    """
    (study,) = carry_out_all([plan], opened, announce, one_look, jobs=1)
    return study


def carry_out_all(
    plans: Sequence[Plan], opened: Opener, announce: Announce, look: Look, *, jobs: int
) -> tuple[Study, ...]:
    """Carry out plans that have the same backends; each backend is opened once.

    Parameters
    ----------
    look
        Samples and checks one fit.
    jobs
        How many backends may run at the same time; their times then say nothing.
    """
    exact: list[dict[str, ExactPosterior]] = []
    for plan in plans:
        exact.append({})
        for model in plan.models:
            announce(" ".join(filter(None, ("exact posterior of", plan.data, model.name))))
            exact[-1][model.name] = exact_posterior(model, plan.counts)

    def rows_of(name: str) -> list[tuple[int, Row]]:
        return list(_rows(plans, name, exact, opened, look, announce))

    names = plans[0].backends
    found = {(index, row.model, row.backend): row for part in side_by_side(rows_of, names, jobs) for index, row in part}
    return tuple(
        Study(plan, tuple(found[index, model.name, name] for model in plan.models for name in names), exact[index])
        for index, plan in enumerate(plans)
    )


def _rows(
    plans: Sequence[Plan],
    name: str,
    exact: Sequence[Mapping[str, ExactPosterior]],
    opened: Opener,
    look: Look,
    announce: Announce,
) -> Iterator[tuple[int, Row]]:
    """Yield plan and row of each model; if the backend is lost on the way, say so of those that are left."""
    left = [(index, model.name) for index, plan in enumerate(plans) for model in plan.models]
    announce(f"{name}: starting")
    try:
        with opened(name) as backend:
            status = backend.status()
            if not status.available:
                raise BackendUnavailable(status.problem, mend=status.mend)
            while left:
                index, model = left[0]
                yield index, compared_row(plans[index], backend, exact[index][model], status, look, announce)
                del left[0]
    except BackendUnavailable as error:
        yield from ((index, Row(model, name, Verdict.UNAVAILABLE, str(error))) for index, model in left)
    except BackendError as error:
        yield from ((index, Row(model, name, Verdict.INCOMPLETE, words(error))) for index, model in left)


__all__ = ["Announce", "Opener", "Plan", "Row", "Study", "carry_out", "carry_out_all"]

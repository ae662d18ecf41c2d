"""The main job: every backend on every model, each against the exact posterior; a speed only for what passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from pplcompare.backends.protocol import Backend, Status
from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.prepared import prepare
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.finished import Finished, Keep, keep_nothing
from pplcompare.validation.study.machine import processors
from pplcompare.validation.study.outcome import Study
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.row import Announce, Ready, Row, looked_at, one_look, ready, whole_look, without_result
from pplcompare.validation.study.second_look import (
    confirmation,
    needs_second_look,
    number_flagged,
    screen,
    second_looks,
)
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.sums import with_sums
from pplcompare.validation.study.verdict import ABSENT, Verdict

type Opener = Callable[[str], AbstractContextManager[Backend]]
"""Backend name -> the backend, for the time of a ``with`` block."""


type Answer = Callable[[ExactPosterior], Mapping[str, Any]]
"""Returns what is shown of an exact posterior."""


def no_answer(_exact: ExactPosterior) -> Mapping[str, Any]:
    """Return nothing: where an exact posterior is not shown."""
    return {}


def carry_out(
    plan: Plan, opened: Opener, announce: Announce, answer: Answer = no_answer, keep: Keep = keep_nothing
) -> Study:
    """Carry out the plan with one look at each fit: everything is made ready first, then one fit runs at a time.

    Parameters
    ----------
    opened
        Gives each backend by name.
    announce
        Is told what is being done.
    answer
        Called before anything is sampled, so that what it refuses costs no draws.
    keep
        The function that is called with the study so far whenever a row is finished.

    Raises
    ------
    PplCompareError
        If a model has no exact posterior.
    """
    (study,) = carry_out_all([plan], opened, announce, preparing=processors(), jobs=1, answer=answer, keep=keep)
    return study


def carry_out_all(
    plans: Sequence[Plan],
    opened: Opener,
    announce: Announce,
    *,
    twice: bool = False,
    preparing: int,
    jobs: int,
    answer: Answer = no_answer,
    keep: Keep = keep_nothing,
) -> tuple[Study, ...]:
    """Carry out plans that have the same backends, and share one family-wise level; each backend is opened once.

    Parameters
    ----------
    twice
        Whether what is beyond a screen gets the declared second look.
    preparing
        How many backends are made ready at the same time.
    jobs
        How many may sample at the same time, when all are ready; with more than one their times say nothing.
    answer
        Called before anything is sampled.
    keep
        The function that is called with a study so far whenever a row in it is finished.
    """
    exact: list[dict[str, ExactPosterior]] = []
    answers: list[dict[str, Mapping[str, Any]]] = []
    for plan in plans:
        exact.append({})
        answers.append({})
        for model in plan.models:
            announce(" ".join(filter(None, ("exact posterior of", plan.data, model.name))))
            posterior = exact_posterior(model, plan.counts)
            prepare(posterior)
            exact[-1][model.name], answers[-1][model.name] = posterior, answer(posterior)
    names = plans[0].backends
    looked = [screen(plan) if twice else plan for plan in plans]
    tasks = [(plan, posterior) for plan, found in zip(looked, exact, strict=True) for posterior in found.values()]

    studies = [Study(*parts) for parts in zip(plans, [()] * len(plans), exact, answers, strict=True)]

    with ExitStack() as stack, Finished(studies, keep) as finished:

        def make_ready(name: str) -> tuple[str, list[Ready]]:
            return name, _made_ready(name, tasks, opened, stack, announce)

        def look_at(name: str) -> tuple[str, list[Row]]:
            rows: list[Row] = []
            for one in waiting[name]:
                rows.append(looked_at(one, whole_look if twice else one_look, announce))
                finished.add(name, decided(rows))
            rows = with_sums(rows, looked[0].levels)
            finished.add(name, decided(rows), whole=not any(row is None for row in decided(rows)))
            return name, rows

        def decided(rows: Sequence[Row]) -> list[Row | None]:
            return [None if twice and needs_second_look(row) else row for row in rows]

        def look_again(name: str) -> tuple[str, list[Row]]:
            found = second_looks(waiting[name], rows[name], levels, announce)
            finished.add(name, found, whole=True)
            return name, found

        # Last things first: Stan has most to compile, and nobody should have to wait for it alone.
        waiting = dict(side_by_side(make_ready, names[::-1], preparing))
        # Asked for by name in what does the rest, one that is absent would be an error.
        rows = {
            name: [one.row for one in found]
            for name, found in waiting.items()
            if all(one.row.verdict in ABSENT for one in found)
        }
        for name, absent in rows.items():
            finished.add(name, absent, whole=True)
        rows |= dict(side_by_side(look_at, [name for name in names if name not in rows], jobs))
        doubtful = [name for name in names if number_flagged(rows[name])] if twice else []
        if doubtful:
            every = sum(number_flagged(rows[name]) for name in doubtful)
            levels = Levels.equal(confirmation(plans[0].family_level) / every)
            rows |= dict(side_by_side(look_again, doubtful, jobs))
    found_rows = {name: iter(found) for name, found in rows.items()}
    return tuple(
        Study(plan, tuple(next(found_rows[name]) for _ in plan.models for name in names), found, shown)
        for plan, found, shown in zip(plans, exact, answers, strict=True)
    )


def _made_ready(
    name: str, tasks: Sequence[tuple[Plan, ExactPosterior]], opened: Opener, stack: ExitStack, announce: Announce
) -> list[Ready]:
    """Open a backend until the end of `stack` and make each task ready; if it is missing or lost, say so of each."""
    announce(f"{name}: starting")
    status = Status({})
    try:
        backend = stack.enter_context(opened(name))
        status = backend.status()
        if not status.available:
            raise BackendUnavailable(status.problem, mend=status.mend)
    except BackendError as error:
        rows = [Row(exact.model.name, name, Verdict.INCOMPLETE, status=status) for _, exact in tasks]
        return [Ready(without_result(row, error), *task) for row, task in zip(rows, tasks, strict=True)]
    return [ready(plan, backend, exact, status, announce) for plan, exact in tasks]


__all__ = ["Announce", "Opener", "Plan", "Row", "Study", "carry_out", "carry_out_all"]

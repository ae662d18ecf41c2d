"""The main job: every backend on every model, each against the exact posterior; a speed only for what passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

from pplcompare.backends.protocol import Status
from pplcompare.models.errors import BackendError, BackendUnavailable
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.prepared import prepare
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.chosen_backends import OpenBackend
from pplcompare.validation.study.finished import Finished, Keep, keep_nothing
from pplcompare.validation.study.fit_result import (
    FitResult,
    PreparedFit,
    looked_at,
    ready,
    without_result,
)
from pplcompare.validation.study.looks import one_look, whole_look
from pplcompare.validation.study.machine import processors
from pplcompare.validation.study.outcome import Study
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.second_look import (
    confirmation,
    needs_second_look,
    number_flagged,
    screen,
    second_looks,
)
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.sums import with_sums
from pplcompare.validation.study.tally import Announce, Tally
from pplcompare.validation.study.verdict import ABSENT, Verdict

type Answer = Callable[[ExactPosterior], Mapping[str, object]]
"""Returns what is shown of an exact posterior."""


def no_answer(_exact: ExactPosterior) -> Mapping[str, object]:
    """Return nothing: where an exact posterior is not shown."""
    return {}


def carry_out(
    plan: Plan, open_backend: OpenBackend, announce: Announce, answer: Answer = no_answer, keep: Keep = keep_nothing
) -> Study:
    """Carry out the plan with one look at each fit: everything is made ready first, then one fit runs at a time.

    Parameters
    ----------
    open_backend
        The function that gives each backend by name.
    announce
        The function that is told what is being done.
    answer
        The function that is called before anything is sampled, so that what it refuses costs no draws.
    keep
        The function that is called with the study so far whenever a row is finished.

    Raises
    ------
    PplCompareError
        If a model has no exact posterior.
    """
    (study,) = carry_out_all([plan], open_backend, announce, preparing=processors(), jobs=1, answer=answer, keep=keep)
    return study


def carry_out_all(
    plans: Sequence[Plan],
    open_backend: OpenBackend,
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
    preparing, jobs
        How many backends are made ready, and then sample, at the same time; with more than one job times say nothing.
    answer, keep
        Functions that are called before anything is sampled, and with a study so far whenever a row is finished.
    """
    exacts = Tally("exact posterior", sum(len(plan.models) for plan in plans), announce)
    studies = [_answered(plan, answer, exacts) for plan in plans]
    looked = [screen(plan) if twice else plan for plan in plans]
    tasks = [(plan, exact) for plan, study in zip(looked, studies, strict=True) for exact in study.exact.values()]
    names = plans[0].backends
    programs = Tally("program", len(names) * len(tasks), announce)
    with ExitStack() as stack, Finished(studies, keep) as finished:

        def make_ready(name: str) -> tuple[str, list[PreparedFit]]:
            return name, _made_ready(name, tasks, open_backend, stack, programs)

        def look_at(name: str) -> tuple[str, list[FitResult]]:
            return name, _first_looks(name, waiting[name], looked[0].levels, finished, fits, twice=twice)

        def look_again(name: str) -> tuple[str, list[FitResult]]:
            found = second_looks(waiting[name], rows[name], levels, again)
            finished.add(name, found, whole=True)
            return name, found

        # Last things first: Stan has most to compile, and nobody should have to wait for it alone.
        waiting = dict(side_by_side(make_ready, names[::-1], preparing))
        rows = _absent(waiting)
        for name, absent in rows.items():
            finished.add(name, absent, whole=True)
        fits = Tally("fit", sum(one.program is not None for found in waiting.values() for one in found), announce)
        rows |= dict(side_by_side(look_at, [name for name in names if name not in rows], jobs))
        if flagged := {name: of for name in names if twice and (of := number_flagged(rows[name]))}:
            levels = Levels.equal(confirmation(plans[0].family_level) / sum(flagged.values()))
            number = sum(needs_second_look(row) for name in flagged for row in rows[name])
            again = Tally("second look", number, announce)
            rows |= dict(side_by_side(look_again, list(flagged), jobs))
    return _with_rows(studies, [rows[name] for name in names])


def _absent(waiting: Mapping[str, Sequence[PreparedFit]]) -> dict[str, list[FitResult]]:
    """Return the rows of the backends that have nothing to sample: they are finished before anything is looked at.

    Asked for by name in the command that does the rest of an interrupted run, one that is absent would be an error.
    """
    absent = {name: [one.row for one in found] for name, found in waiting.items()}
    return {name: rows for name, rows in absent.items() if all(row.verdict in ABSENT for row in rows)}


def _with_rows(studies: Sequence[Study], rows: Sequence[Sequence[FitResult]]) -> tuple[Study, ...]:
    """Return the studies with the rows of each backend, which are in the order of studies and their models."""
    of_tasks = zip(*rows, strict=True)
    return tuple(
        replace(study, rows=tuple(row for found in islice(of_tasks, len(study.exact)) for row in found))
        for study in studies
    )


def _answered(plan: Plan, answer: Answer, exacts: Tally) -> Study:
    """Return the study without rows: the exact posteriors of its models, with what is shown of them."""
    exact: dict[str, ExactPosterior] = {}
    answers: dict[str, Mapping[str, object]] = {}
    for model in plan.models:
        with exacts.step() as announce:
            announce(", ".join(filter(None, (plan.data, model.name))))
            exact[model.name] = posterior = exact_posterior(model, plan.counts)
            prepare(posterior)
            answers[model.name] = answer(posterior)
    return Study(plan, (), exact, answers)


def _first_looks(
    name: str,
    waiting: Sequence[PreparedFit],
    levels: Levels,
    finished: Finished,
    fits: Tally,
    *,
    twice: bool,
) -> list[FitResult]:
    """Return the rows of one backend after their first look, with its sums; none is finished that gets a second one."""

    def decided(rows: Sequence[FitResult]) -> list[FitResult | None]:
        return [None if twice and needs_second_look(row) else row for row in rows]

    rows: list[FitResult] = []
    for one in waiting:
        if one.program is None:
            rows.append(one.row)
        else:
            with fits.step() as announce:
                rows.append(looked_at(one, whole_look if twice else one_look, announce))
        finished.add(name, decided(rows))
    rows = with_sums(rows, levels)
    found = decided(rows)
    finished.add(name, found, whole=all(row is not None for row in found))
    return rows


def _made_ready(
    name: str,
    tasks: Sequence[tuple[Plan, ExactPosterior]],
    open_backend: OpenBackend,
    stack: ExitStack,
    programs: Tally,
) -> list[PreparedFit]:
    """Open a backend until the end of `stack` and make each task ready; if it is missing or lost, say so of each."""
    status = Status({})
    try:
        backend = stack.enter_context(open_backend(name))
        status = backend.status()
        if not status.available:
            raise BackendUnavailable(status.problem, mend=status.mend)
    except BackendError as error:
        programs.leave_out(len(tasks))
        rows = [FitResult(exact.model.name, name, Verdict.INCOMPLETE, status=status) for _, exact in tasks]
        return [PreparedFit(without_result(row, error), *task) for row, task in zip(rows, tasks, strict=True)]
    found = []
    for plan, exact in tasks:
        with programs.step() as announce:
            found.append(ready(plan, backend, exact, status, announce))
    return found


__all__ = ["Announce", "FitResult", "OpenBackend", "Plan", "Study", "carry_out", "carry_out_all"]

"""Independent parts of the self-test on several cores; what is found does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from pplcompare.validation.study.tally import Announce, Tally


def in_processes[T, R](work: Callable[[T], R], items: Sequence[T], jobs: int, announce: Announce, what: str) -> list[R]:
    """Return the result of each item, in order.

    Parameters
    ----------
    work
        A function that another process can import; with one job it is called here.
    jobs
        The greatest number of processes.
    what
        What one item is called, for the progress that is told to `announce`.
    """
    tally = Tally(what, len(items), announce, alike=True)
    if min(jobs, len(items)) <= 1:
        results = []
        for item in items:
            with tally.step() as told:
                told("")
                results.append(work(item))
        return results
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(work, item) for item in items]
        for one in waiting:
            with tally.step() as told:
                told("")
                one.result()
        return [one.result() for one in waiting]

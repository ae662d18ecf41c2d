"""Independent parts of the self-test on several cores; what is found does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def in_processes[T, R](
    work: Callable[[T], R], items: Sequence[T], jobs: int, announce: Callable[[str], None], what: str
) -> list[R]:
    """Return the result of each item, in order.

    Parameters
    ----------
    work
        A function that another process can import; with one job it is called here.
    jobs
        The greatest number of processes.
    what
        The name of the work, for the progress that is told to `announce`.
    """
    if min(jobs, len(items)) <= 1:
        results = []
        for number, item in enumerate(items, 1):
            announce(f"{what}: {number} of {len(items)}")
            results.append(work(item))
        return results
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(work, item) for item in items]
        for number, one in enumerate(waiting, 1):
            announce(f"{what}: {number} of {len(items)}")
            one.result()
        return [one.result() for one in waiting]

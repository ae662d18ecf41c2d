"""A few things at the same time, in threads: each waits for a process of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence


def side_by_side[T, R](work: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """Yield the result of each item, in the order in which they are done; at most `jobs` at a time.

    One job, or one item, is done in the calling thread. Other threads are not waited for when an error or a signal ends
    the caller: the end of this process ends the processes that they wait for.

    Raises
    ------
    BaseException
        Whatever the work raised.
    """
    if min(jobs, len(items)) <= 1:
        yield from map(work, items)
        return
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[R] | BaseException] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)

    def serve() -> None:
        while True:
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((work(item),))
            except BaseException as error:  # it is raised where somebody can act on it
                done.put(error)

    for _ in range(min(jobs, len(items))):
        threading.Thread(target=serve, daemon=True).start()
    for _ in items:
        found = done.get()
        if isinstance(found, BaseException):
            raise found
        yield found[0]

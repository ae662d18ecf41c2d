"""Signals that end a command: an exception, so that workers end and what is finished is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal came; `number` is its number. Another one raises this again, wherever the first has led to."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in the block when a signal comes; what this process was started to ignore stays ignored."""
    before = {number: signal.getsignal(number) for number in ENDING}
    heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _raise(number: int, _frame: object) -> NoReturn:
    raise Interrupted(number)

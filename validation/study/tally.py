"""Steps of one kind, counted: which one is being done, and about how long the rest takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

type Announce = Callable[[str], None]
"""A function that is told what is being done: words, or a `Step`, which are words that know their place."""

_ENOUGH: Final = 2
"""The number of finished steps with a say from which on something is said of the rest."""
_NOTHING: Final = 0.1
"""What took less than this share of the longest step says nothing of how long others take."""


def ignore(_text: str) -> None:
    """Tell nobody."""


class Tally:
    """Counts steps of one kind; the time that is left is told from those that are finished.

    Parameters
    ----------
    noun
        What one of them is called.
    of
        How many there are in all.
    announce
        The function that is told each step.
    alike
        Whether each takes about as long as any other. If not, those that took next to nothing have no say.
    clock
        The function that returns seconds.
    """

    def __init__(
        self,
        noun: str,
        of: int,
        announce: Announce,
        *,
        alike: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.noun, self.of = noun, of
        self._announce, self._alike, self._clock = announce, alike, clock
        self._lock = threading.Lock()  # steps of several backends are done side by side
        self._begun, self._first, self._last = 0, 0.0, 0.0
        self._taken: list[float] = []

    @contextmanager
    def step(self) -> Iterator[Announce]:
        """Begin the next step; the function that it gives tells what is done in it."""
        with self._lock:
            begin = self._clock()
            if self._begun == 0:
                self._first = begin
            self._begun += 1
            number = self._begun
        try:
            yield lambda text: self._announce(Step(text, number, self))
        finally:
            with self._lock:
                self._last = self._clock()
                self._taken.append(self._last - begin)

    def leave_out(self, number: int) -> None:
        """Count so many steps less: they turned out not to be needed."""
        with self._lock:
            self.of -= number

    def left(self) -> float | None:
        """Return about how many seconds are left; None where too little is finished, or the rest takes longer."""
        with self._lock:
            longest = max(self._taken, default=0.0)
            telling = [taken for taken in self._taken if self._alike or taken >= _NOTHING * longest]
            if len(telling) < _ENOUGH:
                return None
            each = (self._last - self._first) / len(telling)
            left = each * (self.of - len(self._taken)) - (self._clock() - self._last)
        return left if left > 0.0 else None


class Step(str):
    """What is being done, with its place among those of its kind, "fit 7 of 10, about 2 min left: stan: sampling".

    Attributes
    ----------
    number
        Its place, from 1.
    tally
        Where it is counted.
    text
        What is done in it, without its place.
    """

    __slots__ = ("number", "tally", "text")

    number: int
    tally: Tally
    text: str

    def __new__(cls, text: str, number: int, tally: Tally) -> Step:
        left = tally.left()
        place = f"{tally.noun} {number} of {tally.of}{'' if left is None else f', {about(left)} left'}"
        step = super().__new__(cls, ": ".join(filter(None, (place, text))))
        step.number, step.tally, step.text = number, tally, text
        return step

    def now(self) -> str:
        """Return the same words with the time that is left now."""
        return Step(self.text, self.number, self.tally)


def about(seconds: float) -> str:
    """Return a rough time in words."""
    if seconds < 10.0:
        return "a few seconds"
    if seconds < 90.0:
        return f"about {10 * round(seconds / 10)} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes / 60:.0f} h"

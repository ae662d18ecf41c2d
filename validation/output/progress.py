"""Progress on standard error: one line that changes on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Final

from pplcompare.validation.output.spelling import spelled
from pplcompare.validation.study.tally import Step, Tally
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

_MANY: Final = 20
"""Steps of one kind of which each gets a plain line; of more, one in each tenth of them."""
_SILENCE: Final = 30.0
"""Seconds after which a step is told to be still going on; then twice as many each time."""


class Progress:
    """Says what is being done: a line that changes on a terminal, plain lines elsewhere, nothing when quiet.

    Plain lines are one for each step at most, and for a step that takes long one more after 30 seconds, a minute, two
    minutes and so on. A terminal that belongs to a CI job, or cannot move its cursor, has plain lines, too.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._lines = _PlainLines()
        self._live: _ChangingLine | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Progress:
        if not self._quiet:
            if _changes():
                self._live = self._stack.enter_context(_ChangingLine())
            else:
                self._stack.enter_context(self._lines)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(self, text: str) -> None:
        """Announce the next step, or what is being done in it."""
        if self._live is not None:
            self._live.text = text
        elif not self._quiet:
            self._lines.tell(text)


def _changes() -> bool:
    """Say whether standard error is a terminal for people whose lines can change."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown") and not in_ci


class _ChangingLine:
    """One line with the seconds since the beginning, written anew twice a second."""

    def __init__(self) -> None:
        self.text = ""
        self._console = Console(stderr=True, highlight=False)
        self._begin = time.monotonic()
        self._live = Live(console=self._console, get_renderable=self._line, refresh_per_second=2, transient=True)

    def __enter__(self) -> _ChangingLine:
        self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def _line(self) -> RenderableType:
        text = self.text.now() if isinstance(self.text, Step) else self.text
        line = spelled(f"{time.monotonic() - self._begin:4.0f} s  {text}", self._console.encoding)
        return Text(line, no_wrap=True, overflow="crop")


class _PlainLines:
    """Plain lines, few of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = clock()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._text, self._said, self._since = "", "", self._begin
        self._told: dict[Tally, int] = {}
        self._again = _SILENCE

    def __enter__(self) -> _PlainLines:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()

    def tell(self, text: str) -> None:
        """Print what is being done if it is a step that was not told yet."""
        with self._lock:
            self._text = text
            if not isinstance(text, Step) or self._is_new(text):
                self._say(text)

    def _is_new(self, step: Step) -> bool:
        """Say whether a step comes after those that were told; of many it must be the first of a tenth of them."""
        before, of = self._told.get(step.tally, 0), step.tally.of
        shares = of if of <= _MANY else 10
        is_new = step.number > before and (before == 0 or step.number * shares // of > before * shares // of)
        self._told[step.tally] = step.number if is_new else before
        return is_new

    def is_due(self) -> bool:
        """Say whether nothing was told for so long that the step should be told again."""
        return self._clock() - self._since >= self._again

    def tell_again(self) -> None:
        """Print what is being done, and wait twice as long for the next time if it is what it was."""
        with self._lock, suppress(OSError, ValueError):  # nobody reads it
            again = 2.0 * self._again if self._text == self._said else _SILENCE
            self._say(self._text, "still " if self._text == self._said else "")
            self._again = again

    def _watch(self) -> None:
        while not self._ended.wait(1.0):
            if self.is_due():
                self.tell_again()

    def _say(self, text: str, before: str = "") -> None:
        self._said, self._since, self._again = text, self._clock(), _SILENCE
        now = text.now() if isinstance(text, Step) else text
        line = f"{self._since - self._begin:6.1f} s  {before}{now}"
        sys.stderr.write(spelled(line, sys.stderr.encoding or "utf-8") + "\n")
        sys.stderr.flush()

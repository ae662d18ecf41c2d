"""Which batch is next: whoever has a worker of an engine open goes on with that engine."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable

from pplcompare.validation.calibrate.batch_store import Unit


class UnitQueue:
    """Batches that are waiting, by engine; several threads take from it.

    Whoever is done with an engine takes the one that fewest others work on, and of these the one with most to do.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._lock = threading.Lock()
        self._hands = Counter[str]()
        self._waiting: dict[str, deque[Unit]] = {}
        for unit in units:
            self._waiting.setdefault(unit.entry.engine, deque()).append(unit)

    def take(self, engine: str | None) -> Unit | None:
        """Return the next batch for somebody who has worked on this engine, or on none; None if nothing is left."""
        with self._lock:
            if engine is not None and self._waiting[engine]:
                return self._waiting[engine].popleft()
            if engine is not None:
                self._hands[engine] -= 1
            left = [name for name, units in self._waiting.items() if units]
            if not left:
                return None
            chosen = min(left, key=lambda name: (self._hands[name], -len(self._waiting[name])))
            self._hands[chosen] += 1
            return self._waiting[chosen].popleft()

"""What is installed, which versions, what is missing and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

from pplcompare.backends.protocol import Backend, Status
from pplcompare.models.errors import BackendError


def examine(names: Iterable[str], opened: Callable[[str], AbstractContextManager[Backend]]) -> Mapping[str, Status]:
    """Return the status of each backend, asked in its own worker process; nothing is compiled."""
    found: dict[str, Status] = {}
    for name in names:
        try:
            with opened(name) as backend:
                found[name] = backend.status()
        except BackendError as error:
            found[name] = Status({}, str(error), "see the message")
    return found

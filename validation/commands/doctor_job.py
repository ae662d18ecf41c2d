"""What is installed, which versions, what is missing and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping

from pplcompare.backends.protocol import Status
from pplcompare.models.errors import BackendError
from pplcompare.validation.study.chosen_backends import Backends


def examine(backends: Backends) -> Mapping[str, Status]:
    """Return the status of each backend, asked in its own worker process; nothing is compiled."""
    found: dict[str, Status] = {}
    for name in backends.names:
        try:
            with backends.open(name) as backend:
                found[name] = backend.status()
        except BackendError as error:
            found[name] = Status({}, str(error), "see the message")
    return found

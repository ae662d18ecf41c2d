"""What is installed, which versions, what is missing and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping

from pplcompare.backends.protocol import Status
from pplcompare.models.errors import BackendError
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.tally import Announce, Tally, ignore


def examine(backends: Backends, announce: Announce = ignore) -> Mapping[str, Status]:
    """Return the status of each backend, asked in its own worker process; nothing is compiled."""
    found: dict[str, Status] = {}
    tally = Tally("backend", len(backends.names), announce)
    for name in backends.names:
        with tally.step() as told:
            told(f"{name}: what is installed?")
            try:
                with backends.open(name) as backend:
                    found[name] = backend.status()
            except BackendError as error:
                found[name] = Status({}, str(error), "see the message")
    return found

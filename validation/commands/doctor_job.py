"""What is installed, which versions, what is missing and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pplcompare.backends.cache import cache_folder, content_key
from pplcompare.backends.protocol import Status
from pplcompare.models.errors import BackendError, StorageError
from pplcompare.validation.output.documents import CacheDocument
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.machine import Machine
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


def cache_document(found: Mapping[str, Status], machine: Machine) -> CacheDocument:
    """Return the cache folder and a key for whoever keeps it between jobs.

    Compiled programs depend on the versions of the libraries, on Python and on the processor: the key does as well.
    They do not depend on that of a backend's own distribution, which may be another one at each commit.
    """
    folder, problem = "", ""
    try:
        folder = str(cache_folder())
    except StorageError as error:
        problem = str(error)
    versions = {name: status.of_libraries for name, status in found.items()}
    content = json.dumps(versions, sort_keys=True), machine["system"], machine["processor"], machine["python"]
    return {
        "folder": folder,
        "key": f"pplcompare-{content_key(*content)[:16]}",
        "problem": problem,
    }

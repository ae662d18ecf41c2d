"""The worker process: one backend, asked and answering through pipes.

Started as ``python -m pplcompare.validation.process.worker NAME REQUESTS ANSWERS PULSE PARENT``, the last four being
descriptors. The backend says which environment it needs. If that is another one, the process starts again with it
before anything else is asked; for our own backends, whose modules import no library, it is set in place. PARENT is the
end of a pipe that the parent holds open: when it closes, because the parent is done or dead, the worker and every
process that it started end, whatever they are doing. PULSE gets a byte a second for as long as this interpreter runs.

Whatever the code of a backend raises, `SystemExit` too, is an answer.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Final

from pplcompare.backends.protocol import Backend
from pplcompare.backends.registry import is_ours, load_backend, registered_version
from pplcompare.models import errors
from pplcompare.models.errors import OUT_OF_MEMORY, BackendUnavailable, PplCompareError, said
from pplcompare.validation.process.guard import adopt_orphans, stand_guard
from pplcompare.validation.process.message import Received, encode, read
from pplcompare.validation.process.service import Service

STARTED_AGAIN: Final = "started-again"
"""The last argument of a process that has its environment."""

_LONGEST_TRACEBACK: Final = 20_000


def answer(service: Service | BaseException, request: Received) -> bytes:
    """Return the answer to one request, encoded; what goes wrong is an answer too.

    Parameters
    ----------
    service
        What kept the backend from being made, where something did.
    """
    try:
        if isinstance(service, BaseException):
            raise service
        method: Callable[..., Any] = getattr(service, request["call"])
        return encode({"answer": method(**request["arguments"])})
    except BaseException as error:  # sys.exit and its like end no worker
        return encode(_told(error))


def _told(error: BaseException) -> dict[str, object]:
    lines = "".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:]
    if isinstance(error, PplCompareError):
        known = (kind.__name__ for kind in type(error).__mro__ if getattr(errors, kind.__name__, None) is kind)
        kind, message = next(known), str(error)
    elif isinstance(error, MemoryError):
        kind, message = "WorkerFailure", f"{OUT_OF_MEMORY}: {error}"
    else:
        kind, message = "BackendError", said(error)
    return {"error": kind, "message": message, "traceback": lines}


def _backend(name: str, descriptors: list[str], started_again: bool) -> Backend:
    """Return the backend, in the environment that it needs: unless this process has it, it is started again there."""
    backend = load_backend(name)
    if started_again:
        return backend
    try:
        needed = {**backend.environment()}
        if not all(isinstance(word, str) for pair in needed.items() for word in pair):
            raise TypeError("an environment is words")
        if is_ours(name):  # no library is imported yet that it could come too late for
            os.environ.update(needed)
        if all(os.environ.get(variable) == value for variable, value in needed.items()):
            return backend
        module = "pplcompare.validation.process.worker"
        command = [sys.executable, "-P", "-m", module, name, *descriptors, STARTED_AGAIN]
        os.execve(sys.executable, command, {**os.environ, **needed})  # noqa: S606 - a list, never a shell
    except errors.StorageError:  # a cache that cannot be written, which has its own mend and exit code
        raise
    except (Exception, SystemExit) as error:
        if is_ours(name) and isinstance(error, PplCompareError):  # it says itself what is wrong, such as our cache
            raise
        raise BackendUnavailable(f"does not say what environment it needs: {said(error)}", where=name) from error


def _beat(pulse: int) -> None:
    os.set_blocking(pulse, False)
    while True:
        with contextlib.suppress(OSError):
            os.write(pulse, b".")
        time.sleep(1.0)


def main(name: str, *arguments: str) -> None:
    """Serve until the requests end."""
    started_again = arguments[-1] == STARTED_AGAIN
    descriptors = [*arguments[:4]]
    requests, answers, pulse, parent = map(int, descriptors)
    if not started_again:
        if os.getpgrp() != os.getpid():
            # What ends with us is our group: it must be ours alone.
            os.setpgid(0, 0)
        stand_guard(parent, (requests, answers, pulse))
        adopt_orphans()
    threading.Thread(target=_beat, args=(pulse,), daemon=True).start()
    service: Service | BaseException
    try:
        service = Service(_backend(name, descriptors, started_again), name, registered_version(name))
    except BaseException as error:
        service = error
    for descriptor in (requests, answers, pulse):
        os.set_inheritable(descriptor, False)
    with os.fdopen(requests, "rb") as asked, os.fdopen(answers, "wb") as told:
        while True:
            try:
                request = read(asked)
            except EOFError:
                return
            told.write(answer(service, request))
            told.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

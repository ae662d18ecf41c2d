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
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from pplcompare.backends.fit import Fit, Timing
from pplcompare.backends.protocol import Backend, Program, SourceWriter
from pplcompare.backends.registry import is_ours, load_backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models import errors
from pplcompare.models.document import structure_from_document
from pplcompare.models.errors import OUT_OF_MEMORY, BackendUnavailable, PplCompareError, UnsupportedModel, said
from pplcompare.models.inputs import Inputs
from pplcompare.validation.process.guard import adopt_orphans, stand_guard
from pplcompare.validation.process.message import encode, read
from pplcompare.validation.process.threads import ONE_THREAD

STARTED_AGAIN: Final = "started-again"
"""The last argument of a process that has its environment."""

_LONGEST_TRACEBACK: Final = 20_000


class Service:
    """Answers requests about one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._programs: list[Program] = []

    def status(self) -> dict[str, Any]:
        """Whether the backend can be used."""
        return asdict(self._backend.status())

    def usage(self) -> dict[str, Any]:
        """Return CPU seconds, peak memory, the cores it may use and the variables that limit threads."""
        times = os.times()
        return {
            "cpu": times.user + times.system + times.children_user + times.children_system,
            "peak_memory": _peak_memory(resource.RUSAGE_SELF) + _peak_memory(resource.RUSAGE_CHILDREN),
            "cores": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
            "threads": {name: os.environ[name] for name in (*ONE_THREAD, "XLA_FLAGS") if name in os.environ},
        }

    def compile(self, structure: list[Mapping[str, Any]], sizes: Mapping[str, int]) -> dict[str, Any]:
        """Compile; answers with the program's number."""
        program = self._backend.compile(structure_from_document(structure), sizes)
        self._programs.append(program)
        return {"program": len(self._programs) - 1, "timing": asdict(program.timing)}

    def written(self, structure: list[Mapping[str, Any]], inputs: Mapping[str, Any]) -> str:
        """Return the text of a program that is not compiled."""
        if not isinstance(self._backend, SourceWriter):
            raise UnsupportedModel("does not show its program without compiling it", where=self._backend.name)
        return self._backend.source(structure_from_document(structure), _inputs(inputs))

    def source(self, program: int, inputs: Mapping[str, Any]) -> str:
        """Return the program's text."""
        return self._programs[program].source(_inputs(inputs))

    def log_density(
        self, program: int, inputs: Mapping[str, Any], points: Mapping[str, Any], jacobian: bool
    ) -> dict[str, Any]:
        """Evaluate the compiled density."""
        found = self._programs[program].log_density(_inputs(inputs), points, jacobian=jacobian)
        return {"value": found.value, "gradient": found.gradient}

    def native_settings(self, program: int, settings: Mapping[str, Any]) -> dict[str, object]:
        """Return what would be passed to the library."""
        return self._programs[program].native_settings(NUTSSettings(**settings))

    def prepare(self, program: int, inputs: Mapping[str, Any], settings: Mapping[str, Any], new_groups: int) -> None:
        """Compile what sampling and prediction need."""
        self._programs[program].prepare(_inputs(inputs), NUTSSettings(**settings), new_groups=new_groups)

    def sample(self, program: int, inputs: Mapping[str, Any], settings: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Run the sampler; answers with the fit and the peak memory of this process in bytes."""
        return _fit(self._programs[program].sample(_inputs(inputs), NUTSSettings(**settings), seed))

    def sample_many(
        self, program: int, many_inputs: list[Mapping[str, Any]], settings: Mapping[str, Any], seeds: list[int]
    ) -> list[dict[str, Any]]:
        """Fit a batch; answers with all its fits."""
        many = [_inputs(inputs) for inputs in many_inputs]
        return [_fit(fit) for fit in self._programs[program].sample_many(many, NUTSSettings(**settings), seeds)]

    def simulate_prior(self, program: int, inputs: Mapping[str, Any], draws: int, seed: int) -> dict[str, Any]:
        """Draw from the prior."""
        return dict(self._programs[program].simulate_prior(_inputs(inputs), draws, seed))

    def simulate_posterior(
        self, program: int, inputs: Mapping[str, Any], draws: Mapping[str, Any], seed: int, trials: Any, new_trials: Any
    ) -> dict[str, Any]:
        """Draw counts to come, given the draws of a fit."""
        fit = Fit(draws, {}, Timing(), seed)
        found = self._programs[program].simulate_posterior(
            _inputs(inputs), fit, seed, trials=trials, new_trials=new_trials
        )
        return dict(found)


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "draws": dict(fit.draws),
        "statistics": dict(fit.statistics),
        "timing": asdict(fit.timing),
        "native": dict(fit.native),
        "peak_memory": _peak_memory(resource.RUSAGE_SELF),
    }


def _inputs(given: Mapping[str, Any]) -> Inputs:
    return Inputs(**{**given, "groups": tuple(given["groups"])})


def _peak_memory(who: int) -> int:
    peak = resource.getrusage(who).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def answer(service: Service | BaseException, request: Mapping[str, Any]) -> bytes:
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


def _told(error: BaseException) -> dict[str, Any]:
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
    except (Exception, SystemExit) as error:
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
        service = Service(_backend(name, descriptors, started_again))
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

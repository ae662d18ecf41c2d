"""The backend protocol, spoken to a worker process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws, Fit, Seconds, Timing
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import batches
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.document import structure_document
from pplcompare.models.errors import OUT_OF_MEMORY, WorkerFailure
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.bench.usage import Usage
from pplcompare.validation.process.worker_process import WorkerProcess

_ATTEMPTS: Final = 3


class RemoteBackend:
    """A backend in a worker process; its programs and fits come from there."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.name = worker.name
        self._worker = worker

    def environment(self) -> Mapping[str, str]:
        """Nothing more: the worker was started with it."""
        return {}

    def status(self) -> Status:
        return Status(**self._worker.request("status"))

    def usage(self) -> Usage:
        """Return what the worker has used so far."""
        found = self._worker.request("usage")
        return Usage(**{**found, "cores": tuple(found["cores"])})

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> RemoteProgram:
        return RemoteProgram(self._worker, structure, sizes)


class RemoteProgram:
    """A program that lives in a worker process; compiled again, from the cache, in one that replaces a lost one.

    There it is prepared again as it was. A fit whose process crashed or hung is tried again, with the same seed.
    """

    def __init__(self, worker: WorkerProcess, structure: Structure, sizes: Mapping[str, int]) -> None:
        self.backend = worker.name
        self.peak_memory = 0
        self._worker, self._arguments = worker, {"structure": structure_document(structure), "sizes": dict(sizes)}
        self._prepared: dict[str, Any] | None = None
        self.timing = self._compile()

    def _compile(self) -> Timing:
        reply = self._worker.request("compile", **self._arguments)
        self._number, self._losses = reply["program"], self._worker.losses
        if self._prepared is not None:
            self._worker.request("prepare", program=self._number, **self._prepared)
        return _timing(reply["timing"])

    def source(self, inputs: Inputs) -> str:
        return str(self._ask("source", inputs=asdict(inputs)))

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        return LogDensity(**self._ask("log_density", inputs=asdict(inputs), points=dict(points), jacobian=jacobian))

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return dict(self._ask("native_settings", settings=settings.as_dict()))

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        arguments = {"inputs": asdict(inputs), "settings": settings.as_dict(), "new_groups": new_groups}
        self._attempt("prepare", **arguments)
        self._prepared = arguments

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        reply, attempts = self._attempt("sample", inputs=asdict(inputs), settings=settings.as_dict(), seed=seed)
        return self._fit(reply, attempts)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        for batch, its_seeds in batches(many_inputs, seeds):
            many = [asdict(inputs) for inputs in batch]
            arguments = {"many_inputs": many, "settings": settings.as_dict(), "seeds": its_seeds}
            replies, attempts = self._attempt("sample_many", **arguments)
            yield from (self._fit(reply, attempts) for reply in replies)

    def simulate_prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return dict(self._ask("simulate_prior", inputs=asdict(inputs), draws=draws, seed=seed))

    def simulate_posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        counts = {"trials": trials, "new_trials": new_trials}
        given = {name: None if value is None else np.asarray(value) for name, value in counts.items()}
        call = "simulate_posterior"
        return dict(self._ask(call, inputs=asdict(inputs), draws=dict(fit.draws), seed=seed, **given))

    def _fit(self, reply: dict[str, Any], attempts: int) -> Fit:
        self.peak_memory = int(reply.pop("peak_memory"))
        return Fit(**{**reply, "timing": _timing(reply["timing"]), "attempts": attempts})

    def _attempt(self, call: str, **arguments: Any) -> tuple[Any, int]:
        """Return the answer and how many attempts it took."""
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._ask(call, **arguments), attempt
            except WorkerFailure as failure:
                if failure.what.startswith(OUT_OF_MEMORY):
                    raise
        return self._ask(call, **arguments), _ATTEMPTS

    def _ask(self, call: str, **arguments: Any) -> Any:
        if self._worker.losses != self._losses:
            self._compile()
        return self._worker.request(call, program=self._number, **arguments)


def _timing(given: Mapping[str, Any]) -> Timing:
    phases = {field.name: given[field.name] for field in fields(Timing)}
    return Timing(**{name: None if seconds is None else Seconds(**seconds) for name, seconds in phases.items()})

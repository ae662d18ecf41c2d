"""The backend protocol, spoken to a worker process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws, Fit, Seconds, Timing
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import batches
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.document import structure_document
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.worker_process import WorkerProcess


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

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> RemoteProgram:
        reply = self._worker.request("compile", structure=structure_document(structure), sizes=dict(sizes))
        return RemoteProgram(self._worker, reply["program"], _timing(reply["timing"]))


class RemoteProgram:
    """A program that lives in a worker process."""

    def __init__(self, worker: WorkerProcess, number: int, timing: Timing) -> None:
        self.backend, self.timing = worker.name, timing
        self.peak_memory = 0
        self._worker, self._number = worker, number

    def source(self, inputs: Inputs) -> str:
        return str(self._ask("source", inputs=asdict(inputs)))

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        return LogDensity(**self._ask("log_density", inputs=asdict(inputs), points=dict(points), jacobian=jacobian))

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return dict(self._ask("native_settings", settings=settings.as_dict()))

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        return self._fit(self._ask("sample", inputs=asdict(inputs), settings=settings.as_dict(), seed=seed))

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        for batch, its_seeds in batches(many_inputs, seeds):
            many = [asdict(inputs) for inputs in batch]
            replies = self._ask("sample_many", many_inputs=many, settings=settings.as_dict(), seeds=its_seeds)
            yield from map(self._fit, replies)

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

    def _fit(self, reply: dict[str, Any]) -> Fit:
        self.peak_memory = int(reply.pop("peak_memory"))
        return Fit(**{**reply, "timing": _timing(reply["timing"])})

    def _ask(self, call: str, **arguments: Any) -> Any:
        return self._worker.request(call, program=self._number, **arguments)


def _timing(given: Mapping[str, Any]) -> Timing:
    phases = {field.name: given[field.name] for field in fields(Timing)}
    return Timing(**{name: None if seconds is None else Seconds(**seconds) for name, seconds in phases.items()})

"""The backend protocol, spoken to a worker process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import batches
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.document import structure_document
from pplcompare.models.errors import FINAL, WorkerFailure
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.bench.usage import Usage
from pplcompare.validation.calibrate.batch_layout import shapes
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry, numbers_of
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.calibrate.thinning import LARGEST_THIN
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.process import replies
from pplcompare.validation.process.replies import understood
from pplcompare.validation.process.worker_process import WorkerProcess

_ATTEMPTS: Final = 3


class RemoteBackend:
    """A backend in a worker process; its programs and fits come from there."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.name = worker.name
        self._worker = worker

    @property
    def losses(self) -> int:
        """How many processes of the worker were lost so far."""
        return self._worker.losses

    def environment(self) -> Mapping[str, str]:
        """Nothing more: the worker has what it needs."""
        return {}

    def status(self) -> Status:
        return understood(self.name, "status", replies.status, self._worker.request("status"))

    def promise(self, name: str, draws: int) -> tuple[Outcome, str]:
        """Return what became of a promise of the contract, tried in the worker, and why.

        Parameters
        ----------
        draws
            Draws of each chain that are compared with the exact answer.
        """
        answer = self._worker.request("promise", name=name, draws=draws)
        return understood(self.name, "promise", replies.promise, answer)

    def usage(self) -> Usage:
        """Return what the worker has used so far."""
        return understood(self.name, "usage", replies.usage, self._worker.request("usage"))

    def ranked(self, plan: CalibrationPlan, entry: PlanEntry, batch: int) -> RankedBatch:
        """Return the ranks of a batch of replications, whose fits stay in the worker.

        Raises
        ------
        BackendError
            If one of its fits has no result.
        """
        numbers = numbers_of(batch)
        asked = {"plan": plan.text(), "model": entry.model, "numbers": list(numbers), "thin": entry.thin}
        asked["kernel"] = plan.tries_kernel(entry)
        reading = partial(replies.ranked, shapes=shapes(plan, entry, len(numbers)))
        return understood(self.name, "ranked", reading, self._worker.request("ranked", **asked))

    def no_kernel(self, plan: CalibrationPlan, model: str, thin: int) -> str:
        """Return why the kernel of a model cannot be tried; empty if it can."""
        asked = {"plan": plan.text(), "model": model, "thin": thin}
        return understood(self.name, "no_kernel", replies.text, self._worker.request("no_kernel", **asked))

    def piloted(self, plan: CalibrationPlan, model: str, number: int) -> Float:
        """Return the autocorrelations of so many replications of a pilot: (replication, quantity, lag)."""
        asked = {"plan": plan.text(), "model": model, "numbers": list(range(number))}
        shape = number, len(plan.quantities(model).names), LARGEST_THIN
        return understood(
            self.name, "piloted", partial(replies.piloted, shape=shape), self._worker.request("piloted", **asked)
        )

    def source(self, structure: Structure, inputs: Inputs) -> str:
        """Return the text of a program without compiling it, if the backend can write it so."""
        arguments = {"structure": structure_document(structure), "inputs": asdict(inputs)}
        return understood(self.name, "source", replies.text, self._worker.request("written", **arguments))

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> RemoteProgram:
        return RemoteProgram(self._worker, structure, sizes)


class RemoteProgram:
    """A program that lives in a worker process; compiled again, from the cache, in one that replaces a lost one.

    There it is prepared again as it was. A fit whose process crashed or fell silent is tried again, with the same seed.
    """

    simulator: RemoteSimulator | None

    def __init__(self, worker: WorkerProcess, structure: Structure, sizes: Mapping[str, int]) -> None:
        self.backend = worker.name
        self._worker, self._arguments = worker, {"structure": structure_document(structure), "sizes": dict(sizes)}
        self._prepared: dict[str, Any] | None = None
        self.timing, simulates = self._compile()
        self.simulator = RemoteSimulator(self._drawn) if simulates else None

    def _compile(self) -> tuple[Timing, bool]:
        reply = self._worker.request("compile", **self._arguments)
        self._number, timing, simulates = understood(self.backend, "compile", replies.compiled, reply)
        self._losses = self._worker.losses
        if self._prepared is not None:
            self._worker.request("prepare", program=self._number, **self._prepared)
        return timing, simulates

    def source(self, inputs: Inputs) -> str:
        return self._ask("source", replies.text, inputs=asdict(inputs))

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        arguments = {"inputs": asdict(inputs), "points": dict(points), "jacobian": jacobian}
        return self._ask("log_density", replies.density, **arguments)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return self._ask("native_settings", replies.native, settings=settings.as_dict())

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        arguments = {"inputs": asdict(inputs), "settings": settings.as_dict(), "new_groups": new_groups}
        self._attempt("prepare", replies.nothing, **arguments)
        self._prepared = arguments

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        arguments = {"inputs": asdict(inputs), "settings": settings.as_dict(), "seed": seed}
        found, attempts = self._attempt("sample", partial(replies.fit, settings=settings), **arguments)
        return self._fit(found, seed, attempts)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        for batch, its_seeds in batches(many_inputs, seeds):
            many = [asdict(inputs) for inputs in batch]
            arguments = {"many_inputs": many, "settings": settings.as_dict(), "seeds": its_seeds}
            reading = partial(replies.fits, settings=settings, number=len(many))
            found, attempts = self._attempt("sample_many", reading, **arguments)
            yield from (self._fit(one, seed, attempts) for one, seed in zip(found, its_seeds, strict=True))

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        many = [asdict(inputs) for inputs in many_inputs]
        given = {"points": dict(points), "kernel": asdict(kernel), "count": count, "seeds": list(seeds)}
        return self._ask("transitions", replies.draws, many_inputs=many, **given)

    def _drawn(self, call: str, **arguments: Any) -> Draws:
        return self._ask(call, replies.draws, **arguments)

    def _fit(self, found: dict[str, Any], seed: int, attempts: int) -> Fit:
        return Fit(**found, seed=seed, attempts=attempts)

    def _attempt[T](self, call: str, reading: Callable[[Any], T], **arguments: Any) -> tuple[T, int]:
        """Return what was answered and how many attempts it took."""
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._ask(call, reading, **arguments), attempt
            except WorkerFailure as failure:
                if failure.what.startswith(FINAL):
                    raise
        return self._ask(call, reading, **arguments), _ATTEMPTS

    def _ask[T](self, call: str, reading: Callable[[Any], T], **arguments: Any) -> T:
        if self._worker.losses != self._losses:
            self._compile()
        return understood(self.backend, call, reading, self._worker.request(call, program=self._number, **arguments))


class RemoteSimulator:
    """The simulator of a program that lives in a worker process.

    Parameters
    ----------
    drawn
        The function that asks that program: it takes the call and its arguments, and returns the answered draws.
    """

    def __init__(self, drawn: Callable[..., Draws]) -> None:
        self._drawn = drawn

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return self._drawn("prior_simulation", inputs=asdict(inputs), draws=draws, seed=seed)

    def posterior(
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
        arguments = {"inputs": asdict(inputs), "draws": dict(fit.draws), "seed": seed, **given}
        return self._drawn("posterior_simulation", **arguments)

"""What a worker can be asked about its backend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from pplcompare.backends.fit import Fit, Timing
from pplcompare.backends.kernel import NO_KERNEL, FrozenKernel, Kernel
from pplcompare.backends.protocol import Backend, Program, Simulator, SourceWriter
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.document import structure_from_document
from pplcompare.models.errors import BackendError, UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.process.message import Received
from pplcompare.validation.process.peak_memory import peak_memory
from pplcompare.validation.process.threads import ONE_THREAD

if TYPE_CHECKING:
    from pplcompare.validation.process.replications import Replications
    from pplcompare.validation.testing.contract import Contract

_NEW_NAMES: Final = (
    "move simulate_prior and simulate_posterior to an object program.simulator and rename them prior and posterior, "
    "or set program.simulator = None"
)
"""What to change in a backend whose programs simulate themselves."""


class Service:
    """Answers requests about one backend.

    Parameters
    ----------
    name
        The name under which the backend is registered, whatever it calls itself.
    registered
        The version of the distribution that registered it, by its name.
    """

    def __init__(self, backend: Backend, name: str, registered: Mapping[str, str]) -> None:
        self._backend, self._name, self._registered = backend, name, registered
        self._programs: list[Program] = []
        self._compiled: dict[tuple[Structure, tuple[tuple[str, int], ...]], Program] = {}
        self._contracts: dict[int, Contract] = {}
        self._replications: Replications | None = None

    def status(self) -> dict[str, object]:
        """Whether the backend can be used; who registered it has a part in every result, whether or not it says so."""
        told = asdict(self._backend.status())
        versions = {**dict(told["versions"]), **self._registered}
        return {**told, "versions": versions, "registered": "".join(self._registered)}

    def usage(self) -> dict[str, object]:
        """Return CPU seconds, peak memory, the cores it may use and the variables that limit threads."""
        times = os.times()
        return {
            "cpu": times.user + times.system + times.children_user + times.children_system,
            "peak_memory": peak_memory(),
            "cores": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
            "threads": {name: os.environ[name] for name in (*ONE_THREAD, "XLA_FLAGS") if name in os.environ},
        }

    def compile(self, structure: list[Received], sizes: Mapping[str, int]) -> dict[str, object]:
        """Compile; answers with the program's number and whether it has a simulator.

        Raises
        ------
        BackendError
            If the program was written for the protocol in which programs had no simulator.
        """
        program = self._new_program(structure_from_document(structure), sizes)
        timing, simulator = asdict(program.timing), getattr(program, "simulator", NotImplemented)
        if not (simulator is None or isinstance(simulator, Simulator)):
            what = "its program has no simulator with prior and posterior, as the backend protocol now asks"
            raise BackendError(what, where=self._name, mend=_NEW_NAMES)
        self._programs.append(program)
        return {"program": len(self._programs) - 1, "timing": timing, "simulates": simulator is not None}

    def promise(self, name: str, draws: int) -> dict[str, str]:
        """Try a promise of the contract here, where nothing stands between the suite and the backend.

        Programs that this process has compiled before are not compiled again.
        """
        # Nothing else that a worker is asked for needs the exact answers.
        from pplcompare.validation.testing.candidate import Candidate
        from pplcompare.validation.testing.contract import Contract
        from pplcompare.validation.testing.contract_case import contract_case

        if draws not in self._contracts:
            candidate = Candidate(self._backend, contract_case(draws=draws), self._program)
            self._contracts[draws] = Contract(candidate)
        found = self._contracts[draws](name)
        return {"outcome": found.outcome.value, "detail": found.detail}

    def _program(self, structure: Structure, sizes: Mapping[str, int]) -> Program:
        known = self._compiled.get((structure, tuple(sizes.items())))
        return self._new_program(structure, sizes) if known is None else known

    def _new_program(self, structure: Structure, sizes: Mapping[str, int]) -> Program:
        self._compiled[structure, tuple(sizes.items())] = program = self._backend.compile(structure, sizes)
        return program

    def written(self, structure: list[Received], inputs: Received) -> str:
        """Return the text of a program that is not compiled."""
        if not isinstance(self._backend, SourceWriter):
            raise UnsupportedModel("does not show its program without compiling it", where=self._name)
        return self._backend.source(structure_from_document(structure), _inputs(inputs))

    def source(self, program: int, inputs: Received) -> str:
        """Return the program's text."""
        return self._programs[program].source(_inputs(inputs))

    def log_density(self, program: int, inputs: Received, points: Received, jacobian: bool) -> dict[str, object]:
        """Evaluate the compiled density."""
        found = self._programs[program].log_density(_inputs(inputs), points, jacobian=jacobian)
        return {"value": found.value, "gradient": found.gradient}

    def native_settings(self, program: int, settings: Received) -> dict[str, object]:
        """Return what would be passed to the library."""
        return self._programs[program].native_settings(NUTSSettings(**settings))

    def prepare(self, program: int, inputs: Received, settings: Received, new_groups: int) -> None:
        """Compile what sampling and prediction need."""
        self._programs[program].prepare(_inputs(inputs), NUTSSettings(**settings), new_groups=new_groups)

    def sample(self, program: int, inputs: Received, settings: Received, seed: int) -> dict[str, object]:
        """Run the sampler; answers with the fit."""
        return _fit(self._programs[program].sample(_inputs(inputs), NUTSSettings(**settings), seed))

    def sample_many(
        self, program: int, many_inputs: list[Received], settings: Received, seeds: list[int]
    ) -> list[dict[str, object]]:
        """Fit a batch; answers with all its fits."""
        many = [_inputs(inputs) for inputs in many_inputs]
        return [_fit(fit) for fit in self._programs[program].sample_many(many, NUTSSettings(**settings), seeds)]

    def transitions(
        self, program: int, many_inputs: list[Received], kernel: Received, **given: Any
    ) -> dict[str, object]:
        """Move from given points; answers with all states."""
        compiled = self._programs[program]
        if not isinstance(compiled, Kernel):
            raise UnsupportedModel(NO_KERNEL, where=self._name)
        return dict(compiled.transitions([*map(_inputs, many_inputs)], kernel=FrozenKernel(**kernel), **given))

    def ranked(self, **asked: Any) -> dict[str, object]:
        """Fit the replications of a batch; answers with their ranks."""
        return self._replicated().ranked(**asked)

    def no_kernel(self, **asked: Any) -> str:
        """Try the kernel on one replication; answers with why it cannot be tried, if it cannot."""
        return self._replicated().no_kernel(**asked)

    def piloted(self, **asked: Any) -> dict[str, object]:
        """Fit replications of a pilot; answers with the autocorrelations of their draws."""
        return self._replicated().piloted(**asked)

    def _replicated(self) -> Replications:
        # Nothing else that a worker is asked for needs the quantities of a calibration.
        from pplcompare.validation.process.replications import Replications

        if self._replications is None:
            self._replications = Replications(self._backend, self._name, self._program)
        return self._replications

    def prior_simulation(self, program: int, inputs: Received, draws: int, seed: int) -> dict[str, object]:
        """Draw from the prior."""
        return dict(self._simulator(program).prior(_inputs(inputs), draws, seed))

    def posterior_simulation(
        self,
        program: int,
        inputs: Received,
        draws: Received,
        seed: int,
        trials: list[int] | None,
        new_trials: list[int] | None,
    ) -> dict[str, object]:
        """Draw counts to come, given the draws of a fit."""
        fit = Fit(draws, {}, Timing(), seed)
        found = self._simulator(program).posterior(_inputs(inputs), fit, seed, trials=trials, new_trials=new_trials)
        return dict(found)

    def _simulator(self, program: int) -> Simulator:
        simulator = self._programs[program].simulator
        assert simulator is not None
        return simulator


def _fit(fit: Fit) -> dict[str, object]:
    return {
        "draws": dict(fit.draws),
        "statistics": dict(fit.statistics),
        "timing": asdict(fit.timing),
        "native": dict(fit.native),
    }


def _inputs(given: Received) -> Inputs:
    return Inputs(**{**given, "groups": tuple(given["groups"])})

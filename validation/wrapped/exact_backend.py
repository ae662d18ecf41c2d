"""The exact posterior as a backend: independent draws, the null hypothesis of every check, the limit of every speed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Fit, Seconds, Stopwatch, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.models.errors import AccuracyError, SamplingError
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.simulation import simulate
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.exact import ExactPosterior, exact_posterior


class ExactBackend:
    """Independent draws from the exact posterior."""

    name = "exact"

    def environment(self) -> Mapping[str, str]:
        return {}

    def status(self) -> Status:
        return Status({name: version(name) for name in ("pplcompare", "numpy", "scipy")})

    def source(self, structure: Structure, inputs: Inputs) -> str:
        return ExactProgram(structure).source(inputs)

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        return ExactProgram(structure)


def exact_simulator(structure: Structure) -> ForwardSimulator:
    """Return the simulator of a structure by NumPy."""

    def given(
        inputs: Inputs, known: Mapping[str, Float], names: tuple[str, ...], count: int, seed: int
    ) -> dict[str, Float | NDArray[np.int64]]:
        found = simulate(structure, inputs, np.random.Generator(np.random.PCG64(seed)), count, known)
        return {name: found[name] for name in names}

    return ForwardSimulator(structure, given)


class ExactProgram:
    """Needs no compiler."""

    timing = Timing()
    simulator: ForwardSimulator

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self.simulator = exact_simulator(structure)
        self._latest: tuple[object, ExactPosterior, Seconds] | None = None

    def source(self, inputs: Inputs) -> str:
        items = ",\n    ".join(map(repr, self._model(inputs).items))
        counts = self._counts(inputs)
        return (
            "from pplcompare.models.counts import Counts\n"
            "from pplcompare.models.distributions import *\n"
            "from pplcompare.models.spec import *\n"
            "from pplcompare.validation import exact_posterior\n\n"
            f"model = Model(\n    'model',\n    {items},\n)\n"
            f"counts = Counts({counts.groups!r}, {counts.trials.tolist()!r}, {counts.successes.tolist()!r})\n"
            "posterior = exact_posterior(model, counts)\n"
        )

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        reference = reference_density(self._structure, inputs, points, jacobian=jacobian)
        return LogDensity(reference.value, reference.gradient)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return {"draws": settings.chains * settings.draws}

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        """There is nothing to compile."""

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        posterior, build = self._posterior(inputs)
        with Stopwatch() as run:
            rng = np.random.Generator(np.random.PCG64(seed))
            flat = self._drawn(posterior, settings.chains * settings.draws, rng)
        shape = (settings.chains, settings.draws)
        draws = {name: values.reshape(*shape, *values.shape[1:]) for name, values in flat.items()}
        timing = Timing(build=build, run=run.seconds, sampling=run.seconds)
        return Fit(draws, {}, timing, seed, self.native_settings(settings))

    @staticmethod
    def _drawn(posterior: ExactPosterior, draws: int, rng: np.random.Generator) -> dict[str, Float]:
        try:
            return posterior.simulate(draws, rng)
        except AccuracyError as error:
            raise SamplingError("no draws from the exact posterior", where="exact", seen=str(error)) from error

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        return one_by_one(self, many_inputs, settings, seeds)

    def _model(self, inputs: Inputs) -> Model:
        return Model.of(self._structure, inputs.constants)

    def _counts(self, inputs: Inputs) -> Counts:
        ((trials,), (successes,)) = (tuple(inputs.counts.values()), tuple(inputs.observed.values()))
        return Counts(inputs.groups, trials, successes)

    def _posterior(self, inputs: Inputs) -> tuple[ExactPosterior, Seconds]:
        """Return the posterior, integrated once for runs on the same data, and the seconds that took."""
        counts = self._counts(inputs)
        key = dict(inputs.constants), counts.groups, counts.trials.tobytes(), counts.successes.tobytes()
        if self._latest is None or self._latest[0] != key:
            with Stopwatch() as build:
                posterior = exact_posterior(self._model(inputs), counts)
            self._latest = key, posterior, build.seconds
        return self._latest[1:]

"""The program of a backend that only samples: its density, its simulator and its text are ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from pplcompare.backends.fit import Draws, Fit, Stopwatch, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.protocol import LogDensity, Points
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.models.errors import PplCompareError, SamplingError, UnsupportedModel, said
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.target.target import Target
from pplcompare.validation.wrapped.exact_backend import exact_simulator


class SamplerProgram:
    """A structure, and a function that samples targets that have it.

    Parameters
    ----------
    name
        The name of the backend.
    structure
        The structure; it is sampled for any sizes.
    sampler
        The function that samples, as `SamplerBackend.sample` does.
    """

    timing = Timing()
    simulator: ForwardSimulator | None

    def __init__(self, name: str, structure: Structure, sampler: Callable[[Target, NUTSSettings, int], Any]) -> None:
        self.simulator = exact_simulator(structure)
        self._name, self._structure, self._sampler = name, structure, sampler

    def source(self, inputs: Inputs) -> str:
        """Return the target that is sampled, in Python."""
        model, counts = self._model(inputs), self._counts(inputs)
        items = ",\n    ".join(map(repr, model.items))
        return (
            "import pplcompare as pc\n"
            "from pplcompare import *\n\n"
            f"model = Model(\n    'model',\n    {items},\n)\n"
            f"counts = Counts({counts.groups!r}, {counts.trials.tolist()!r}, {counts.successes.tolist()!r})\n"
            f"posterior = pc.target(counts, model)  # {self._name} samples it\n"
        )

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        """Return our reference."""
        found = reference_density(self._structure, inputs, points, jacobian=jacobian)
        return LogDensity(found.value, found.gradient)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        """Return the settings as the sampler gets them."""
        return dict(settings.as_dict())

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        """Do nothing: there is nothing to compile."""

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        """Run the sampler on the target of these inputs, and time it."""
        target = Target(self._model(inputs), self._counts(inputs))
        try:
            with Stopwatch() as run:
                found = self._sampler(target, settings, seed)
        except PplCompareError:
            raise
        except Exception as error:
            raise SamplingError(said(error), where=self._name) from error
        with Stopwatch() as transfer:
            given, statistics = found if isinstance(found, tuple) else (found, {})
            draws = self._named(target, given)
        timing = Timing(run=run.seconds, transfer=transfer.seconds)
        return Fit(draws, dict(statistics), timing, seed, self.native_settings(settings))

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        """Run the sampler on one target after the other."""
        return one_by_one(self, many_inputs, settings, seeds)

    def _named(self, target: Target, draws: Any) -> Draws:
        """Return draws by name; numbers keep the type that the sampler gave them."""
        if isinstance(draws, Mapping):
            return {name: np.asarray(values) for name, values in draws.items()}
        vectors = np.asarray(draws)
        if vectors.ndim != 3 or vectors.shape[2] != target.dimension:
            needed = f"an array (chain, draw, {target.dimension}) or draws by name"
            raise SamplingError(f"the sampler must return {needed}", where=self._name, seen=vectors.shape)
        found = target.constrain(vectors)
        return {
            name: values.astype(vectors.dtype) if vectors.dtype.kind == "f" else values
            for name, values in found.items()
        }

    def _model(self, inputs: Inputs) -> Model:
        return Model.of(self._structure, inputs.constants)

    def _counts(self, inputs: Inputs) -> Counts:
        if (len(inputs.counts), len(inputs.observed)) != (1, 1):
            raise UnsupportedModel("a target has one input of counts and one observation", where=self._name)
        ((trials,), (successes,)) = (tuple(inputs.counts.values()), tuple(inputs.observed.values()))
        return Counts(inputs.groups, trials, successes)

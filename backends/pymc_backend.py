"""PyMC with its own NUTS: PyMC's step, one loop around it, nothing compiled again for a refit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.coordinates import constrained
from pplcompare.backends.fit import Draws, Fit, Stopwatch, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.pymc_density import Density, density_without_jacobian, evaluated, set_data
from pplcompare.backends.pymc_kernel import PyMCKernel
from pplcompare.backends.pymc_model import pymc_data, pymc_environment, pymc_model, pymc_source
from pplcompare.backends.pymc_prediction import pymc_simulator
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import BackendUnavailable, CompilationError, SamplingError, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm

_STATISTICS: Final = {
    "diverging": "diverging",
    "tree_depth": "depth",
    "n_steps": "tree_size",
    "acceptance_rate": "mean_tree_accept",
    "energy": "energy",
    "step_size": "step_size",
    "lp": "model_logp",
}
_WHOLE: Final = {"diverging": np.bool_, "tree_depth": np.int64, "n_steps": np.int64}
_MEND: Final = "pip install 'pplcompare[pymc]'"
# How `pm.sample` starts its own NUTS: a diagonal metric around the mean of the starting points.
_METRIC_WEIGHT: Final = 10
_EARLY_TREE_DEPTH: Final = 8

type StartingPoint = Callable[[int], Mapping[str, NDArray[np.float64]]]


class PyMCBackend:
    """PyMC's NUTS, which is a Python loop around a compiled density."""

    name = "pymc"

    def environment(self) -> Mapping[str, str]:
        return pymc_environment()

    def status(self) -> Status:
        try:
            import pymc

            return Status({"pymc": pymc.__version__, "pytensor": version("pytensor"), "numba": version("numba")})
        except Exception as error:
            return Status({}, f"{type(error).__name__}: {error}", _MEND)

    def source(self, structure: Structure, inputs: Inputs) -> str:
        return pymc_source(structure, inputs)

    def native_model(self, structure: Structure, inputs: Inputs) -> pm.Model:
        """Return the model; groups are coordinates by name, and nothing has to be set."""
        try:
            import pymc  # noqa: F401
        except ImportError as error:
            raise BackendUnavailable(f"cannot be imported: {error}", where=self.name, mend=_MEND) from error
        data = pymc_data(structure, inputs)
        model = pymc_model(structure, inputs.sizes, elements={inputs.plate: inputs.groups})
        set_data(model, data)
        return model

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> PyMCProgram:
        try:
            from pymc.initial_point import make_initial_point_fn
        except ImportError as error:
            raise BackendUnavailable(f"cannot be imported: {error}", where=self.name, mend=_MEND) from error
        with Stopwatch() as build:
            model = pymc_model(structure, sizes)
        with Stopwatch() as compilation:
            try:
                density = model.logp_dlogp_function(ravel_inputs=True)
                density.trust_input = True
                density(np.zeros(sum(value.size for value in model.initial_point().values())))
                start = make_initial_point_fn(model=model, jitter_rvs=set(model.free_RVs), return_transformed=True)
            except Exception as error:
                raise CompilationError(f"{type(error).__name__}: {error}", where=self.name) from error
        return PyMCProgram(structure, model, density, start, Timing(build=build.seconds, compile=compilation.seconds))


class PyMCProgram:
    """A PyMC model with its compiled density."""

    simulator: ForwardSimulator

    def __init__(
        self, structure: Structure, model: pm.Model, density: Any, start: StartingPoint, timing: Timing
    ) -> None:
        self.timing = timing
        self.simulator = pymc_simulator(structure)
        self._structure, self._model, self._density, self._start = structure, model, density, start

    def source(self, inputs: Inputs) -> str:
        return pymc_source(self._structure, inputs)

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        set_data(self._model, pymc_data(self._structure, inputs))
        evaluate = self._sampled_density if jacobian else self._plain_density
        return evaluated(evaluate, self._structure, inputs, points)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        if settings.cores != 1:
            raise UsageError("PyMC runs its chains one after the other here", where="cores", seen=settings.cores)
        return {
            "draws": settings.draws,
            "tune": settings.warmup,
            "chains": settings.chains,
            "target_accept": settings.target_accept,
            "max_treedepth": settings.max_tree_depth,
            "early_max_treedepth": min(_EARLY_TREE_DEPTH, settings.max_tree_depth),
            "init": "jitter+adapt_diag",
        }

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        self.simulator.prepare(inputs, settings, new_groups)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        native = self.native_settings(settings)
        set_data(self._model, pymc_data(self._structure, inputs))
        with Stopwatch() as run:
            try:
                chains = [self._chain(native, generator) for generator in self._generators(seed, settings.chains)]
            except Exception as error:
                raise SamplingError(f"{type(error).__name__}: {error}", where="pymc") from error
        with Stopwatch() as transfer:
            draws = constrained(self._structure, inputs, np.stack([points for points, _ in chains]))
            statistics: dict[str, Any] = {
                ours: np.array(
                    [[found[theirs] for found in stats] for _, stats in chains], dtype=_WHOLE.get(ours, np.float64)
                )
                for ours, theirs in _STATISTICS.items()
            }
        timing = Timing(self.timing.build, self.timing.compile, run.seconds, transfer=transfer.seconds)
        return Fit(draws, statistics, timing, seed, native)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        return one_by_one(self, many_inputs, settings, seeds)

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        return PyMCKernel(self._structure, self._model, self._density).transitions(
            many_inputs, points, kernel, count, seeds
        )

    @staticmethod
    def _generators(seed: int, chains: int) -> list[np.random.Generator]:
        return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(chains)]

    def _chain(
        self, native: Mapping[str, Any], rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], list[Mapping[str, Any]]]:
        """Run one chain; return unconstrained points (draw, dimension) and the step's statistics."""
        import pymc as pm
        from pymc.blocking import DictToArrayBijection
        from pymc.step_methods.hmc.quadpotential import QuadPotentialDiagAdapt

        q = DictToArrayBijection.map(dict(self._start(int(rng.integers(2**31)))))
        metric = QuadPotentialDiagAdapt(q.data.size, q.data, np.ones_like(q.data), _METRIC_WEIGHT, rng=rng.spawn(1)[0])
        step = pm.NUTS(
            model=self._model,
            potential=metric,
            rng=rng,
            logp_dlogp_func=self._density,
            **{key: native[key] for key in ("target_accept", "max_treedepth", "early_max_treedepth")},
        )
        step.setup_chain(rng, native["tune"], native["draws"])
        points = np.empty((native["draws"], q.data.size))
        statistics: list[Mapping[str, Any]] = []
        for _ in range(native["tune"]):
            q, _found = step.astep(q)
        step.stop_tuning()
        for index in range(native["draws"]):
            q, (found,) = step.astep(q)
            points[index] = q.data
            statistics.append(found)
        return points, statistics

    def _sampled_density(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = self._density(x)
        return float(value), np.asarray(gradient, dtype=np.float64)

    @cached_property
    def _plain_density(self) -> Density:
        return density_without_jacobian(self._model)

"""PyMC models with nutpie, the sampler that `pm.sample` takes by default."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit, Stopwatch, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.pymc_density import Density, density_without_jacobian, evaluated, set_data
from pplcompare.backends.pymc_model import pymc_data, pymc_environment, pymc_model, pymc_source
from pplcompare.backends.pymc_prediction import pymc_simulator
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import BackendUnavailable, CompilationError, SamplingError, UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import pymc as pm

_STATISTICS: Final = {
    "diverging": "diverging",
    "tree_depth": "depth",
    "n_steps": "n_steps",
    "acceptance_rate": "mean_tree_accept",
    "energy": "energy",
    "step_size": "step_size",
    "lp": "logp",
}
_PACKAGES: Final = ("nutpie", "pymc", "pytensor", "numba")
_MEND: Final = "pip install 'pplcompare[nutpie]'"


class NutpieBackend:
    """PyMC with nutpie."""

    name = "nutpie"

    def environment(self) -> Mapping[str, str]:
        return pymc_environment()

    def status(self) -> Status:
        try:
            import nutpie
            import pymc  # noqa: F401

            return Status({"nutpie": nutpie.__version__, **{name: version(name) for name in _PACKAGES[1:]}})
        except Exception as error:
            return Status({}, f"{type(error).__name__}: {error}", _MEND)

    def source(self, structure: Structure, inputs: Inputs) -> str:
        return pymc_source(structure, inputs)

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> NutpieProgram:
        try:
            import nutpie
        except ImportError as error:
            raise BackendUnavailable(f"cannot be imported: {error}", where=self.name, mend=_MEND) from error
        with Stopwatch() as build:
            model = pymc_model(structure, sizes)
        with Stopwatch() as compilation:
            try:
                compiled = nutpie.compile_pymc_model(model)
            except Exception as error:
                raise CompilationError(f"{type(error).__name__}: {error}", where=self.name) from error
        return NutpieProgram(structure, model, compiled, Timing(build=build.seconds, compile=compilation.seconds))


class NutpieProgram:
    """A compiled PyMC model; new data change values only."""

    simulator: ForwardSimulator

    def __init__(self, structure: Structure, model: pm.Model, compiled: Any, timing: Timing) -> None:
        self.timing = timing
        self.simulator = pymc_simulator(structure)
        self._structure, self._model, self._compiled = structure, model, compiled

    def source(self, inputs: Inputs) -> str:
        return pymc_source(self._structure, inputs)

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        compiled = self._with(inputs)
        evaluate = _c_function(compiled) if jacobian else self._plain_density
        return evaluated(evaluate, self._structure, inputs, points)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return {
            "draws": settings.draws,
            "tune": settings.warmup,
            "chains": settings.chains,
            "cores": settings.cores,
            "target_accept": settings.target_accept,
            "maxdepth": settings.max_tree_depth,
            "adaptation": "diag",
            "save_warmup": False,
            "progress_bar": False,
        }

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        self.simulator.prepare(inputs, settings, new_groups)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        import nutpie

        compiled, native = self._with(inputs), self.native_settings(settings)
        with Stopwatch() as run:
            try:
                # As Arrow tables: their conversion for ArviZ takes as long as a short run.
                trace = nutpie.sample(compiled, seed=seed, return_raw_trace=True, **native)
            except Exception as error:
                raise SamplingError(f"{type(error).__name__}: {error}", where="nutpie") from error
        with Stopwatch() as transfer:
            chains, found = trace.get_arrow_trace()
            draws = {v.name: _columns(chains, v.name, settings.draws) for v in self._structure.variables}
            statistics = {ours: _columns(found, theirs, settings.draws) for ours, theirs in _STATISTICS.items()}
        timing = Timing(self.timing.build, self.timing.compile, run.seconds, transfer=transfer.seconds)
        return Fit(draws, statistics, timing, seed, native)

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        what = "nutpie chooses its metric from the gradient where it starts, and takes no run without warm-up"
        raise UnsupportedModel(what, where="nutpie", mend="its draws are on trial in calibrate without --kernel")

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        return one_by_one(self, many_inputs, settings, seeds)

    def _with(self, inputs: Inputs) -> Any:
        data = pymc_data(self._structure, inputs)
        # The compiled density has values of its own; starting points are computed from the model's.
        set_data(self._model, data)
        return self._compiled.with_data(**data)

    @cached_property
    def _plain_density(self) -> Density:
        return density_without_jacobian(self._model)


def _columns(chains: Sequence[Any], name: str, draws: int) -> Array:
    """Return a column of each chain's table without the warm-up, which comes first: (chain, draw) or with a group."""
    return np.stack([_column(chain, name)[-draws:] for chain in chains])


def _column(table: Any, name: str) -> Array:
    import pyarrow as pa

    column = pa.array(table.column(name))
    if isinstance(column, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        return np.asarray(column.flatten()).reshape(len(column), -1)
    return np.asarray(column)


def _c_function(compiled: Any) -> Any:
    """Return x -> (log density, gradient) by the C function that nutpie calls."""
    double = ctypes.POINTER(ctypes.c_double)
    address = compiled.user_data.ctypes.data

    def evaluate(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        gradient, value = np.full_like(x, np.nan), np.full(1, np.nan)
        pointers = (array.ctypes.data_as(double) for array in (x, gradient, value))
        compiled.compiled_logp_func.ctypes(len(x), *pointers, address)
        return float(value[0]), gradient

    return evaluate

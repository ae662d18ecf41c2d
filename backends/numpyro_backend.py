"""NumPyro on the CPU in float64, with one jit around the whole of MCMC, so that a refit compiles nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from pplcompare.backends.cache import cache_folder
from pplcompare.backends.coordinates import unconstrained
from pplcompare.backends.fit import Draws, Fit, Stopwatch, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.numpyro_kernel import NumPyroKernel
from pplcompare.backends.numpyro_model import numpyro_model, numpyro_source, numpyro_values
from pplcompare.backends.numpyro_prediction import numpyro_simulator
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import BATCH, batches
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import BackendUnavailable, CompilationError, SamplingError, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

_STATISTICS: Final[Mapping[str, tuple[str, float]]] = {
    "diverging": ("diverging", 1.0),
    "n_steps": ("num_steps", 1.0),
    "acceptance_rate": ("accept_prob", 1.0),
    "energy": ("energy", 1.0),
    "step_size": ("adapt_state.step_size", 1.0),
    "lp": ("potential_energy", -1.0),
}
"""Our statistic -> NumPyro's field, and the factor between them."""

_MEND: Final = "pip install 'pplcompare[numpyro]'"


class NumPyroBackend:
    """NumPyro's NUTS."""

    name = "numpyro"

    def environment(self) -> Mapping[str, str]:
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        return {
            "JAX_ENABLE_X64": "1",
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": " ".join(filter(None, (os.environ.get("XLA_FLAGS"), flags))),
            "JAX_COMPILATION_CACHE_DIR": str(cache_folder() / "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }

    def status(self) -> Status:
        try:
            import jax
            import numpyro

            return Status({"numpyro": numpyro.__version__, "jax": jax.__version__, "jaxlib": version("jaxlib")})
        except Exception as error:
            return Status({}, f"{type(error).__name__}: {error}", _MEND)

    def source(self, structure: Structure, inputs: Inputs) -> str:
        return numpyro_source(structure, inputs)

    def native_model(
        self, structure: Structure, inputs: Inputs
    ) -> tuple[Callable[[Mapping[str, Any]], None], tuple[Mapping[str, Any]]]:
        """Return the model function and the tuple of its one argument: the values of all inputs and observations."""
        _require_float64()
        return numpyro_model(structure, inputs.sizes), (numpyro_values(inputs),)

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> NumPyroProgram:
        _require_float64()
        with Stopwatch() as build:
            model = numpyro_model(structure, sizes)
        return NumPyroProgram(structure, model, Timing(build=build.seconds))


def _require_float64() -> None:
    """Refuse to go on without NumPyro, or in 32 bits."""
    try:
        import jax
        import numpyro  # noqa: F401
    except ImportError as error:
        raise BackendUnavailable(f"cannot be imported: {error}", where=NumPyroBackend.name, mend=_MEND) from error
    if not jax.config.jax_enable_x64:
        raise BackendUnavailable(
            "JAX computes in 32 bits",
            where=NumPyroBackend.name,
            mend="set JAX_ENABLE_X64=1, or call jax.config.update('jax_enable_x64', True) before any array is made",
        )


class NumPyroProgram:
    """A NumPyro model; compiled once for each set of settings, whose loops have their lengths built in."""

    simulator: ForwardSimulator

    def __init__(self, structure: Structure, model: Callable[..., None], timing: Timing) -> None:
        self.timing = timing
        self._structure, self._model = structure, model
        self._samplers: dict[tuple[NUTSSettings, bool], tuple[Any, Timing]] = {}
        self._densities: dict[bool, Any] = {}
        self.simulator = numpyro_simulator(structure)
        self._kernel = NumPyroKernel(structure, model)

    def source(self, inputs: Inputs) -> str:
        return numpyro_source(self._structure, inputs)

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        import jax

        if jacobian not in self._densities:
            density = jax.value_and_grad(lambda u, values: _log_density(self._model, values, u, jacobian))
            self._densities[jacobian] = jax.jit(jax.vmap(density, in_axes=(0, None)))
        u = unconstrained(self._structure, inputs, points)
        value, gradient = self._densities[jacobian](u, numpyro_values(inputs))
        return LogDensity(np.asarray(value), {name: np.asarray(by) for name, by in gradient.items()})

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        if settings.cores != 1:
            raise UsageError("NumPyro runs its chains one after the other here", where="cores", seen=settings.cores)
        return {
            "num_warmup": settings.warmup,
            "num_samples": settings.draws,
            "num_chains": settings.chains,
            "chain_method": "sequential",
            "progress_bar": False,
            "target_accept_prob": settings.target_accept,
            "max_tree_depth": settings.max_tree_depth,
        }

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        import jax

        self._sampler(settings, (numpyro_values(inputs), jax.random.PRNGKey(0)), batch=False)
        self.simulator.prepare(inputs, settings, new_groups)

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        import jax

        arguments = numpyro_values(inputs), jax.random.PRNGKey(seed)
        (draws, statistics), timing = self._run(settings, arguments, batch=False)
        return Fit(draws, statistics, timing, seed, self.native_settings(settings))

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        import jax
        import jax.numpy as jnp

        native = self.native_settings(settings)
        for batch, its_seeds in batches(many_inputs, seeds):
            # Every batch has the same size: lanes of programs of different sizes differ in their last digits.
            padded = [*range(len(batch)), *[0] * (BATCH - len(batch))]
            values = [numpyro_values(batch[index]) for index in padded]
            stacked = {name: np.stack([value[name] for value in values]) for name in values[0]}
            keys = jnp.stack([jax.random.PRNGKey(its_seeds[index]) for index in padded])
            (draws, statistics), timing = self._run(settings, (stacked, keys), batch=True)
            share = timing.share(len(batch))
            for index, seed in enumerate(its_seeds):
                one = {name: value[index] for name, value in draws.items()}
                yield Fit(one, {name: value[index] for name, value in statistics.items()}, share, seed, native)

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        return self._kernel.transitions(many_inputs, points, kernel, count, seeds)

    def _run(
        self, settings: NUTSSettings, arguments: tuple[Any, ...], *, batch: bool
    ) -> tuple[tuple[dict[str, Any], dict[str, Any]], Timing]:
        import jax

        sampler, compiled = self._sampler(settings, arguments, batch=batch)
        with Stopwatch() as run:
            try:
                samples, found = jax.block_until_ready(sampler(*arguments))
            except Exception as error:
                raise SamplingError(f"{type(error).__name__}: {error}", where="numpyro") from error
        with Stopwatch() as transfer:
            draws = {v.name: np.asarray(samples[v.name], dtype=np.float64) for v in self._structure.variables}
            statistics = {
                ours: np.asarray(found[theirs]) * factor if factor != 1.0 else np.asarray(found[theirs])
                for ours, (theirs, factor) in _STATISTICS.items()
            }
        timing = Timing(compiled.build, compiled.compile, run.seconds, transfer=transfer.seconds)
        return (draws, statistics), timing

    def _sampler(self, settings: NUTSSettings, arguments: tuple[Any, ...], *, batch: bool) -> tuple[Any, Timing]:
        if (settings, batch) not in self._samplers:
            self._samplers[settings, batch] = self._compile(self.native_settings(settings), arguments, batch)
        return self._samplers[settings, batch]

    def _compile(self, native: Mapping[str, Any], arguments: tuple[Any, ...], batch: bool) -> tuple[Any, Timing]:
        import jax
        from numpyro.infer import MCMC, NUTS

        kernel_options = ("target_accept_prob", "max_tree_depth")
        fields = tuple(theirs for theirs, _ in _STATISTICS.values())

        def run(values: Mapping[str, Any], key: Any) -> tuple[Any, Any]:
            kernel = NUTS(self._model, **{name: native[name] for name in kernel_options})
            mcmc = MCMC(kernel, **{name: value for name, value in native.items() if name not in kernel_options})
            mcmc.run(key, values, extra_fields=fields)
            return mcmc.get_samples(group_by_chain=True), mcmc.get_extra_fields(group_by_chain=True)

        try:
            with Stopwatch() as trace:
                lowered = jax.jit(jax.vmap(run) if batch else run).lower(*arguments)
            with Stopwatch() as compilation:
                compiled = lowered.compile()
        except Exception as error:
            raise CompilationError(f"{type(error).__name__}: {error}", where="numpyro") from error
        build = trace.seconds if self.timing.build is None else self.timing.build + trace.seconds
        return compiled, Timing(build=build, compile=compilation.seconds)


def _log_density(model: Callable[..., None], values: Mapping[str, Any], u: Mapping[str, Any], jacobian: bool) -> Any:
    """Return NumPyro's own density at unconstrained points."""
    from numpyro.infer.util import constrain_fn, log_density, potential_energy

    if jacobian:
        return -potential_energy(model, (values,), {}, dict(u))
    return log_density(model, (values,), {}, constrain_fn(model, (values,), {}, dict(u)))[0]

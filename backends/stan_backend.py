"""Stan through cmdstanpy: the user's CmdStan where there is one, else the embedded Stan."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pplcompare.backends.coordinates import flattened, split
from pplcompare.backends.fit import Draws, Fit, Seconds, Stopwatch, Timing
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import LogDensity, Points, Status
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.backends.stan_kernel import StanKernel
from pplcompare.backends.stan_prediction import StanSimulator
from pplcompare.backends.stan_program import stan_data, stan_program, stan_source
from pplcompare.backends.stan_refits import StanRefits
from pplcompare.backends.stan_simulation import columns
from pplcompare.backends.stan_table import DIGITS, read_draws
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import Toolchain, locate
from pplcompare.backends.stan_toolchain.run_program import run_program, written_table
from pplcompare.models.errors import BackendUnavailable, SamplingError, UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    from cmdstanpy import CmdStanModel


class StanBackend:
    """Stan's NUTS with a diagonal metric."""

    name = "stan"

    def environment(self) -> Mapping[str, str]:
        return {}

    def status(self) -> Status:
        try:
            toolchain = locate()
        except BackendUnavailable as problem:
            return Status({}, problem.what, problem.mend)
        versions = {
            "stan": f"{toolchain.version} ({toolchain.origin})",
            "cmdstanpy": version("cmdstanpy"),
            "compiler": toolchain.compiler,
        }
        return Status(versions)

    def source(self, structure: Structure, inputs: Inputs) -> str:
        return stan_source(structure, inputs)

    def native_model(self, structure: Structure, inputs: Inputs) -> tuple[str, dict[str, object]]:
        """Return the program's text and its data; no library is needed.

        The density has all constants under every setting of ``propto``: the text is not the faster one that samples
        here, whose ``_lupmf`` mean different things to different tools.
        """
        return stan_program(structure), stan_data(structure, inputs)

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> StanProgram:
        toolchain = locate()
        if not toolchain.has_log_prob_table:
            # 2.29 is the first whose `lchoose` takes arrays.
            mend = "run install_cmdstan for a later one, or unset CMDSTAN if that names it"
            what = "this CmdStan is too old to compare log densities of many points, which needs 2.32 or later"
            raise UnsupportedModel(what, where=self.name, seen=toolchain.version, mend=mend)
        with Stopwatch() as build:
            program = stan_program(structure, constants_once=True)
        with Stopwatch() as compilation:
            path = executable(program, toolchain)
        return StanProgram(structure, toolchain, path, Timing(build=build.seconds, compile=compilation.seconds))


class StanProgram:
    """A Stan executable; it serves every data set of every size."""

    simulator: StanSimulator

    def __init__(self, structure: Structure, toolchain: Toolchain, path: Path, timing: Timing) -> None:
        from cmdstanpy import CmdStanModel
        from cmdstanpy.utils import get_logger

        # Rejected proposals are logged as "Non-fatal error"; divergences are counted from the draws.
        get_logger().setLevel(logging.ERROR)
        self.timing = timing
        self._structure, self._path = structure, path
        self.simulator = StanSimulator(structure, toolchain)
        # A CmdStan of the user's has a driver of its own.
        self._in_one_process = toolchain.origin == "embedded"
        self._model: CmdStanModel = CmdStanModel(exe_file=path)

    def source(self, inputs: Inputs) -> str:
        return stan_source(self._structure, inputs)

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        doing = "evaluate the log density"
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as folder:
            table, given, output = (Path(folder) / name for name in ("points.csv", "data.json", "output.csv"))
            rows = flattened(self._structure, points)
            np.savetxt(
                table,
                rows,
                f"%.{DIGITS}g",
                delimiter=",",
                header=",".join(columns(self._structure, inputs, "")),
                comments="",
            )
            given.write_text(json.dumps(stan_data(self._structure, inputs)), encoding="utf-8")
            # cmdstanpy's `log_prob` tells the code that the program ended with, not why.
            command = ["log_prob", f"constrained_params={table}", f"jacobian={int(jacobian)}", "data", f"file={given}"]
            run_program(self._path, [*command, "output", f"file={output}", f"sig_figs={DIGITS}"], doing)
            _, values = written_table(output, len(rows), doing)
        return LogDensity(values[:, 0], split(self._structure, inputs, values[:, 1:]))

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return {
            "chains": settings.chains,
            "parallel_chains": settings.cores,
            "iter_warmup": settings.warmup,
            "iter_sampling": settings.draws,
            "adapt_delta": settings.target_accept,
            "max_treedepth": settings.max_tree_depth,
            "metric": "diag_e",
            "sig_figs": DIGITS,
            "show_progress": False,
        }

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        self.simulator.prepare()

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        native = self.native_settings(settings)
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as folder:
            with Stopwatch() as run:
                try:
                    result = self._model.sample(
                        data=stan_data(self._structure, inputs), seed=seed, output_dir=folder, **native
                    )
                except (RuntimeError, ValueError) as error:
                    raise SamplingError(f"{type(error).__name__}: {error}", where="stan") from error
            with Stopwatch() as transfer:
                table = np.ascontiguousarray(np.swapaxes(result.draws(), 0, 1))
                draws, statistics = read_draws(self._structure, inputs, result.column_names, table)
            phases = _phases(result.time) if settings.cores == 1 else {}
        timing = Timing(self.timing.build, self.timing.compile, run.seconds, transfer=transfer.seconds, **phases)
        return Fit(draws, statistics, timing, seed, native)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        if not self._in_one_process or min(settings.chains, settings.cores) > 1:
            return one_by_one(self, many_inputs, settings, seeds)
        found = StanRefits(self._structure, self._path, self.timing)
        return found.sample_many(many_inputs, settings, seeds, self.native_settings(settings))

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        found = StanKernel(self._structure, self._path, in_one_process=self._in_one_process)
        return found.transitions(many_inputs, points, kernel, count, seeds)


def _phases(times: list[dict[str, float]]) -> dict[str, Seconds]:
    """Return the seconds of both phases of chains that ran one after the other."""
    return {phase: Seconds(sum(chain[phase] for chain in times)) for phase in ("warmup", "sampling")}

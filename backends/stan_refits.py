"""Many fits by one process of a Stan program: the draws of cmdstanpy's `sample`, which starts one for each chain."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from pplcompare.backends.fit import Fit, Seconds, Stopwatch, Timing
from pplcompare.backends.refits import batches
from pplcompare.backends.settings import NUTSSettings
from pplcompare.backends.stan_program import stan_data
from pplcompare.backends.stan_table import DIGITS, read_draws
from pplcompare.backends.stan_toolchain.many_runs import ManyRuns, Run
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

_ELAPSED: Final = re.compile(r"^#.* (\S+) seconds \((Warm-up|Sampling)\)$", re.M)
_PHASES: Final = {"Warm-up": "warmup", "Sampling": "sampling"}
# Characters at the end of a CSV file that hold the seconds.
_END: Final = 500


class StanRefits:
    """Fits of a program whose driver takes many calls at once."""

    def __init__(self, structure: Structure, program: Path, timing: Timing) -> None:
        self._structure, self._timing = structure, timing
        self._calls = ManyRuns(program, in_one_process=True, doing="sample", error=SamplingError)

    def sample_many(
        self,
        many_inputs: Iterable[Inputs],
        settings: NUTSSettings,
        seeds: Iterable[int],
        native: Mapping[str, object],
    ) -> Iterator[Fit]:
        """Do what `Program.sample_many` says; chains run one after the other.

        Parameters
        ----------
        native
            The arguments that cmdstanpy would take: the program gets what it makes of them.
        """
        for many, its_seeds in batches(many_inputs, seeds):
            yield from self._batch(many, settings, its_seeds, native)

    def _batch(
        self, many: Sequence[Inputs], settings: NUTSSettings, seeds: Sequence[int], native: Mapping[str, object]
    ) -> Iterator[Fit]:
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as name:
            folder = Path(name)
            with Stopwatch() as run:
                for index, inputs in enumerate(many):
                    text = json.dumps(stan_data(self._structure, inputs))
                    (folder / f"data_{index}.json").write_text(text, encoding="utf-8")
                chains = range(1, 1 + settings.chains)
                runs = [_run(index, chain, seed, settings) for index, seed in enumerate(seeds) for chain in chains]
                self._calls.run(runs, folder)
            phases = _phases([folder / call.output for call in runs]) if settings.cores == 1 else {}
            shared = Timing(self._timing.build, self._timing.compile, run.seconds, **phases).share(len(many))
            tables = self._calls.tables(runs, folder)
            for inputs, seed in zip(many, seeds, strict=True):
                with Stopwatch() as transfer:
                    of_chains = list(islice(tables, settings.chains))
                    table = np.stack([numbers for _, numbers in of_chains])
                    draws, statistics = read_draws(self._structure, inputs, of_chains[0][0], table)
                yield Fit(draws, statistics, replace(shared, transfer=transfer.seconds), seed, native)


def _run(index: int, chain: int, seed: int, settings: NUTSSettings) -> Run:
    """Return the call of one chain of a fit: what cmdstanpy makes of the same settings."""
    output = f"output_{index}_{chain}.csv"
    arguments = [
        *(f"id={chain}", "random", f"seed={seed}", "data", f"file=data_{index}.json"),
        *("output", f"file={output}", f"sig_figs={DIGITS}"),
        *("method=sample", f"num_samples={settings.draws}", f"num_warmup={settings.warmup}"),
        *("algorithm=hmc", "engine=nuts", f"max_depth={settings.max_tree_depth}", "metric=diag_e"),
        *("adapt", "engaged=1", f"delta={settings.target_accept}"),
    ]
    return Run(arguments, output, settings.draws)


def _phases(outputs: Sequence[Path]) -> dict[str, Seconds]:
    """Return the seconds of both phases of all chains."""
    told = [(phase, float(seconds)) for path in outputs for seconds, phase in _ELAPSED.findall(_end(path))]
    return {
        ours: Seconds(sum(seconds for phase, seconds in told if phase == theirs)) for theirs, ours in _PHASES.items()
    }


def _end(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(-min(_END, path.stat().st_size), os.SEEK_END)
        return file.read().decode(errors="replace")

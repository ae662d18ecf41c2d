"""Stan's NUTS started anywhere, with a step and a metric that stay as they are."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from pplcompare.backends.coordinates import flattened, split
from pplcompare.backends.fit import Draws
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import Points
from pplcompare.backends.stan_program import identifiers, stan_data
from pplcompare.backends.stan_table import DIGITS
from pplcompare.backends.stan_toolchain.many_runs import ManyRuns, Run
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

_DOING: Final = "move from a given point"
# Stan's way to its coordinates and back moves a point by a few roundings; NUTS moves it so little never.
_ROUNDINGS: Final = 1e-12


class StanKernel:
    """The kernel of a Stan executable: one short run of its sampler for each start."""

    def __init__(self, structure: Structure, program: Path, *, in_one_process: bool) -> None:
        self._structure = structure
        self._calls = ManyRuns(program, in_one_process, _DOING, SamplingError)

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        """Do what `Kernel.transitions` says."""
        starts = flattened(self._structure, points)
        metric = {name: np.asarray(of)[None] for name, of in kernel.metric.items()}
        variances = flattened(self._structure, metric)[0]
        names = identifiers(self._structure)
        runs = []
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as name:
            folder = Path(name)
            _write(folder / "metric.json", {"inv_metric": variances.tolist()})
            for index, (inputs, seed) in enumerate(zip(many_inputs, seeds, strict=True)):
                start = {names[key]: np.asarray(of)[index].tolist() for key, of in points.items()}
                _write(folder / f"init_{index}.json", start)
                _write(folder / f"data_{index}.json", stan_data(self._structure, inputs))
                runs.append(_run(index, seed, kernel, count))
            self._calls.run(runs, folder)
            moved = [table[:, -starts.shape[1] :] for _, table in self._calls.tables(runs, folder)]
        states = np.concatenate([starts[:, None], np.array(moved)], axis=1)
        stayed = np.all(np.abs(states - states[:, :1]) <= _ROUNDINGS * np.abs(states[:, :1]), axis=2, keepdims=True)
        return split(self._structure, many_inputs[0], np.where(stayed, states[:, :1], states))


def _run(index: int, seed: int, kernel: FrozenKernel, count: int) -> Run:
    """Return the call that starts at a point."""
    output = f"output_{index}.csv"
    arguments = [
        *("id=1", "random", f"seed={seed}", "data", f"file=data_{index}.json", f"init=init_{index}.json"),
        *("output", f"file={output}", f"sig_figs={DIGITS}"),
        *("method=sample", f"num_samples={count}", "num_warmup=0", "algorithm=hmc", "engine=nuts"),
        *(f"max_depth={kernel.max_tree_depth}", "metric=diag_e", "metric_file=metric.json"),
        *(f"stepsize={kernel.step_size!r}", "adapt", "engaged=0"),
    ]
    return Run(arguments, output, count)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")

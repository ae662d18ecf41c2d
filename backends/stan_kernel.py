"""Stan's NUTS started anywhere, with a step and a metric that stay as they are."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.coordinates import flattened, split
from pplcompare.backends.fit import Draws
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.backends.protocol import Points
from pplcompare.backends.stan_program import identifiers, stan_data
from pplcompare.backends.stan_simulation import columns
from pplcompare.backends.stan_toolchain.run_program import run_program, written_table
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

_DOING: Final = "move from a given point"
# Stan's way to its coordinates and back moves a point by a few roundings; NUTS moves it so little never.
_ROUNDINGS: Final = 1e-12
_DIGITS: Final = 17


class StanKernel:
    """The kernel of a Stan executable: one short process for each start."""

    def __init__(self, structure: Structure, program: Path) -> None:
        self._structure, self._program = structure, program

    def transitions(
        self, many_inputs: Sequence[Inputs], points: Points, kernel: FrozenKernel, count: int, seeds: Sequence[int]
    ) -> Draws:
        """Do what `Kernel.transitions` says."""
        starts = flattened(self._structure, points)
        metric = {name: np.asarray(of)[None] for name, of in kernel.metric.items()}
        variances = flattened(self._structure, metric)[0]
        states = np.empty((len(starts), 1 + count, starts.shape[1]))
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as name:
            folder = Path(name)
            _write(folder / "metric.json", {"inv_metric": variances.tolist()})
            for index, (inputs, seed) in enumerate(zip(many_inputs, seeds, strict=True)):
                start = {key: np.asarray(of)[index].tolist() for key, of in points.items()}
                names = identifiers(self._structure)
                _write(folder / "init.json", {names[key]: of for key, of in start.items()})
                _write(folder / "data.json", stan_data(self._structure, inputs))
                states[index, 0] = starts[index]
                states[index, 1:] = self._moved(folder, inputs, kernel, count, seed)
        stayed = np.all(np.abs(states - states[:, :1]) <= _ROUNDINGS * np.abs(states[:, :1]), axis=2, keepdims=True)
        return split(self._structure, many_inputs[0], np.where(stayed, states[:, :1], states))

    def _moved(self, folder: Path, inputs: Inputs, kernel: FrozenKernel, count: int, seed: int) -> NDArray[np.float64]:
        """Return the states after the start, (count, dimension)."""
        output = folder / "output.csv"
        command = [
            *("id=1", "random", f"seed={seed}", "data", f"file={folder / 'data.json'}"),
            *(f"init={folder / 'init.json'}", "output", f"file={output}", f"sig_figs={_DIGITS}"),
            *("method=sample", f"num_samples={count}", "num_warmup=0", "algorithm=hmc", "engine=nuts"),
            *(f"max_depth={kernel.max_tree_depth}", "metric=diag_e", f"metric_file={folder / 'metric.json'}"),
            *(f"stepsize={kernel.step_size!r}", "adapt", "engaged=0"),
        ]
        run_program(self._program, command, _DOING, SamplingError)
        names, values = written_table(output, count, _DOING, SamplingError)
        first = len(names) - len(columns(self._structure, inputs, ""))
        return values[:, first:]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")

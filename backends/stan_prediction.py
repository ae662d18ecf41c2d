"""Counts to come by Stan's generators, in a program of its own: the one that samples stays as fast as it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.backends.coordinates import flattened
from pplcompare.backends.fit import Draws, Fit
from pplcompare.backends.prediction import (
    can_simulate,
    flat_draws,
    float_draws,
    leading_shape,
    new_groups,
    new_name,
    next_campaign,
    on_plate,
    require_proper,
    stream_seed,
)
from pplcompare.backends.stan_program import stan_data
from pplcompare.backends.stan_simulation import FROM_PRIOR, OUT, columns, names_of, simulation_program
from pplcompare.backends.stan_table import DIGITS
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import Toolchain
from pplcompare.backends.stan_toolchain.run_program import run_program, written_table
from pplcompare.models.errors import SamplingError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class StanSimulator:
    """Simulates a structure forwards; compiled when first used."""

    def __init__(self, structure: Structure, toolchain: Toolchain) -> None:
        self._structure, self._toolchain = structure, toolchain

    def prepare(self) -> None:
        """Compile the program that simulates, where one can."""
        if can_simulate(self._structure):
            self._program()

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        require_proper(self._structure)
        method = ["method=sample", f"num_samples={draws}", "num_warmup=0", "algorithm=fixed_param"]
        found = self._run(inputs, None, method, draws, stream_seed(seed, "prior"))
        return float_draws({item.name: found[item.name] for item in self._structure.random}, (1, draws))

    def posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        structure, shape = self._structure, leading_shape(fit.draws)
        unseen = new_groups(structure, inputs, new_trials)
        table = flattened(structure, flat_draws(structure, fit.draws))
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as folder:
            path = Path(folder) / "draws.csv"
            head = f"# num_samples = {len(table)}\n" + ",".join(["lp__", *columns(structure, inputs, "")])
            rows = np.column_stack([np.zeros(len(table)), table])
            np.savetxt(path, rows, f"%.{DIGITS}g", delimiter=",", header=head, comments="")
            method = ["method=generate_quantities", f"fitted_params={path}"]
            campaign = next_campaign(inputs, trials)
            found = self._run(campaign, unseen, method, len(table), stream_seed(seed, "next"))
        names = [item.name for item in structure.observed]
        names += [new_name(name) for name in on_plate(structure) if unseen]
        return float_draws({name: found[name] for name in names}, shape)

    def _run(
        self, inputs: Inputs, unseen: Inputs | None, method: Sequence[str], rows: int, seed: int
    ) -> Mapping[str, NDArray[np.float64]]:
        names = names_of(self._structure)
        data = stan_data(self._structure, inputs)
        data |= {
            names[FROM_PRIOR]: int("method=sample" in method),
            names["size of new"]: len(unseen.groups) if unseen else 0,
        }
        counts = unseen.counts if unseen else {name: np.zeros(0, dtype=np.int64) for name in inputs.counts}
        data |= {names[new_name(name)]: values.tolist() for name, values in counts.items()}
        program = self._program()
        with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as folder:
            given, output = Path(folder) / "data.json", Path(folder) / "output.csv"
            given.write_text(json.dumps(data), encoding="utf-8")
            command = ["id=1", "random", f"seed={seed}", "data", f"file={given}"]
            command += ["output", f"file={output}", f"sig_figs={DIGITS}", *method]
            run_program(program, command, "simulate", SamplingError)
            header, table = written_table(output, rows, "simulate", SamplingError)
        return _by_name(self._structure, header, table)

    def _program(self) -> Path:
        return executable(simulation_program(self._structure), self._toolchain)


def _by_name(structure: Structure, header: Sequence[str], table: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return our name -> (draw, *plate) of everything that was generated."""
    names, places = names_of(structure), {column: index for index, column in enumerate(header)}
    found = {}
    for item in structure.random:
        for ours, theirs in (
            (item.name, names[item.name + OUT]),
            (new_name(item.name), names.get(new_name(item.name))),
        ):
            if item.plate is None and theirs in places:
                found[ours] = table[:, places[theirs]]
            elif item.plate is not None:
                chosen = [index for column, index in places.items() if column.rpartition(".")[0] == theirs]
                found[ours] = table[:, chosen]
    return found

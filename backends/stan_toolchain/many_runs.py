"""Many calls of a compiled Stan program: in one process where its driver is ours, else in one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.stan_toolchain.run_program import run_program, written_table
from pplcompare.models.errors import BackendError

_RUNS: Final = "runs.txt"


@dataclass(frozen=True, slots=True)
class Run:
    """One call.

    Attributes
    ----------
    arguments
        Words of CmdStan's command line; files are named within the folder of all calls, and no word holds a blank.
    output
        The CSV file that it writes.
    rows
        How many rows are expected there.
    """

    arguments: Sequence[str]
    output: str
    rows: int


type Tables = Iterator[tuple[list[str], NDArray[np.float64]]]
"""Of each call the columns' names and the numbers, (row, column); a file is read when its turn comes."""


@dataclass(frozen=True, slots=True)
class ManyRuns:
    """Calls of one program, whose files lie in one folder.

    Attributes
    ----------
    in_one_process
        Whether the program takes a file of command lines, ``runs=FILE``, which only the embedded driver does. A process
        costs 2 ms of CPU. What is written is the same either way: each call makes its model and random numbers anew.
    doing, error
        Those of `run_program`.
    """

    program: Path
    in_one_process: bool
    doing: str
    error: type[BackendError]

    def run(self, runs: Sequence[Run], folder: Path) -> None:
        """Carry out all calls in order.

        Raises
        ------
        BackendError
            What `run_program` raises of the first call that fails, which is told by its number.
        """
        if not self.in_one_process:
            for number, run in enumerate(runs):
                try:
                    run_program(self.program, run.arguments, self.doing, self.error, folder)
                except BackendError as failure:
                    raise _named(failure, number, runs) from failure
            return
        (folder / _RUNS).write_text("".join(f"{' '.join(run.arguments)}\n" for run in runs), encoding="utf-8")
        try:
            run_program(self.program, [f"runs={_RUNS}"], self.doing, self.error, folder)
        except BackendError as failure:
            raise _named(failure, self._finished(runs, folder), runs) from failure

    def tables(self, runs: Sequence[Run], folder: Path) -> Tables:
        """Yield what all calls have written.

        Raises
        ------
        BackendError
            What `written_table` raises of the first call that has not written what was expected.
        """
        for number, run in enumerate(runs):
            try:
                yield written_table(folder / run.output, run.rows, self.doing, self.error)
            except BackendError as failure:
                raise _named(failure, number, runs) from failure

    def _finished(self, runs: Sequence[Run], folder: Path) -> int:
        """Return how many calls had written all rows before one failed; a process that crashes does not tell."""
        for number, run in enumerate(runs):
            try:
                written_table(folder / run.output, run.rows, self.doing)
            except BackendError:
                return number
        return len(runs) - 1


def _named(failure: BackendError, number: int, runs: Sequence[Run]) -> BackendError:
    """Return the failure with the number of its call, from 1."""
    return type(failure)(f"call {1 + number} of {len(runs)}: {failure.what}", where=failure.where)

"""One call of a compiled Stan program, and the table that it writes."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import BackendError, EvaluationError

_TAIL: Final = 300
# Stan's own words where a statement of the program refuses a value; a tool that breaks has no such place to name.
_REFUSED: Final = re.compile(r"\(in '[^'\n]+', line \d+")


def run_program(
    program: Path,
    arguments: Sequence[str],
    doing: str,
    error: type[BackendError] = BackendError,
    folder: Path | None = None,
) -> None:
    """Run a compiled program to its end.

    Parameters
    ----------
    doing
        What it is asked for, a clause such as ``evaluate the log density``.
    error
        What is raised if it breaks.
    folder
        Where it runs, and files have no other path than their names; by default where this process is.

    Raises
    ------
    EvaluationError
        If a statement of the model refuses its values, which is told with the statement's line.
    BackendError
        Or `error`, if it cannot be started, crashes or returns another code than 0 for any other reason, such as a
        library that is not found.
    """
    try:
        done = subprocess.run(
            [str(program.absolute()), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=folder,
        )
    except OSError as fault:
        raise error(f"could not {doing}: its program cannot be started: {fault.strerror}", where="stan") from fault
    if done.returncode == 0:
        return
    printed = (done.stderr + done.stdout).decode(errors="replace").strip()
    words = f"could not {doing}: its program {_ended(done.returncode)}: {printed[-_TAIL:]}"
    raise (EvaluationError if _REFUSED.search(printed) else error)(words, where="stan")


def written_table(
    path: Path, rows: int, doing: str, error: type[BackendError] = BackendError
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the columns' names and the numbers, (row, column), of a Stan CSV file.

    Raises
    ------
    BackendError
        Or `error`, if there are not as many rows as `rows`, all of one length.
    """
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        if len(lines) != rows + 1:
            raise ValueError(f"{max(len(lines) - 1, 0)} rows were written, expected {rows}")
        return lines[0].split(","), np.loadtxt(lines[1:], delimiter=",", ndmin=2)
    except (OSError, ValueError) as fault:
        raise error(f"could not {doing}: {fault}", where="stan") from fault


def _ended(code: int) -> str:
    return f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"

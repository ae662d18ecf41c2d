"""A Stan program compiled for whoever samples it with cmdstanpy."""

from __future__ import annotations

from pathlib import Path

from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import locate


def stan_executable(program: str) -> Path:
    """Return the executable of a Stan program, for ``CmdStanModel(exe_file=...)``.

    It is compiled by a CmdStan of your own, or else by the embedded Stan, unless the cache has it; that takes about
    25 s, and as long again for the first program of all.

    Parameters
    ----------
    program
        The text, for example the first of what `Target.stan` returns.

    Raises
    ------
    BackendUnavailable
        If there is no Stan, or no C++ compiler.
    CompilationError
        If stanc or the C++ compiler refuses the program.
    StorageError
        If the cache or the temporary folder cannot be used.
    """
    return executable(program, locate())

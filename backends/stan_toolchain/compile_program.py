"""Compile one Stan file with cmdstanpy: ``python -m ... FILE``, in a process of its own.

cmdstanpy changes the folder, the environment and the log of the process in which it compiles; here nobody minds.
The Stan it uses is the one that ``CMDSTAN`` names.
"""

from __future__ import annotations

import sys


def main(stan_file: str) -> int:
    """Compile `stan_file` to an executable beside it; return 1, the compilers' words on stderr, where that fails."""
    import cmdstanpy

    with cmdstanpy.disable_logging():
        try:
            cmdstanpy.compile_stan_file(stan_file, force=True)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

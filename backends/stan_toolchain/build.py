"""Compiled Stan programs: each once, by content, complete or not there at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pplcompare.backends.cache import cached, content_key
from pplcompare.backends.stan_toolchain.embedded import DRIVERS
from pplcompare.backends.stan_toolchain.locate import Toolchain
from pplcompare.models.errors import CompilationError, StorageError

_TAIL: Final = 16
"""Lines of a compiler's output that an error keeps."""


def executable(program: str, toolchain: Toolchain) -> Path:
    """Return the executable of a Stan program, compiled (about 25 s) unless the cache has it.

    A cold driver is compiled beside it, on a second core.

    Raises
    ------
    CompilationError
        If stanc or the C++ compiler refuses it; the message ends with their last words, a note has them line by line.
    StorageError
        If the cache or the temporary folder cannot be used.
    """
    key = content_key(program, toolchain.identity)
    name = f"model_{key}"  # stanc makes a C++ name of it

    def build(folder: Path) -> None:
        with _plain_folder() as place:
            stan_file = place / f"{name}.stan"
            stan_file.write_text(program, encoding="utf-8")
            if toolchain.origin == "embedded":
                _compile_beside_driver(stan_file, toolchain)
                shutil.copy2(toolchain.home / "lib" / "libtbb.so.2", folder)
            module = "pplcompare.backends.stan_toolchain.compile_program"
            _run([sys.executable, "-P", "-m", module, str(stan_file)], toolchain)
            for file in (stan_file, place / name):
                shutil.copy2(file, folder)

    return cached("stan-program", key, build) / name


def prepare(toolchain: Toolchain) -> None:
    """Compile the driver of the embedded Stan (about 35 s) unless the cache has it; a CmdStan has its own.

    Raises
    ------
    CompilationError
        If the C++ compiler refuses it.
    """

    def build(folder: Path) -> None:
        with _plain_folder() as place:
            _make(place / "driver.o", toolchain)
            shutil.copy2(place / "driver.o", folder)

    if toolchain.origin == "embedded":
        cached(DRIVERS, toolchain.identity, build)


def _compile_beside_driver(stan_file: Path, toolchain: Toolchain) -> None:
    with ThreadPoolExecutor(max_workers=1) as second_core:
        driver = second_core.submit(prepare, toolchain)
        _make(stan_file.with_suffix(".o"), toolchain, f"STANCFLAGS+=--filename-in-msg={stan_file.name}")
        driver.result()  # cmdstanpy then finds both objects up to date, and links them


def _make(target: Path, toolchain: Toolchain, *settings: str) -> None:
    make = [os.environ.get("MAKE") or "make", "--silent", "--no-print-directory", "-C", str(toolchain.home)]
    _run([*make, *settings, str(target)], toolchain)


def _run(command: Sequence[str], toolchain: Toolchain) -> None:
    # Variables of a make above us would steer ours, and an empty CXX is not a compiler.
    kept = {name: value for name, value in os.environ.items() if value and name not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        command,
        env={**kept, "CMDSTAN": str(toolchain.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        tail = done.stdout.decode(errors="replace").rstrip().splitlines()[-_TAIL:]
        words = " / ".join(
            line.strip() for line in tail if line.strip()
        )  # errors are one line; the note keeps them all
        error = CompilationError(f"the program could not be compiled: {words}", where="stan")
        error.add_note("\n".join(tail))
        raise error


@contextmanager
def _plain_folder() -> Iterator[Path]:
    """Yield a temporary folder whose path make and the shell take literally; the cache may have any name."""
    with tempfile.TemporaryDirectory(prefix="pplcompare-stan-") as folder:
        if re.fullmatch(r"[\w./+-]+", folder, re.ASCII) is None:
            mend = "set TMPDIR to a folder with a plain name, such as /tmp"
            raise StorageError("make cannot work in this temporary folder", where=folder, mend=mend)
        yield Path(folder)

"""Which Stan there is: a CmdStan that the user has, else the embedded one. Looks, never compiles."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from pplcompare.backends.cache import content_key
from pplcompare.backends.stan_toolchain.embedded import assemble, embedded_identity, wheel
from pplcompare.models.errors import BackendUnavailable

_EXTRA: Final = "pip install 'pplcompare[stan]'"
_COMPILER_MEND: Final = (
    "xcode-select --install" if sys.platform == "darwin" else "apt-get install g++ make, or your system's equivalent"
)
_WHEEL_EXISTS: Final = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A Stan that can compile programs.

    Parameters
    ----------
    home
        The folder that cmdstanpy takes for a CmdStan.
    version
        The version of Stan, such as ``2.39.0``.
    origin
        ``user`` for a CmdStan that was there before us, ``embedded`` for the one of the httpstan wheel.
    compiler
        What the C++ compiler calls itself.
    identity
        A key of everything, beside its source, that a compiled program depends on.
    """

    home: Path
    version: str
    origin: Literal["user", "embedded"]
    compiler: str
    identity: str

    @property
    def has_log_prob(self) -> bool:
        """Whether its programs know ``log_prob`` (Stan 2.31 and later)."""
        return self._at_least(2, 31)

    @property
    def has_log_prob_table(self) -> bool:
        """Whether ``log_prob`` takes a CSV file of many constrained points (Stan 2.32 and later)."""
        return self._at_least(2, 32)

    def _at_least(self, major: int, minor: int) -> bool:
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2]) >= (major, minor)


def locate() -> Toolchain:
    """Return the Stan to use: the CmdStan that cmdstanpy itself would find, else the embedded one.

    Raises
    ------
    BackendUnavailable
        The first of `missing`.
    """
    if problems := missing():
        raise problems[0]
    home, compiler, machine = _user_home(), _compiler() or "", platform.machine()
    if home is not None:
        version = _user_version(home)
        local = home / "make" / "local"  # the user's own compiler flags
        flags = local.read_text(encoding="utf-8", errors="replace") if local.is_file() else ""
        identity = content_key("user", str(home), version, flags, compiler, machine)
        return Toolchain(home, version, "user", compiler, identity)
    package = wheel()
    assert package is not None  # or `missing` would have said so
    identity = embedded_identity(compiler, machine)
    home, version = assemble(package, identity)
    return Toolchain(home, version, "embedded", compiler, identity)


def missing() -> list[BackendUnavailable]:
    """Return what keeps Stan from working here, each with the command that mends it; empty when nothing does."""
    if find_spec("cmdstanpy") is None:
        return [BackendUnavailable("cmdstanpy is not installed", where="stan", mend=_EXTRA)]
    problems = []
    try:
        if _user_home() is None and wheel() is None:
            mend = _EXTRA if _WHEEL_EXISTS else "run install_cmdstan (it comes with cmdstanpy)"
            problems.append(BackendUnavailable("no CmdStan and no httpstan is installed", where="stan", mend=mend))
    except BackendUnavailable as problem:
        problems.append(problem)
    if _compiler() is None:
        command = os.environ.get("CXX") or "g++"
        mend = "set CXX to a C++ compiler, or unset it" if os.environ.get("CXX") else _COMPILER_MEND
        problems.append(BackendUnavailable("no C++ compiler", where="stan", seen=command, mend=mend))
    make = os.environ.get("MAKE") or "make"  # cmdstanpy reads the same variable
    if shutil.which(make) is None:
        problems.append(BackendUnavailable("no make", where="stan", seen=make, mend=_COMPILER_MEND))
    return problems


def _user_home() -> Path | None:
    named = os.environ.get("CMDSTAN")
    if not named and not Path("~/.cmdstan").expanduser().exists():
        return None  # nothing for cmdstanpy to find, and importing it takes seconds
    import cmdstanpy

    try:
        home = Path(cmdstanpy.cmdstan_path())
    except ValueError as error:
        if named:
            raise _bad_home(named) from error
        return None
    finally:
        if named is None:  # cmdstanpy has written what it found into our environment
            os.environ.pop("CMDSTAN", None)
    if (home / "bin" / "stanc").exists() and _user_version(home):
        return home
    if named:
        raise _bad_home(named)
    return None


def _bad_home(named: str) -> BackendUnavailable:
    mend = "unset CMDSTAN, or run install_cmdstan"
    return BackendUnavailable("CMDSTAN names no usable CmdStan", where="stan", seen=named, mend=mend)


def _user_version(home: Path) -> str:
    text = (home / "makefile").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^CMDSTAN_VERSION := (\d+\.\d+\S*)", text, re.M)
    return found[1] if found else ""


def _compiler() -> str | None:
    try:
        command = [*shlex.split(os.environ.get("CXX") or "g++"), "--version"]
        answer = subprocess.run(command, capture_output=True, check=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.decode(errors="replace").splitlines()
    return lines[0].strip() if lines else command[0]

"""The embedded Stan: a folder that cmdstanpy takes for a CmdStan, assembled from the httpstan wheel and our driver."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pplcompare.backends.cache import cached, content_key
from pplcompare.models.errors import BackendUnavailable

_HERE: Final = Path(__file__).resolve().parent
_SOURCES: Final = (
    "driver.cpp",
    "arguments.hpp",
    "files.hpp",
    "generate.hpp",
    "log_prob.hpp",
    "model_math.hpp",
    "makefile",
)

DRIVERS: Final = "stan-driver"
"""The kind of cache entry that holds a compiled driver; its key is the toolchain's identity."""


def wheel() -> Path | None:
    """Return the folder of the installed httpstan package, without importing it; None where it is not installed."""
    spec = find_spec("httpstan")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def embedded_identity(compiler: str, machine: str) -> str:
    """Return a key of everything a compiled program depends on: wheel, driver, flags, compiler and processor."""
    return content_key("embedded", version("httpstan"), compiler, machine, *map(_source, _SOURCES))


def assemble(wheel: Path, identity: str) -> tuple[Path, str]:
    """Return the assembled folder and the version of the Stan in it; nothing is compiled.

    The folder is keyed by the place of the wheel too, because it links to it: two environments share a driver and
    programs, never a link that dies with one of them.

    Raises
    ------
    BackendUnavailable
        If the wheel does not hold what is needed.
    """
    stan_version = _stan_version(wheel)

    def build(folder: Path) -> None:
        for name in _SOURCES:
            (folder / name).write_text(_source(name).replace("@STAN_VERSION@", stan_version), encoding="utf-8")
        (folder / "bin").mkdir()
        (folder / "lib").mkdir()
        for link, target in (("bin/stanc", "stanc"), ("include", "include"), ("lib/libtbb.so.2", "lib/libtbb.so.2")):
            (folder / link).symlink_to(wheel / target)
        (folder / "driver").symlink_to(Path("..", "..", DRIVERS, identity))

    return cached("stan", content_key(identity, str(wheel)), build), stan_version


def _source(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _stan_version(wheel: Path) -> str:
    header = wheel / "include" / "stan" / "version.hpp"
    text = header.read_text(encoding="utf-8") if header.is_file() else ""
    parts = [re.search(rf"^#define STAN_{part} (\d+)", text, re.M) for part in ("MAJOR", "MINOR", "PATCH")]
    numbers = [part[1] for part in parts if part is not None]
    if len(numbers) != len(parts):
        mend = "pip install --force-reinstall httpstan"
        raise BackendUnavailable("the httpstan package has no Stan headers", where=str(header), mend=mend)
    return ".".join(numbers)

"""The reports of the gallery: real runs, right and wrong on purpose, kept until the code changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Final

from filelock import FileLock
from pplcompare.validation.wrapped.mutants import CLOCK, FOR_CALIBRATIONS

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "build" / "gallery"
_SOURCES: Final = ("api", "models", "backends", "validation")
_AT_ONCE: Final = 2
_DONE: Final = "command"
_ABSENT: Final = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "PPLCOMPARE_REQUIRE", "PYTHONDONTWRITEBYTECODE")
_FAULT: Final = re.compile(r'<div class="fault">.*?</h3>\s*(.*?)<p class="small">', re.S)
_STAN: Final = ("run", "campaigns", "--backends", "stan", "--seed", "1")


@dataclass(frozen=True, slots=True)
class Example:
    """One report.

    Attributes
    ----------
    name
        That of its files.
    title
        What is wrong, as a kind of fault.
    arguments
        What follows `pplcompare` on the command line.
    mutant
        What is wrong on purpose; empty if nothing is.
    code
        The exit code that the command must have.
    """

    name: str
    title: str
    arguments: tuple[str, ...]
    mutant: str = ""
    code: int = 1

    @property
    def command(self) -> str:
        """The whole command."""
        what, data, *options = self.arguments
        broken = ("--mutant", self.mutant) if self.mutant else ()
        return shlex.join(["pplcompare", what, data, *broken, *options, "--out", self.name])

    @property
    def what(self) -> str:
        """What is wrong, in the words of the mutant."""
        return {**CLOCK, **FOR_CALIBRATIONS}[self.mutant].what


PASSED: Final = Example(
    "passed", "All that is right", ("run", "campaigns", "--model", "hierarchical", "--seed", "1"), code=0
)
FAILED: Final = (
    Example("model", "Another model", (*_STAN, "--model", "hierarchical"), "rate-20"),
    Example("coordinates", "Wrong coordinates", (*_STAN, "--model", "independent"), "no-jacobian-rate"),
    Example("groups", "Groups mixed up", (*_STAN, "--model", "independent"), "last-group-dropped"),
    Example("draws", "Wrong draws", (*_STAN, "--model", "independent"), "sd-0.95"),
    Example("chains", "Chains that differ", (*_STAN, "--model", "independent"), "chain-shifted"),
    Example("joint", "Right by themselves, wrong together", (*_STAN, "--model", "hierarchical"), "correlation-turned"),
    Example("numbers", "Too few digits", (*_STAN, "--model", "independent"), "float32"),
    Example("prediction", "Wrong predictions", (*_STAN, "--model", "independent"), "posterior-mean-plugged-in"),
    Example(
        "elsewhere",
        "Wrong on other data only",
        (
            *("calibrate", "campaigns", "--backends", "stan", "--model", "independent"),
            *("--replications", "500", "--seed", "1"),
        ),
        "wrong-where-none",
    ),
    Example(
        "clock",
        "A clock that cannot be believed",
        ("bench", "campaigns", "--backends", "stan", "--model", "independent", "--seed", "1"),
        "adds-up-chains",
        code=0,
    ),
)
EXAMPLES: Final = (PASSED, *FAILED)


def _digest() -> str:
    """Return what tells whether the reports are those of the code as it is."""
    found = hashlib.sha256()
    for path in [
        *(path for folder in _SOURCES for path in sorted((ROOT / folder).rglob("*")) if path.is_file()),
        ROOT / "uv.lock",
    ]:
        if "__pycache__" not in path.parts:
            found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _environment() -> dict[str, str]:
    """Return the environment of a run, in which the command has its short name and modules are compiled once.

    What a pipeline requires of its tests would bring every backend into each run.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _ABSENT}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"}


def _run(example: Example, folder: Path) -> None:
    target = folder / example.name
    if (target / _DONE).exists() and (target / _DONE).read_text(encoding="utf-8") == example.command:
        return
    shutil.rmtree(target, ignore_errors=True)
    result = subprocess.run(
        shlex.split(example.command), cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != example.code:
        raise RuntimeError(f"{example.command} ended with {result.returncode}.\n{result.stdout}{result.stderr}")
    (target / _DONE).write_text(example.command, encoding="utf-8")


@cache
def reports() -> Path:
    """Return the folder with the results of all examples, made now if the code has changed."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with FileLock(KEPT / "lock"):
        folder = KEPT / _digest()
        for old in KEPT.iterdir():
            if old.is_dir() and old != folder:
                shutil.rmtree(old)
        folder.mkdir(exist_ok=True)
        # What is right shows its speed, and runs alone among the examples.
        _run(PASSED, folder)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda example: _run(example, folder), FAILED))
    return folder


def said(example: Example) -> list[str]:
    """Return what the report of an example says is wrong, sentence by sentence."""
    results = reports() / example.name
    if example.mutant in CLOCK:
        document = json.loads((results / "results.json").read_text(encoding="utf-8"))
        found: Iterable[str] = (
            doubt for case in document["cases"] for entry in case["entries"] for doubt in entry["doubts"]
        )
        return [doubt[0].upper() + doubt[1:] for doubt in found]
    faults = _FAULT.search((results / "report.html").read_text(encoding="utf-8"))
    sentences = re.findall(r"<p>(.*?)</p>", faults[1], re.S) if faults is not None else []
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", sentence)).split()) for sentence in sentences]

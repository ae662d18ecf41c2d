"""What a backend promises before anything is compiled."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import requires
from typing import Final

from pplcompare.backends.kernel import Kernel
from pplcompare.backends.protocol import Backend, Program, Simulator, Status
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.testing.candidate import Candidate, LeftOut
from pplcompare.validation.testing.promise import Promise, kept_unless

_IMPORTED: Final = """
import sys
import pplcompare.validation.testing.sampler_backend
before = set(sys.modules)
import {module}
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}})
"""


def name(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at its name."""
    found: object = candidate.backend.name
    right = isinstance(found, str) and bool(found) and found.isprintable()
    return kept_unless([] if right else [f"its name is {found!r}, expected text"])


def environment(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the variables that must be set before its library is imported."""
    found: object = candidate.backend.environment()
    if not isinstance(found, Mapping):
        return kept_unless([f"it is {type(found).__name__}, expected a mapping"])
    return kept_unless(
        f"{variable!r}: {value!r} is not text to text"
        for variable, value in found.items()
        if not (isinstance(variable, str) and isinstance(value, str))
    )


def light_import(candidate: Candidate) -> tuple[Outcome, str]:
    """Import its module in a process of its own, and look at what came with it."""
    module = type(candidate.backend).__module__
    if module == "__main__":
        raise LeftOut("it stands in a program, not in a module")
    libraries = _libraries(module, tuple(sys.path))
    return kept_unless([f"{module} imports {', '.join(libraries)}; import where it is used"] if libraries else [])


@cache
def _libraries(module: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is imported with a module, besides the standard library, ours, and what ours needs."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    command = [sys.executable, "-c", _IMPORTED.format(module=module)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LeftOut(f"{module} cannot be imported by another process")
    ours = {"pplcompare", *_core(), module.partition(".")[0], *sys.stdlib_module_names}
    return tuple(sorted(set(done.stdout.splitlines()[-1].split()) - ours)) if done.stdout.strip() else ()


def _core() -> Iterator[str]:
    """Yield the names of the libraries that our own package needs, whatever the backend."""
    for requirement in requires("pplcompare") or ():
        if "extra ==" not in requirement:
            yield re.split(r"[<>=!~;\[ ]", requirement)[0].replace("-", "_")


def differences(found: object, contract: type) -> Iterator[str]:
    """Yield which methods of a protocol an object lacks, or which take other arguments.

    Parameters
    ----------
    found
        What should have the methods.
    contract
        The protocol; more parameters than it has are nobody's business if they have defaults.
    """
    for method, expected in vars(contract).items():
        if not inspect.isfunction(expected) or method.startswith("_"):
            continue
        own = getattr(found, method, None)
        if not callable(own):
            yield f"{method} is missing"
            continue
        wanted = [*inspect.signature(expected).parameters.values()][1:]
        seen = [*inspect.signature(own).parameters.values()]
        alike = [(one.name, one.kind) for one in wanted] == [(one.name, one.kind) for one in seen[: len(wanted)]]
        more = [one for one in seen[len(wanted) :] if one.default is one.empty and one.kind not in _ANY]
        if not alike or more:
            yield f"{method}({', '.join(map(str, seen))}) takes other arguments than {', '.join(map(str, wanted))}"


_ANY: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def methods(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the methods of the backend."""
    return kept_unless(differences(candidate.backend, Backend))


def status(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at its status."""
    found: object = candidate.status
    if not isinstance(found, Status):
        return kept_unless([f"it is {type(found).__name__}, expected Status"])
    words = [*found.versions.items(), (found.problem, found.mend)]
    if not all(isinstance(word, str) for pair in words for word in pair):
        return kept_unless(["versions, problem and mend are not all text"])
    if found.problem:
        return kept_unless([] if found.mend else [f"nothing mends what is missing: {found.problem}"])
    return kept_unless([] if found.versions else ["no version is told"])


def program_methods(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the methods of its program, of the simulator if there is one, and of the kernel if it is one."""
    program: object = candidate.program
    missing = [f"{name} is missing" for name in ("timing", "simulator") if not hasattr(program, name)]
    simulator = getattr(program, "simulator", None)
    of_simulator = [] if simulator is None else [*differences(simulator, Simulator)]
    of_kernel = [*differences(program, Kernel)] if hasattr(program, "transitions") else []
    return kept_unless([*missing, *differences(program, Program), *of_simulator, *of_kernel])


DECLARED: Final = (
    Promise("name", "Its name is text that prints.", name),
    Promise("environment", "Its environment is a mapping of text to text.", environment),
    Promise("light import", "Its module imports no library.", light_import, optional=True),
    Promise("methods", "It has the methods of the protocol.", methods),
    Promise("status", "Its status says what is there or missing.", status, after=("methods",)),
)
"""What is looked at before anything is compiled."""

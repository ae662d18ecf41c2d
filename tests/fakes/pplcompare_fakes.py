"""Backends of a third party, most of which misbehave, registered as any would: put this folder on PYTHONPATH."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from pplcompare.backends.fit import Fit, Timing
from pplcompare.backends.protocol import LogDensity, Points, Simulator, Status
from pplcompare.backends.refits import one_by_one
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.density import reference_density
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram


class Fake:
    """Has the right density; `sample` misbehaves."""

    name = "fake"

    def environment(self) -> Mapping[str, str]:
        return {}

    def status(self) -> Status:
        return Status({"fake": "1.0"})

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> FakeProgram:
        return FakeProgram(self, structure)

    def misbehave(self) -> None:
        raise NotImplementedError


class FakeProgram:
    timing = Timing()
    simulator: Simulator | None = None

    def __init__(self, backend: Fake, structure: Structure) -> None:
        self.backend, self.structure = backend, structure

    def source(self, inputs: Inputs) -> str:
        return ""

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        found = reference_density(self.structure, inputs, points, jacobian=jacobian)
        return LogDensity(found.value, found.gradient)

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        return {}

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        pass

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        self.backend.misbehave()
        return Fit({"rate": np.zeros((1, 1))}, {}, Timing(), seed)

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        return one_by_one(self, many_inputs, settings, seeds)


class Crash(Fake):
    def misbehave(self) -> None:
        print("last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGSEGV)


class Flaky(Fake):
    """Crashes as long as there are files in the folder that it is told, one of which it takes away each time."""

    def misbehave(self) -> None:
        for token in Path(os.environ["PPLCOMPARE_FAKE_CRASHES"]).iterdir():
            with suppress(FileNotFoundError):  # another process was faster
                token.unlink()
                os.kill(os.getpid(), signal.SIGSEGV)


class Hang(Fake):
    def misbehave(self) -> None:
        time.sleep(600)


class Hungry(Fake):
    def misbehave(self) -> None:
        kept = []
        for _ in range(200):
            kept.append(np.ones(2**22))
            time.sleep(0.01)
        time.sleep(600)


class Greedy(Fake):
    def misbehave(self) -> None:
        np.ones(2**58)


class Parent(Fake):
    """Starts a child, then keeps the interpreter's lock in C code, where no Python thread or handler runs."""

    def misbehave(self) -> None:
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]):
            ctypes.PyDLL(None).sleep(600)


class Daemon(Fake):
    """Starts a child that leaves the session, whose own parent ends at once."""

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> FakeProgram:
        return DaemonProgram(self, structure)


class DaemonProgram(FakeProgram):
    def source(self, inputs: Inputs) -> str:
        code = (
            "import os, time; os.setsid(); os.fork() and os._exit(0); print(os.getpid(), flush=True); time.sleep(600)"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            return child.stdout.readline()


class Chatty(Fake):
    def misbehave(self) -> None:
        print("libraries print to standard output", flush=True)
        os.write(1, b"and their C++ parts do, too\n")


class Honest(ExactBackend):
    """A backend that does what it should."""

    name = "honest"


class Waits(Honest):
    """Does what it should, but not as long as a file is there."""

    name = "waits"

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        return WaitsProgram(structure)


class WaitsProgram(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        while Path(os.environ["PPLCOMPARE_FAKE_WAITS"]).exists():
            time.sleep(0.05)
        return super().sample(inputs, settings, seed)


class Lingers(Honest):
    """Starts a child that leaves the session, and files in the temporary folder, and takes its time."""

    name = "lingers"

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        return LingersProgram(structure)


class LingersProgram(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        tempfile.mkdtemp()
        code = "import os, time; os.setsid(); os.fork() and os._exit(0); time.sleep(600)"
        subprocess.run([sys.executable, "-c", code], check=True)
        time.sleep(0.3)
        return super().sample(inputs, settings, seed)


class Absent(Fake):
    def status(self) -> Status:
        return Status({}, "no such library", "pip install it")

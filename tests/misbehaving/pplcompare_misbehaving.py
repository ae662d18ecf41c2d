"""Backends of a third party that are right but for one thing, each another: put this folder on PYTHONPATH."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn

import numpy as np
from pplcompare.backends.fit import Fit, Seconds, Timing
from pplcompare.backends.protocol import Simulator
from pplcompare.models.errors import StorageError, UnsupportedModel, UsageError
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram

STARTED_WITH: Final = os.environ.get("PPLCOMPARE_MISBEHAVING")

print("printed while the module is imported", flush=True)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def leave(code: int) -> Callable[[Any], NoReturn]:
    return lambda _: os._exit(code)


def fail(error: BaseException) -> Callable[[Any], NoReturn]:
    def misbehave(_: Any) -> NoReturn:
        raise error

    return misbehave


def send(number: int) -> Callable[[Any], Any]:
    def misbehave(result: Any) -> Any:
        os.kill(os.getpid(), number)
        return result

    return misbehave


def hang(_: Any) -> None:
    time.sleep(600)


def freeze(_: Any) -> None:
    """Keep the interpreter's lock in C code, where nothing beats."""
    ctypes.PyDLL(None).sleep(600)


def close_everything(_: Any) -> None:
    os.closerange(3, 4096)
    time.sleep(600)


def busy(result: Any) -> Any:
    """Work in C code with the interpreter's lock held: nothing beats, and yet it lives."""
    sum(range(10**8))
    return result


def returns(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def drawn(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def misbehave(found: Any) -> Any:
        if isinstance(found, Fit):
            return replace(found, draws={name: change(values) for name, values in found.draws.items()})
        return {name: change(values) for name, values in found.items()}

    return misbehave


def told(name: str, change: Callable[[np.ndarray[Any, Any]], Any]) -> Callable[[Fit], Fit]:
    """Return what adds a statistic, made of one that would be right."""
    return lambda fit: replace(fit, statistics={name: change(np.zeros(fit.draws["rate"].shape[:2]))})


def seconds(wall: Any) -> Callable[[Fit], Fit]:
    return lambda fit: replace(fit, timing=Timing(run=Seconds(wall)))


def message(raw: bytes) -> Callable[[Any], Any]:
    """Return what makes the worker's next answers these bytes."""

    def misbehave(result: Any) -> Any:
        sys.modules["__main__"].encode = lambda _: raw  # type: ignore[attr-defined]
        return result

    return misbehave


def framed(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack("!QQ", len(text), len(body)) + text + body


def earlier(program: Any) -> Any:
    """Make of a program one as they once were: it simulates itself."""
    program.simulate_prior, program.simulate_posterior = program.simulator.prior, program.simulator.posterior
    del program.simulator
    return program


def bomb() -> bytes:
    """Return an npz of a kilobyte that unpacks to a gigabyte."""
    file = io.BytesIO()
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2**17,)})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as stored:
        stored.writestr("a0.npy", head.getvalue() + bytes(2**20))
    return framed(b'{"answer": {"__array__": "a0"}}', file.getvalue())


def liar() -> bytes:
    """Return an npz whose array says that it has a petabyte."""
    file, head = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2**47,)})
    with zipfile.ZipFile(file, "w") as stored:
        stored.writestr("a0.npy", head.getvalue())
    return framed(b'{"answer": {"__array__": "a0"}}', file.getvalue())


type Kind = tuple[str, Callable[[Any], Any], str]
"""The step, what is made of its result, and the verdict that fits."""

VALUES: Final[Mapping[str, Kind]] = {
    "draws-complex": ("sample", drawn(lambda x: x + 0j), "incomplete"),
    "draws-text": ("sample", drawn(lambda x: x.astype(str)), "incomplete"),
    "draws-list": ("sample", drawn(lambda x: x.tolist()), "incomplete"),
    "draws-objects": ("sample", drawn(lambda x: x.astype(object)), "incomplete"),
    "draws-32-bits": ("sample", drawn(lambda x: x.astype(np.float32)), "incomplete"),
    "statistics-short": ("sample", told("energy", lambda x: x[:, 1:]), "incomplete"),
    "statistics-nan": ("sample", told("diverging", lambda x: x + np.nan), "incomplete"),
    "statistics-halves": ("sample", told("n_steps", lambda x: x + 0.5), "incomplete"),
    "statistics-of-its-own": ("sample", told("luck", lambda x: x), "incomplete"),
    "seconds-nan": ("sample", seconds(float("nan")), "incomplete"),
    "seconds-negative": ("sample", seconds(-1.0), "incomplete"),
    "seconds-text": ("sample", seconds("1"), "incomplete"),
    "native-objects": ("sample", lambda fit: replace(fit, native={"a": object()}), "incomplete"),
    "returns-nothing": ("sample", returns(None), "incomplete"),
    "raises-unspeakable": ("sample", fail(Unspeakable()), "incomplete"),
    "raises-interrupt": ("sample", fail(KeyboardInterrupt()), "incomplete"),
    "raises-usage": ("sample", fail(UsageError("is wrong", where="--seed")), "incomplete"),
    "raises-storage": ("sample", fail(StorageError("is full")), "incomplete"),
    "exits-in-sample": ("sample", fail(SystemExit(0)), "incomplete"),
}
"""What one and the same worker can do again and again."""

KINDS: Final[Mapping[str, Kind]] = {
    **VALUES,
    "needs-its-environment": ("environment", returns({"PPLCOMPARE_MISBEHAVING": "1"}), "passed"),
    "at-work": ("sample", busy, "passed"),
    "prints": ("sample", lambda fit: print("printed", flush=True) or fit, "passed"),
    "exits-in-module": ("module", returns(None), "unavailable"),
    "exits-in-constructor": ("constructor", fail(SystemExit(0)), "unavailable"),
    "raises-in-constructor": ("constructor", fail(RuntimeError("no licence")), "unavailable"),
    "leaves-in-constructor": ("constructor", leave(0), "incomplete"),
    "hangs-in-constructor": ("constructor", hang, "incomplete"),
    "exits-in-environment": ("environment", fail(SystemExit("no licence")), "unavailable"),
    "environment-of-numbers": ("environment", returns({"A": 1}), "unavailable"),
    "exits-in-status": ("status", fail(SystemExit(0)), "incomplete"),
    "status-nothing": ("status", returns(None), "incomplete"),
    "compiles-nothing": ("compile", returns(None), "incomplete"),
    "density-complex": ("density", lambda d: replace(d, value=d.value + 0j), "incomplete"),
    "density-nan": ("density", lambda d: replace(d, value=d.value + np.nan), "failed"),
    "density-crashes": ("density", leave(127), "incomplete"),
    "draws-nan": ("sample", drawn(lambda x: x + np.nan), "failed"),
    "draws-of-another-shape": ("sample", drawn(lambda x: x[:, 1:]), "failed"),
    "leaves-with-0": ("sample", leave(0), "incomplete"),
    "crashes": ("sample", send(signal.SIGSEGV), "incomplete"),
    "hangs": ("sample", hang, "incomplete"),
    "stopped": ("sample", send(signal.SIGSTOP), "incomplete"),
    "freezes": ("sample", freeze, "incomplete"),
    "closes-everything": ("sample", close_everything, "incomplete"),
    "length-of-garbage": ("compile", message(b"Hello, this is a library speaking"), "incomplete"),
    "no-json": ("compile", message(framed(b"{")), "incomplete"),
    "no-object": ("compile", message(framed(b"[1]")), "incomplete"),
    "no-npz": ("compile", message(framed(b'{"answer": {"__array__": "a0"}}', b"PK")), "incomplete"),
    "npz-bomb": ("compile", message(bomb()), "incomplete"),
    "npz-liar": ("compile", message(liar()), "incomplete"),
    "nested": ("compile", message(framed(b"[" * 100_000)), "incomplete"),
    "earlier-protocol": ("compile", earlier, "incomplete"),
    "no-simulator": ("simulator", returns(None), "passed"),
    "cannot-predict": ("predict", fail(UnsupportedModel("cannot simulate")), "passed"),
    "predicts-text": ("predict", drawn(lambda x: x.astype(str)), "incomplete"),
    "crashes-in-prediction": ("predict", send(signal.SIGSEGV), "incomplete"),
}


class Misbehaving(ExactBackend):
    """Is right but for its kind."""

    kind = ""

    def __init__(self) -> None:
        self.at("constructor", None)

    def at(self, step: str, result: Any) -> Any:
        where, change, _ = KINDS[self.kind]
        return change(result) if where == step else result

    def environment(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.at("environment", {})
        return found

    def status(self) -> Any:
        return self.at("status", super().status())

    def compile(self, structure: Any, sizes: Any) -> Any:
        if "PPLCOMPARE_MISBEHAVING" in os.environ and not STARTED_WITH:
            raise RuntimeError("the environment came too late")
        program = MisbehavingProgram(structure)
        program.at = self.at
        program.simulator = self.at("simulator", MisbehavingSimulator(program.simulator, self.at))
        return self.at("compile", program)


class MisbehavingProgram(ExactProgram):
    at: Callable[[str, Any], Any]
    simulator: Any

    def log_density(self, inputs: Any, points: Any, *, jacobian: bool) -> Any:
        return self.at("density", super().log_density(inputs, points, jacobian=jacobian))

    def sample(self, inputs: Any, settings: Any, seed: int) -> Any:
        return self.at("sample", super().sample(inputs, settings, seed))


class MisbehavingSimulator:
    def __init__(self, right: Simulator, at: Callable[[str, Any], Any]) -> None:
        self.prior, self._right, self._at = right.prior, right, at

    def posterior(self, *arguments: Any, **options: Any) -> Any:
        return self._at("predict", self._right.posterior(*arguments, **options))


class ByTurns(Misbehaving):
    """Misbehaves in sampling as the seed says."""

    kind = "draws-complex"

    def compile(self, structure: Any, sizes: Any) -> Any:
        return TurnsProgram(structure)


class TurnsProgram(ExactProgram):
    def sample(self, inputs: Any, settings: Any, seed: int) -> Any:
        found = super().sample(inputs, settings, seed)
        return [*VALUES.values()][seed][1](found) if seed < len(VALUES) else found


def __getattr__(name: str) -> type[Misbehaving]:
    """Return the class of a kind, called as the kind with underscores."""
    kind = name.replace("_", "-")
    if kind not in KINDS:
        raise AttributeError(name)
    return type(name, (Misbehaving,), {"kind": kind})

"""What a sampler returns: draws by name, statistics under one set of names, and the time each phase took."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

type Draws = Mapping[str, NDArray[np.float64]]
"""Variable name -> float64 array (chain, draw, *plate)."""

STATISTICS: Final = ("diverging", "tree_depth", "n_steps", "acceptance_rate", "energy", "step_size", "lp")
"""The names under which every backend reports what its sampler did; what a backend lacks is absent."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall time, and CPU time of this process and its children where it is known."""

    wall: float
    cpu: float | None = None

    def __add__(self, other: Seconds) -> Seconds:
        cpu = None if self.cpu is None or other.cpu is None else self.cpu + other.cpu
        return Seconds(self.wall + other.wall, cpu)

    def __truediv__(self, parts: int) -> Seconds:
        return Seconds(self.wall / parts, None if self.cpu is None else self.cpu / parts)


class Stopwatch:
    """Measures a ``with`` block; `seconds` is set at its end."""

    seconds: Seconds

    def __enter__(self) -> Stopwatch:
        self._start = time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = Seconds(time.perf_counter() - self._start[0], _cpu() - self._start[1])


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds by phase; `None` where the library does not tell, never a guess.

    Attributes
    ----------
    build
        From the specification to the library's own model.
    compile
        From there to machine code.
    run
        Warm-up and sampling together, all chains, as the clock on the wall sees it.
    warmup, sampling
        The two parts of `run`.
    transfer
        From the library's result to float64 arrays by name.
    """

    build: Seconds | None = None
    compile: Seconds | None = None
    run: Seconds | None = None
    warmup: Seconds | None = None
    sampling: Seconds | None = None
    transfer: Seconds | None = None

    def share(self, fits: int) -> Timing:
        """Return the timing of one fit of a batch.

        Run, warm-up, sampling and transfer are divided by `fits`; build and compile are not.
        """
        phases = {phase: getattr(self, phase) for phase in ("run", "warmup", "sampling", "transfer")}
        return replace(self, **{phase: s and s / fits for phase, s in phases.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The result of one NUTS run.

    Attributes
    ----------
    draws
        name -> float64 (chain, draw, *plate), constrained, after warm-up.
    statistics
        name in `STATISTICS` -> (chain, draw).
    timing
        Seconds of this run; `build` and `compile` are those of the program.
    seed
        As given.
    native
        Exactly what was passed to the library.
    attempts
        How many times the run was started until a process finished it, each time with this seed.
    """

    draws: Draws
    statistics: Mapping[str, NDArray[Any]]
    timing: Timing
    seed: int
    native: Mapping[str, object] = field(default_factory=dict)
    attempts: int = 1

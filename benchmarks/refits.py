"""Seconds per refit of one program on new data, and how often anything was compiled on the way.

    uv run python benchmarks/refits.py [--fits 100] [--backends nutpie,numpyro,pymc,stan]

Ten groups, the hierarchical model, data simulated from the prior, one chain of 500 + 500. Each backend runs in a
process of its own. A first batch warms up; then the others are timed, all of them, and compilations counted: events of
JAX and Numba, and processes of `make`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pplcompare.backends.refits import BATCH
from pplcompare.backends.registry import load_backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.inputs import Inputs
from pplcompare.models.simulation import simulate

GROUPS = [f"group {index}" for index in range(10)]
TRIALS = [5, 10, 20, 30, 40, 50, 60, 80, 100, 200]
MODEL = hierarchical()


def simulated(fits: int) -> list[Inputs]:
    """Return the inputs of `fits` data sets drawn from the prior."""
    blank = MODEL.bind(Counts(GROUPS, TRIALS, [0] * len(GROUPS)))
    drawn = simulate(MODEL.structure, blank, np.random.default_rng(1), fits)["successes"]
    return [MODEL.bind(Counts(GROUPS, TRIALS, successes)) for successes in drawn]


def counter() -> Callable[[], int]:
    """Return a function that tells how often something was compiled since."""
    compiled: list[str] = []
    if "jax" in sys.modules:
        import jax

        def jax_event(event: str, _seconds: float, **_: Any) -> None:
            if event.endswith("backend_compile_duration"):
                compiled.append(event)

        jax.monitoring.register_event_duration_secs_listener(jax_event)
    if "numba" in sys.modules:
        from numba.core import event

        class Listener(event.Listener):  # type: ignore[misc]
            def on_start(self, happened: Any) -> None:
                compiled.append(happened.kind)

            def on_end(self, happened: Any) -> None:
                pass

        event.register("numba:compile", Listener())
    sys.addaudithook(lambda name, given: compiled.append("make") if is_make(name, given) else None)
    return lambda: len(compiled)


def is_make(name: str, given: tuple[Any, ...]) -> bool:
    """Say whether an audit event is the start of a build."""
    return name == "subprocess.Popen" and "make" in str(given[0])


def measure(name: str, fits: int) -> None:
    """Print one row."""
    backend, settings = load_backend(name), NUTSSettings(chains=1, warmup=500, draws=500)
    data = simulated(fits + BATCH)
    program = backend.compile(MODEL.structure, data[0].sizes)
    start = time.perf_counter()
    list(program.sample_many(data[:BATCH], settings, range(BATCH)))
    first = time.perf_counter() - start
    compilations = counter()
    start = time.perf_counter()
    done = sum(1 for _ in program.sample_many(data[BATCH:], settings, range(BATCH, BATCH + fits)))
    seconds = time.perf_counter() - start
    print(f"{name:10}{done:6}{first:14.2f}{seconds / done:16.4f}{compilations():14}", flush=True)


def main() -> None:
    """Measure each backend in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--backends", default="nutpie,numpyro,pymc,stan")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.here, options.fits)
        return
    print(f"{'backend':10}{'fits':>6}{'first batch s':>14}{'s per refit':>16}{'compilations':>14}", flush=True)
    for name in options.backends.split(","):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **load_backend(name).environment()}
        subprocess.run(
            [sys.executable, __file__, "--here", name, "--fits", str(options.fits)], env=environment, check=True
        )


if __name__ == "__main__":
    main()

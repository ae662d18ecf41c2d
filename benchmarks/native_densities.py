"""CPU microseconds of one value and gradient of a target, in the forms that other people's samplers call.

    uv run python benchmarks/native_densities.py [--data rats] [--repetitions 41]

Of the hierarchical model: `target.jax()`; NumPyro's potential of `target.numpyro()`; the function that nutpie compiles
of `target.pymc()`, by its C pointer; and `target.log_density` with `target.gradient`, in NumPy. JAX's two under
`jax.value_and_grad`: once called from Python, which takes far longer than the density, once as one of 1,000 steps of a
compiled loop, each from where the last gradient led, as a sampler written in JAX calls it.

In one process with one thread, each computes in turn for at least 20 ms of CPU time, which other work on the machine
disturbs least, in an order that turns, too. What is printed is the median of microseconds, with an interval from order
statistics that holds it with at least 95 %, and the same of ratios to `target.jax()` in the same round: in a loop to
that in a loop.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from pplcompare.backends.coordinates import split
from pplcompare.backends.registry import load_backend
from pplcompare.validation.bench.median_interval import MedianInterval, median_interval, ratio_interval
from pplcompare.validation.target.target import Target, target

LEAST_SECONDS: Final = 0.02
STEPS: Final = 1000
THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

type Turn = Callable[[int], object]
"""Evaluates as many times as it is told."""


def jax_turns(function: Callable[[Any], Any], start: Any) -> tuple[Turn, Turn]:
    """Return a JAX function's value and gradient called from Python, and in a compiled loop."""
    import jax

    both = jax.value_and_grad(function)
    called = jax.jit(both)

    def step(x: Any, _: Any) -> tuple[Any, Any]:
        value, slope = both(x)
        return jax.tree.map(lambda at, by: at + 1e-9 * by, x, slope), value

    loop = jax.jit(lambda x: jax.lax.scan(step, x, length=STEPS))

    def from_python(count: int) -> None:
        for _ in range(count):
            jax.block_until_ready(called(start))

    def in_a_loop(count: int) -> None:
        for _ in range(count // STEPS):
            jax.block_until_ready(loop(start))

    return from_python, in_a_loop


def nutpie_turn(of: Target, x: Any) -> Turn:
    """Return nutpie's compiled function, called as it calls it but for Python's loop."""
    import nutpie

    compiled = nutpie.compile_pymc_model(of.pymc())
    call, double = compiled.compiled_logp_func.ctypes, ctypes.POINTER(ctypes.c_double)
    arrays = x.copy(), np.empty_like(x), np.empty(1)
    pointers = [array.ctypes.data_as(double) for array in arrays]
    address = compiled.user_data.ctypes.data

    def turn(count: int) -> object:
        for _ in range(count):
            call(len(x), *pointers, address)
        return arrays

    turn(1)
    assert np.isclose(arrays[2][0], of.log_density(x), rtol=1e-12)
    return turn


def turns(of: Target) -> dict[str, Turn]:
    """Return what is compared, with all programs compiled."""
    import jax.numpy as jnp
    from numpyro.infer.util import potential_energy

    x = of.start(np.random.default_rng(1))
    model, arguments = of.numpyro()
    named = {name: jnp.asarray(part) for name, part in split(of.structure, of.inputs, x).items()}
    ours, ours_looped = jax_turns(of.jax(), jnp.asarray(x))
    theirs, theirs_looped = jax_turns(lambda u: -potential_energy(model, arguments, {}, u), named)

    def in_numpy(count: int) -> None:
        for _ in range(count):
            of.log_density(x), of.gradient(x)

    return {
        "target.jax(), in a loop": ours_looped,
        "target.numpyro(), in a loop": theirs_looped,
        "target.jax(), from Python": ours,
        "target.numpyro(), from Python": theirs,
        "target.pymc() by nutpie": nutpie_turn(of, x),
        "target.log_density, .gradient": in_numpy,
    }


def measure(data: str, repetitions: int) -> None:
    """Print a line for each."""
    contestants = turns(target(data, "hierarchical"))
    counts = {name: calibrated(turn) for name, turn in contestants.items()}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for index in range(repetitions):
        turned = names[index % len(names) :] + names[: index % len(names)]
        for name in turned if index % 2 else turned[::-1]:
            found[name].append(seconds(contestants[name], counts[name]) / counts[name] * 1e6)
    for name, values in found.items():
        base = found["target.jax(), in a loop" if "loop" in name or "nutpie" in name else "target.jax(), from Python"]
        print(f"{name:32}{shown(median_interval(values)):>32}{shown(ratio_interval(values, base)):>32}", flush=True)


def seconds(turn: Turn, count: int) -> float:
    """Return the CPU seconds of so many evaluations, those of JAX's threads included."""
    start = time.process_time()
    turn(count)
    return time.process_time() - start


def calibrated(turn: Turn) -> int:
    """Return how many evaluations take long enough; all is compiled afterwards."""
    turn(count := STEPS)
    while seconds(turn, count) < LEAST_SECONDS:
        count *= 2
    return count


def shown(interval: MedianInterval) -> str:
    """Return the median and its interval."""
    ends = "none" if interval.low is None else f"[{interval.low:.3f}, {interval.high:.3f}]"
    return f"{interval.median:.3f} {ends}"


def main() -> None:
    """Measure in a process of its own, with one thread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="rats", help="the name of a data set or a path")
    parser.add_argument("--repetitions", type=int, default=41)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.data, options.repetitions)
        return
    print(f"{'density and gradient':32}{'us, 95 % interval':>32}{'by target.jax()':>32}", flush=True)
    backends = [load_backend(name).environment() for name in ("numpyro", "nutpie")]
    environment = {**os.environ, **THREADS, **backends[0], **backends[1]}
    given = ["--data", options.data, "--repetitions", str(options.repetitions)]
    subprocess.run([sys.executable, __file__, "--here", *given], env=environment, check=True)


if __name__ == "__main__":
    main()

"""Hyper-parameters with and without rates: effective draws per second, on the same backend in one run.

    uv run python benchmarks/marginal.py [--groups 1000] [--backends nutpie,numpyro,pymc,stan] [--alone] [--data NAME]

Rates are drawn from Beta(2, 6), trials are uniform from 1 to 200; four chains of 1000 + 1000. Both forms are compiled
and run once before the run that is timed, the marginal one five times, of which the median counts. `--alone` leaves
out the form with rates (for a million groups) and summarises the recovered rates of the first thousand groups. `--data`
carries out the whole study of a known data set instead, without rates: every check against the exact posterior.
Seconds are those of warm-up and sampling; memory is the largest of any process.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time

import numpy as np
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Backend
from pplcompare.backends.registry import load_backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.conditional import ConditionalRates
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.inputs import Inputs
from pplcompare.models.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.effective import effective_sizes
from pplcompare.validation.marginal_program import MarginalBackend
from pplcompare.validation.study.study import Plan, carry_out

MODEL = hierarchical()
SETTINGS = NUTSSettings(chains=4, warmup=1000, draws=1000)
REPETITIONS = 5


def simulated(groups: int) -> Counts:
    """Return counts of that many groups."""
    rng = np.random.default_rng(1)
    trials = rng.integers(1, 201, groups)
    return Counts([f"g{i}" for i in range(groups)], trials, rng.binomial(trials, rng.beta(2, 6, groups)))


def least_ess(fit: Fit) -> float:
    """Return the least effective size of the hyper-parameters."""
    return min(effective_sizes(fit.draws[name]).least for name in ("alpha", "beta"))


def timed(backend: Backend, structure: Structure, inputs: Inputs, repetitions: int) -> tuple[float, float, Fit]:
    """Return seconds, effective draws per second, and a fit."""
    program = backend.compile(structure, inputs.sizes)
    program.sample(inputs, SETTINGS, 0)
    fits = [program.sample(inputs, SETTINGS, seed) for seed in range(1, repetitions + 1)]
    seconds = [fit.timing.run.wall for fit in fits if fit.timing.run is not None]
    speeds = [least_ess(fit) / second for fit, second in zip(fits, seconds, strict=True)]
    return float(np.median(seconds)), float(np.median(speeds)), fits[-1]


def measure(name: str, groups: int, alone: bool) -> None:
    """Print one row."""
    backend, counts, marginal = load_backend(name), simulated(groups), marginalise(MODEL)
    start = time.perf_counter()
    structure, inputs = marginal.sufficient(counts)
    prepared = time.perf_counter() - start
    seconds, speed, fit = timed(backend, structure, inputs, REPETITIONS)
    row = f"{name:10}{groups:9}{prepared:10.2f}{seconds:10.2f}{speed:12.0f}"
    if alone:
        start = time.perf_counter()
        rates = ConditionalRates(marginal, counts, fit.draws, fit.seed)
        block = next(rates.summaries(range(1000)))
        row += f"   1000 rates summarised in {time.perf_counter() - start:.2f} s, mean sd {block.sd.mean():.4f}"
    else:
        slow, speed_with, _ = timed(backend, MODEL.structure, MODEL.bind(counts), 1)
        row += f"{slow:12.2f}{speed_with:12.1f}{speed / speed_with:9.0f}"
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{row}{memory / 1024:12.0f} MB", flush=True)


def study(name: str, data: str) -> None:
    """Print the verdict of the whole study of one data set."""
    from contextlib import nullcontext

    backend = MarginalBackend(load_backend(name))
    plan = Plan(load(data), [MODEL], [name], NUTSSettings(draws=5000), seed=1)
    (row,) = carry_out(plan, lambda _: nullcontext(backend), lambda _: None).rows
    reports = (row.same_model, row.posterior, row.prediction)
    print(f"{name:10}{data:12}{row.verdict} {[report.comparisons for report in reports]} {row.reason}", flush=True)


def main() -> None:
    """Measure each backend in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--backends", default="nutpie,numpyro,pymc,stan")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--data", default="")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        for data in filter(None, options.data.split(",")):
            study(options.backends, data)
        if not options.data:
            measure(options.backends, options.groups, options.alone)
        return
    if not options.data:
        without = "" if options.alone else f"{'with: s':>12}{'ESS/s':>12}{'times':>9}"
        print(f"{'backend':10}{'groups':>9}{'prepare s':>10}{'s':>10}{'ESS/s':>12}{without}{'memory':>15}", flush=True)
    for name in options.backends.split(","):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **load_backend(name).environment()}
        given = ["--groups", str(options.groups), "--backends", name, "--data", options.data]
        command = [sys.executable, __file__, "--here", *given, *(["--alone"] if options.alone else [])]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()

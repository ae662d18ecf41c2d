"""What the exact answers that checks need cost, beside the sampling time of a backend, on the same data.

    uv run python benchmarks/exact_tables.py [--data rats] [--backend nutpie] [--repetitions 15] [--draws 5000]

For each model: the exact posterior; the tables of all hyper-parameters and rates, a new group's too; the probabilities
of all counts to come; and the exact moments of quantities of several variables. Everything is computed anew in each
repetition, in turn with a fit of four chains after 1,000 warm-up draws, one after the other on one core. Medians of
wall and of CPU seconds, and which share of the sampler's time the exact answers take.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.model_choice import choose_models
from pplcompare.models.spec import Model
from pplcompare.validation.checks.derived_check import QUANTITIES
from pplcompare.validation.checks.predictive_check import NEW_TRIALS
from pplcompare.validation.commands import backends
from pplcompare.validation.exact import exact_posterior

PARTS = ("exact posterior", "hyper-parameters", "rates", "counts to come", "derived quantities")


def parts(model: Model, counts: Counts) -> Iterator[Callable[[], object]]:
    """Yield what computes each of `PARTS`."""
    exact = exact_posterior(model, counts)
    marginals = [exact.marginal(exact.plate_variable, group) for group in range(len(counts.groups))]
    yield lambda: exact_posterior(model, counts)
    yield lambda: [exact.marginal(scalar).table() for scalar in exact.scalars]
    yield lambda: [marginal.table() for marginal in (*marginals, exact.new_group())]
    yield lambda: [
        exact.predictive(group, trials).cdf(np.arange(trials + 1))
        for group, trials in (*enumerate(counts.trials.tolist()), (None, NEW_TRIALS))
    ]
    yield lambda: [quantity.exact(exact) for quantity in QUANTITIES if quantity.applies(exact)]


def seconds(compute: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    compute()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="rats")
    parser.add_argument("--models", default="independent,hierarchical")
    parser.add_argument("--backend", default="nutpie")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--draws", type=int, default=5000)
    options = parser.parse_args()
    counts, settings = load(options.data), NUTSSettings(draws=options.draws)
    print(f"milliseconds, {options.data}{'':<20}{'wall':>9}{'CPU':>9}")
    with backends.opened(options.backend) as backend:
        for model in choose_models(options.models.split(","), []):
            inputs = model.bind(counts)
            program = backend.compile(model.structure, inputs.sizes)
            exact, sampling = [], []
            for repetition in range(options.repetitions + 1):
                run = program.sample(inputs, settings, repetition).timing.run
                found = [seconds(part) for part in parts(model, counts)]
                if repetition and run is not None:  # the first warms up
                    exact.append(found)
                    sampling.append((run.wall, run.cpu or np.nan))
            each, sampler = 1e3 * np.array(exact), np.median(1e3 * np.array(sampling), axis=0)
            total = np.median(each.sum(axis=1), axis=0)
            print(f"\n{model.name}")
            for name, (wall, cpu) in zip(PARTS, np.median(each, axis=0), strict=True):
                print(f"  {name:<30}{wall:9.1f}{cpu:9.1f}")
            print(f"  {'all':<30}{total[0]:9.1f}{total[1]:9.1f}")
            drawn = f"{options.backend}, {settings.chains} x ({settings.warmup} + {settings.draws})"
            print(f"  {drawn:<30}{sampler[0]:9.1f}{sampler[1]:9.1f}")
            print(f"  {'share':<30}{total[0] / sampler[0]:9.1%}{total[1] / sampler[1]:9.1%}", flush=True)


if __name__ == "__main__":
    main()

"""What an adapter costs: CPU seconds per leapfrog step, beside a program written by hand and one as users write it.

    uv run python benchmarks/overhead.py [--backends nutpie,pymc,numpyro,stan] [--groups 10,71] [--repetitions 15]

The hierarchical model, one chain, 500 draws of warm-up and as many draws as take 2 seconds. Three programs of one
density run in turn, in an order that turns, too:

- ours: the adapter, all that its `sample` does;
- by hand (`written_by_hand.py`): the same inputs in the library's own words;
- as users write it: numbers and counts in place, the library's own binomial distribution, Stan with ``~``.

Ours / by hand has the limit 1.05; the price of neutrality, ours / as users write it, has none. Each is the
median of the ratios of neighbouring runs with an interval from order statistics, which holds it with at least 95 %.
Seconds per step are those of the whole run (Stan: of its process) by the number of steps after warm-up. Each library
runs in a process of its own with one thread; steps per draw show that all three programs sample the same density.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import Final

import numpy as np
from pplcompare.backends.registry import load_backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.validation.bench.median_interval import MedianInterval, ratio_interval
from written_by_hand import WARMUP, Run, written

LIMIT: Final = 1.05
LEAST_SECONDS: Final = 2.0
# Other work on the machine makes a trial look up to half as long again.
AIM: Final = 3.2
TRIALS: Final = [5, 10, 20, 30, 40, 50, 60, 80, 100, 200]
SUCCESSES: Final = [1, 2, 7, 5, 13, 9, 14, 31, 22, 41]
THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def counts_of(groups: int) -> Counts:
    """Return made-up counts of 10 groups, or those of 71 groups of rats."""
    known = {10: Counts([f"group {i}" for i in range(10)], TRIALS, SUCCESSES), 71: load("rats")}
    return known[groups]


def ours(name: str, counts: Counts) -> Run:
    """Return the adapter's program."""
    model, backend = hierarchical(), load_backend(name)
    inputs = model.bind(counts)
    program = backend.compile(model.structure, inputs.sizes)

    def run(draws: int, seed: int) -> int:
        fit = program.sample(inputs, NUTSSettings(chains=1, warmup=WARMUP, draws=draws), seed)
        return int(fit.statistics["n_steps"].sum())

    return run


def timed(run: Run, draws: int, seed: int, children: bool) -> tuple[float, int]:
    """Return CPU seconds, of this process or of its children, and steps."""
    start, steps = os.times(), run(draws, seed)
    spent = [after - before for before, after in zip(start, os.times(), strict=True)]
    return sum(spent[2:4] if children else spent[:2]), steps


def verdict(ratio: MedianInterval, least: float) -> str:
    """Say on which side of the limit the interval lies."""
    if least < LEAST_SECONDS:
        return f"inconclusive: a run took {least:.2f} s, less than {LEAST_SECONDS:g} s"
    if not ratio.excludes(LIMIT):
        return f"inconclusive: the interval straddles {LIMIT}, or there are less than 6 repetitions"
    return f"below {LIMIT}" if ratio.median < LIMIT else f"above {LIMIT}"


def measure(name: str, groups: int, repetitions: int) -> None:
    """Print two lines: against the program by hand, and against that of users."""
    counts, children = counts_of(groups), name == "stan"
    by_hand, as_users = written(name, counts)
    sides = {"ours": ours(name, counts), "by hand": by_hand, "as users": as_users}
    draws, spent = 500, 0.0
    while spent < AIM / 4:
        draws *= 4
        sides["by hand"](draws, 0)
        spent = min(timed(sides["by hand"], draws, seed, children)[0] for seed in (1, 2, 3))
    draws = round(draws * AIM / spent)
    for run in sides.values():
        run(draws, 0)
    seconds = {side: np.empty(repetitions) for side in sides}
    steps = {side: np.empty(repetitions) for side in sides}
    for index in range(repetitions):
        turned = list(sides)[index % 3 :] + list(sides)[: index % 3]
        for side in turned if index % 2 else turned[::-1]:
            seconds[side][index], steps[side][index] = timed(sides[side], draws, index + 1, children)
    per_step = {side: seconds[side] / steps[side] for side in sides}
    for other in ("by hand", "as users"):
        ratio = ratio_interval(per_step["ours"].tolist(), per_step[other].tolist())
        least = min(seconds["ours"].min(), seconds[other].min())
        said = verdict(ratio, least) if other == "by hand" else "no limit"
        costs = "".join(f"{np.median(per_step[side]) * 1e6:9.2f}" for side in ("ours", other))
        trees = "".join(f"{np.median(steps[side]) / draws:7.2f}" for side in ("ours", other))
        row = f"{name:9}{groups:6}  {other:9}{draws:8}{least:7.2f}{costs}{trees}"
        ends = "none" if ratio.low is None else f"[{ratio.low:.3f}, {ratio.high:.3f}]"
        print(f"{row}{ratio.median:8.3f}  {ends}  {said}", flush=True)


def main() -> None:
    """Measure each library and number of groups in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", default="nutpie,pymc,numpyro,stan")
    parser.add_argument("--groups", default="10,71", help="10 or 71 or both")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.backends, int(options.groups), options.repetitions)
        return
    heads = f"{'backend':9}{'groups':>6}  {'beside':9}{'draws':>8}{'least s':>7}"
    print(f"{heads}{'us/step: ours':>14}{'it':>4}{'steps/draw':>14}{'ratio':>8}  95 % interval", flush=True)
    for name in options.backends.split(","):
        environment = {**os.environ, **THREADS, **load_backend(name).environment()}
        for groups in options.groups.split(","):
            given = ["--backends", name, "--groups", groups, "--repetitions", str(options.repetitions)]
            subprocess.run([sys.executable, __file__, "--here", *given], env=environment, check=True)


if __name__ == "__main__":
    main()

"""CPU seconds and peak memory of the exact posterior of a million simulated groups, step by step.

    uv run python benchmarks/million_groups.py [--groups 1000000] [--largest 100]

Trials are uniform on 1, ..., largest; with ``--largest 100000`` nearly all pairs of counts are distinct.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.process.peak_memory import peak_memory


def main() -> None:
    """Measure each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=1_000_000)
    parser.add_argument("--largest", type=int, default=100)
    options = parser.parse_args()
    imported = peak_memory()
    rng = np.random.default_rng(1)
    trials = rng.integers(1, options.largest + 1, options.groups)
    successes = rng.binomial(trials, rng.beta(1.8, 5.2, options.groups))
    names = [f"group {index}" for index in range(options.groups)]
    total = 0.0

    def timed[T](label: str, step: Callable[[], T]) -> T:
        nonlocal total
        start, cpu = time.perf_counter(), time.process_time()
        found = step()
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        total += cpu
        print(f"{label:20}{wall:10.2f}{cpu:10.2f}{(peak_memory() - imported) / 2**20:18.0f}", flush=True)
        return found

    print(f"{'step':20}{'wall s':>10}{'CPU s':>10}{'peak growth MiB':>18}")
    counts = timed("counts, checked", lambda: Counts(names, trials, successes))
    posterior = timed("exact posterior", lambda: exact_posterior(hierarchical(), counts))
    alpha = timed("hyper-parameters", lambda: [posterior.marginal(name).moments for name in posterior.scalars])[0]
    timed("moments of rates", posterior.rate_moments)
    print(f"CPU {total:.2f} s; alpha {alpha.mean:.6f} +- {alpha.sd:.6f}; log evidence {posterior.log_evidence:.6f}")
    print(f"nodes {dict(posterior.error.nodes)}, largest difference {posterior.error.largest:.1e}")


if __name__ == "__main__":
    main()

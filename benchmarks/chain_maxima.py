"""Measure what checks of chains say of right chains: greatest values of stated bounds, and rates at levels.

    uv run python benchmarks/chain_maxima.py [--repetitions 1000] [--rates 10000] [--seed 1] [--samplers sticky]

For each sampler of known law and for 1, 2 and 5 quantities (one sticky chain stays with all of them): the greatest
correlation of chains, and of parts (limit 12), the greatest number of close rows and the longest stay in units of their
limits at a level of 1e-8, in so many repetitions; then, in so many other ones, how many comparisons between chains and
stays were rejected at 1e-2 and 1e-3.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.between_chains import chain_results, pooled_chain_results
from pplcompare.validation.checks.close_rows import close_row_results
from pplcompare.validation.checks.copies import copy_results
from pplcompare.validation.checks.projections import projections
from pplcompare.validation.checks.result import Outcome, ratio_to_limit
from pplcompare.validation.checks.stalls import stall_results
from pplcompare.validation.selftest.simulated_chains import SAMPLERS

Flags = NDArray[np.bool_]

QUANTITIES = (1, 2, 5)
LEVELS = (1e-2, 1e-3)
RARE = 1e-8


def simulated(name: str, quantities: int, seed: int, repetitions: int) -> Iterator[tuple[Float, Flags]]:
    """Yield right draws (quantity, chain, draw), and where all of them stay."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), quantities])
    for _ in range(repetitions):
        z = SAMPLERS[name].normal(rng, quantities)
        yield z, np.all(z[:, :, 1:] == z[:, :, :-1], axis=0)


def greatest(name: str, quantities: int, seed: int, repetitions: int) -> dict[str, float]:
    """Return the greatest values of stated bounds, those with a level in units of their limits."""
    found: dict[str, float] = {}
    for z, stays in simulated(name, quantities, seed, repetitions):
        series = projections(list(z))
        values = {result.check: result.statistic for result in copy_results(series)}
        results = (*close_row_results(series, stays, RARE), *stall_results(stays, RARE))
        values |= {
            result.check: ratio_to_limit(result) for result in results if result.outcome is not Outcome.NOT_TESTED
        }
        found = {check: max(value, found.get(check, 0.0)) for check, value in values.items()}
    return found


def rejected(name: str, quantities: int, seed: int, repetitions: int) -> Counter[str]:
    """Count rejections by check and level; what passes at one level passes at all that are rarer."""
    counts = Counter[str]()
    for z, stays in simulated(name, quantities, seed + 1, repetitions):
        for level in LEVELS:
            between = (*chain_results("one quantity", z[0], level), *pooled_chain_results("all", z, level))
            failed = [it for it in (*between, *stall_results(stays, level)) if it.outcome is Outcome.FAILED]
            counts.update(f"{result.check}, {result.subject}, {level:g}" for result in failed)
            if not failed:
                break
    return counts


def main() -> None:
    """Measure all samplers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--rates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samplers", default=",".join(SAMPLERS))
    options = parser.parse_args()
    for name in options.samplers.split(","):
        for quantities in QUANTITIES:
            start = time.process_time()
            most = greatest(name, quantities, options.seed, options.repetitions)
            counts = rejected(name, quantities, options.seed, options.rates)
            print(f"{name}, {quantities}: " + ", ".join(f"{check} {value:.2f}" for check, value in most.items()))
            print("    " + "; ".join(f"{what}: {count}" for what, count in sorted(counts.items())), end="")
            print(f" ({time.process_time() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()

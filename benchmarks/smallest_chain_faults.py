"""Measure the smallest faults of chains that are found with 99 % power, in independent draws of normal scores.

    uv run python benchmarks/smallest_chain_faults.py [--repetitions 100] [--draws 2500] [--level 1e-7]

Four chains, 1, 2 and 5 quantities. Parts of a chain recur in another one, exactly or with noise; a chain stops; one
chain is shifted or widened in one quantity, found in all draws together ("together") and in that chain ("alone"). Sizes
are tried from a geometric grid, from the smallest on; "more" is said where none of it is enough.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.between_chains import chain_results
from pplcompare.validation.checks.close_rows import close_row_results
from pplcompare.validation.checks.comparisons import moment_results
from pplcompare.validation.checks.copies import copy_results
from pplcompare.validation.checks.projections import projections
from pplcompare.validation.checks.result import CheckResult, Outcome
from pplcompare.validation.checks.stalls import stall_results

POWER = 0.99
QUANTITIES = (1, 2, 5)
NOISE = (0.0, 1e-6, 1e-3, 0.1, 0.3)
PARTS = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2500)
STAYS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30)
SHIFTS = (0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4)
FACTORS = (1.05, 1.08, 1.1, 1.12, 1.14, 1.16, 1.18, 1.2, 1.25, 1.3)


def of_chains(z: Float, level: float) -> list[CheckResult]:
    """Look for copies and stalls."""
    stays = np.all(z[:, :, 1:] == z[:, :, :-1], axis=0)
    series = projections(list(z))
    return [*copy_results(series), *close_row_results(series, stays, level), *stall_results(stays, level)]


def smallest(sizes: Sequence[float], found: Callable[[float, Float], bool], draws: Iterator[Float], reps: int) -> str:
    """Return the first size that is found often enough."""
    for size in sizes:
        if np.mean([found(size, next(draws)) for _ in range(reps)]) >= POWER:
            return f"{size:g}"
    return "more"


def failed(results: list[CheckResult]) -> bool:
    """Say whether any of the results is a failure."""
    return any(result.outcome is Outcome.FAILED for result in results)


def main() -> None:
    """Measure all faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--draws", type=int, default=2500)
    parser.add_argument("--level", type=float, default=1e-7)
    options = parser.parse_args()
    level, length = options.level, options.draws
    rng = np.random.default_rng(1)

    def right(quantities: int) -> Iterator[Float]:
        while True:
            yield rng.standard_normal((quantities, 4, length))

    def copied(noise: float) -> Callable[[float, Float], bool]:
        def found(size: float, z: Float) -> bool:
            n = int(size)
            begin, at = rng.integers(0, length - n + 1, 2)
            part = z[:, 0, begin : begin + n]
            z[:, 1, at : at + n] = part + noise * rng.standard_normal(part.shape)
            return failed(of_chains(z, level))

        return found

    def stopped(size: float, z: Float) -> bool:
        z[:, 1, -int(size) :] = z[:, 1, -int(size) - 1][:, None]
        return failed(stall_results(np.all(z[:, :, 1:] == z[:, :, :-1], axis=0), level))

    def changed(alter: Callable[[float, Float], Float], check: Callable[..., list[CheckResult]]) -> Callable[..., bool]:
        def found(size: float, z: Float) -> bool:
            z[0, 1] = alter(size, z[0, 1])
            return failed(check("one", z[0], level))

        return found

    sizes = tuple(size for size in PARTS if size <= length)
    for quantities in QUANTITIES:
        for noise in NOISE:
            least = smallest(sizes, copied(noise), right(quantities), options.repetitions)
            print(f"{quantities} quantities, a part that recurs with noise of {noise:g} sd: {least} draws", flush=True)
    print(f"one chain stops: {smallest(STAYS, stopped, right(2), options.repetitions)} draws", flush=True)
    for name, alter, grid in (
        ("shifted", lambda size, z: z + size, SHIFTS),
        ("widened", lambda size, z: z * size, FACTORS),
    ):
        for how, check in (("together", moment_results), ("alone", chain_results)):
            least = smallest(grid, changed(alter, check), right(1), options.repetitions)
            print(f"one chain {name}, {how}: {least} sd", flush=True)


if __name__ == "__main__":
    main()

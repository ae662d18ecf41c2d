"""False alarms of what a calibration decides by, on simulated right ranks that are looked at again and again.

    uv run python benchmarks/calibration_nulls.py [--runs 10000] [--most 5000] [--every 50] [--seed 1]

First the evidence of one quantity, of uniform ranks; then bets on the mean over one or 99 uniform draws of a
replication, which are independent, or correlated at lag 1; then histories of nights, judged after each. A count beyond
the limit comes once in ten thousand times.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.night_evidence import night_evidence
from pplcompare.validation.calibrate.rank_evidence import log_evidence
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from pplcompare.validation.calibrate.uniform_bets import uniform_log_evidence_path, wave_values
from pplcompare.validation.selftest.binomial import most
from scipy import signal, special

LEVELS: Final = (1e-2, 1e-3)
# Runs of direct bets that are held at once.
_BLOCK: Final = 10
_NIGHTS: Final = 30
_REPLICATIONS: Final = 200


def main() -> None:
    """Count, and print the counts beside the most that are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--direct-runs", type=int, default=1000)
    parser.add_argument("--most", type=int, default=5000)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    highest = np.concatenate(list(_of_ranks(rng, options.runs, options.most, options.every)))
    told(f"ranks, a look every {options.every}", highest)
    for draws, lag in ((1, 0.0), (KEPT, 0.0), (KEPT, 0.3), (KEPT, 0.9)):
        found = _of_draws(rng, options.direct_runs, min(options.most, 1000), draws, lag)
        told(f"mean over {draws}, correlated by {lag:g}, all looks", np.concatenate(list(found)))
    highest = np.concatenate(list(_of_nights(np.random.default_rng(options.seed), options.runs)))
    told(f"{_NIGHTS} nights of {_REPLICATIONS}, judged after each", highest)


def told(what: str, highest: Float) -> None:
    """Print how many runs reached each level."""
    for level in LEVELS:
        count, limit = int(np.count_nonzero(highest >= -math.log(level))), most(len(highest), level)
        print(f"{what}: level {level:g}: {count} of {len(highest):,}; {limit} allowed", flush=True)


def _of_ranks(rng: np.random.Generator, runs: int, replications: int, every: int) -> Iterator[Float]:
    """Yield the highest evidence of a thousand runs each."""
    uniform = np.full(RANKS, 1.0 / RANKS)
    for start in range(0, runs, 1000):
        counts = np.zeros((min(1000, runs - start), RANKS), np.int64)
        highest = np.full(len(counts), -math.inf)
        for _ in range(replications // every):
            counts += rng.multinomial(every, uniform, len(counts))
            highest = np.maximum(highest, log_evidence(counts))
        yield highest


def _of_nights(rng: np.random.Generator, histories: int) -> Iterator[Float]:
    """Yield the highest evidence of a hundred histories each."""
    uniform = np.full(RANKS, 1.0 / RANKS)
    for start in range(0, histories, 100):
        shape = (min(100, histories - start), _NIGHTS, 1)
        yield night_evidence(rng.multinomial(_REPLICATIONS, uniform, shape), np.ones(shape, bool)).path.max(axis=1)


def _of_draws(rng: np.random.Generator, runs: int, replications: int, number: int, lag: float) -> Iterator[Float]:
    """Yield the highest evidence of a few runs each, in means over so many draws a replication."""
    for _ in range(0, runs, _BLOCK):
        noise = rng.normal(size=(replications, _BLOCK, number))
        noise[..., 1:] *= math.sqrt(1.0 - lag**2)
        draws = signal.lfilter([1.0], [1.0, -lag], noise, axis=-1)
        means = np.stack([wave_values(special.ndtr(draws[:, run])).mean(axis=1) for run in range(_BLOCK)], axis=1)
        yield uniform_log_evidence_path(means).max(axis=0)


if __name__ == "__main__":
    main()

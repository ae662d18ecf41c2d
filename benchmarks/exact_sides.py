"""What the exact side of a calibration costs, and how far it is from the general quadrature.

    uv run python benchmarks/exact_sides.py [--replications 100] [--certified 20] [--rounds 5]

For each model and ten groups, data sets from the prior with 99 draws each: milliseconds of CPU per data set (median and
worst; of each the least of some rounds through all, for a busy machine makes CPU seconds longer), how many were not
served by the tables of the run, and on the first data sets the largest difference of a distribution function to the
general quadrature, with the milliseconds that this takes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Beta, Gamma
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.exact_side import exact_side
from pplcompare.validation.calibrate.exact_transform import ExactTransform
from pplcompare.validation.calibrate.replication import Replication
from pplcompare.validation.calibrate.replication_source import PriorSource
from pplcompare.validation.calibrate.table_certificate import table_certificate

TRIALS = [200, 10, 35, 60, 14, 90, 20, 50, 120, 5]
KEPT, SPREAD = 99, 0.3
MODELS = {
    "independent": independent(),
    "hierarchical": hierarchical(),
    "hierarchical, wide priors": hierarchical(Gamma(2, 0.1), Gamma(2, 0.1)),
    "proportion": hierarchical_proportion(Beta(2, 5), Gamma(2, 0.1)),
    "proportion, heavy tail": hierarchical_proportion(),
}


def kept_draws(model: Model, one: Replication, rng: np.random.Generator) -> dict[str, Float]:
    """Return draws around a truth: what they cost does not depend on whether they are right."""
    supports = model.structure.supports(model.bind(one.counts))
    return {
        name: supports[name].constrain(
            supports[name].unconstrain(value) + rng.normal(0.0, SPREAD, (KEPT, *value.shape))
        )
        for name, value in one.truth.items()
    }


def with_truth(one: Replication, kept: dict[str, Float]) -> dict[str, Float]:
    """Return the truth of a data set, and the draws after it."""
    return {name: np.concatenate([np.asarray(value)[None], kept[name]]) for name, value in one.truth.items()}


def row(name: str, model: Model, replications: int, certified: int, rounds: int) -> str:
    """Return a line of the table."""
    counts = Counts([f"g{i}" for i in range(len(TRIALS))], TRIALS, [0] * len(TRIALS))
    source, rng = PriorSource(model, counts), np.random.default_rng(1)
    chosen = [source.replication(1, number, "run") for number in range(replications)]
    transform = ExactTransform.of(model, sum(TRIALS))
    points = [with_truth(one, kept_draws(model, one, rng)) for one in chosen]
    used, by_table = np.empty((rounds, replications)), 0
    for turn in range(rounds):
        by_table = 0
        for index, one in enumerate(chosen):
            start = time.process_time()
            by_table += exact_side(transform, one.counts, points[index]).by_table
            used[turn, index] = 1e3 * (time.process_time() - start)
    least = used.min(axis=0)
    start = time.process_time()
    found = table_certificate(transform, chosen[:certified])
    instead = 1e3 * (time.process_time() - start) / max(found.compared, 1)
    figures = f"{np.median(least):8.2f}{least.max():9.1f}{replications - by_table:9}{found.largest:11.1e}"
    return f"{name:28}{figures}{instead:9.0f}" if found.compared else f"{name:28}{figures}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--certified", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(f"{'model':28}{'median':>8}{'worst':>9}{'general':>9}{'error':>11}{'instead':>9}")
    for name, model in MODELS.items():
        print(row(name, model, asked.replications, asked.certified, asked.rounds), flush=True)


if __name__ == "__main__":
    main()

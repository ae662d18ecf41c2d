"""Count how often right draws of an ensemble sampler are called wrong, by what is taken for a chain.

    uv run python benchmarks/ensembles.py [--seeds 1000] [--batch 100]

The target is `campaigns`, hierarchical: four quantities. Each seed runs four ensembles that begin in exact draws:
independent walkers of the posterior are the stationary law of an ensemble, so that nothing is left to a warm-up.
The move is emcee's default, the stretch move of Goodman and Weare (2010), for all ensembles of a batch at once:
emcee itself (`emcee_level.py`) takes thirty times as long. One look, as of `Target.check`, compares at level 1e-2 and
at 1e-3

- one walker of each of four ensembles of ten, every 20th of 8,000 steps;
- all walkers of each of four ensembles of fifty, eight times, 50 or 100 steps apart, as ``get_chain(flat=True)``
  has them.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.target.target import Target, target

ENSEMBLES, LEVELS, STRETCH = 4, (1e-2, 1e-3), 2.0


def stretched(of: Target, x: Float, steps: int, thin: int, rng: np.random.Generator) -> Float:
    """Return every `thin`-th step of ensembles (ensemble, walker, dimension): (ensemble, step, walker, dimension)."""
    many, walkers, size = x.shape
    half, at, kept = walkers // 2, np.arange(many)[:, None], []

    def density(y: Float) -> Float:
        return of.log_density(y.reshape(-1, size)).reshape(y.shape[:-1])

    x, value = x.copy(), density(x)
    for step in range(1, steps + 1):
        order = np.argsort(rng.random((many, walkers)), axis=1)
        for moved, other in ((order[:, :half], order[:, half:]), (order[:, half:], order[:, :half])):
            z = ((STRETCH - 1.0) * rng.random((many, half)) + 1.0) ** 2 / STRETCH
            partner = x[at, np.take_along_axis(other, rng.integers(half, size=(many, half)), 1)]
            old = x[at, moved]
            y = partner + z[..., None] * (old - partner)
            new = density(y)
            change = (size - 1.0) * np.log(z) + new - value[at, moved]
            accept = np.log(rng.random((many, half))) < change
            x[at, moved] = np.where(accept[..., None], y, old)
            value[at, moved] = np.where(accept, new, value[at, moved])
        if step % thin == 0:
            kept.append(x.copy())
    return np.stack(kept, axis=1)


def main() -> None:
    """Count, and print the counts beside the most that are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=100)
    options = parser.parse_args()
    of = target("campaigns", "hierarchical")
    counts: dict[str, Counter[str]] = {}
    for begin in range(0, options.seeds, options.batch):
        rng = np.random.default_rng([begin, options.batch])

        def walked(walkers: int, steps: int, thin: int, rng: np.random.Generator = rng) -> Float:
            many = options.batch * ENSEMBLES
            x = of.unconstrain(of.exact.simulate(many * walkers, rng)).reshape(many, walkers, of.dimension)
            return stretched(of, x, steps, thin, rng)

        one, whole = walked(10, 8000, 20), walked(50, 800, 50)
        for what, x in {
            "one walker of each ensemble": one[:, :, 0],
            "all walkers, 50 steps apart": whole[:, :8],
            "all walkers, 100 steps apart": whole[:, 1::2],
        }.items():
            chains = x.reshape(options.batch, ENSEMBLES, -1, of.dimension)
            counts.setdefault(what, Counter()).update(outcome for draws in chains for outcome in outcomes(of, draws))
            told(begin + options.batch, what, counts[what])


def outcomes(of: Target, draws: Float) -> list[str]:
    """Return the outcome of one look at the first level, and at the second where it fails there as well."""
    found = of.check(draws, LEVELS[0]).outcome
    # Limits grow as the level falls: what passes at the first level passes at the second.
    again = found is Outcome.FAILED and of.check(draws, LEVELS[1]).outcome is Outcome.FAILED
    return [str(found), *["again"] * again]


def told(seeds: int, what: str, count: Counter[str]) -> None:
    """Print what was counted so far."""
    alarms = count["failed"], count["again"]
    found = ", ".join(f"{n} at {at:g} (allowed {most(seeds, at)})" for n, at in zip(alarms, LEVELS, strict=True))
    print(f"{seeds} seeds, {what}: alarms {found}; passed {count['passed']}", flush=True)


if __name__ == "__main__":
    main()

"""Count how often right draws of emcee itself are called wrong, by the rule for ensembles.

    uv run python benchmarks/emcee_level.py [--model independent] [--walkers 50] [--kept 8] [--apart 60]
                                            [--first 0] [--seeds 1000]

The data are `campaigns`. A fit is four ensembles with seeds of their own, which begin in exact draws: independent
walkers of the posterior are the stationary law of an ensemble, so that nothing is left to a warm-up. All walkers of
every step that is kept, ``--apart`` steps from the one before it, are one chain of each ensemble. One look compares at
level 1e-2, and at 1e-3 what fails there. Fits are numbered from ``--first``, so that a run can be cut in parts.
"""

from __future__ import annotations

import argparse
from collections import Counter

import emcee
import numpy as np
from ensembles import ENSEMBLES, outcomes, told
from pplcompare.models.float_array import Float
from pplcompare.validation.target.target import Target, target


def fit(of: Target, number: int, walkers: int, kept: int, apart: int) -> Float:
    """Return draws (ensemble, draw, dimension), all walkers of one step after the other."""
    rng = np.random.default_rng(number)
    starts = of.unconstrain(of.exact.simulate(ENSEMBLES * walkers, rng)).reshape(ENSEMBLES, walkers, of.dimension)
    chains = []
    for ensemble, start in enumerate(starts):
        state = emcee.State(start)
        state.random_state = np.random.RandomState([number, ensemble]).get_state()
        sampler = emcee.EnsembleSampler(walkers, of.dimension, of.log_density, vectorize=True)
        sampler.run_mcmc(state, kept, thin_by=apart)
        chains.append(sampler.get_chain(flat=True))
    return np.stack(chains)


def main() -> None:
    """Print the numbers of alarms after every twentieth fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="independent", choices=["independent", "hierarchical"])
    for name, default in {"walkers": 50, "kept": 8, "apart": 60, "first": 0, "seeds": 1000}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    of = target("campaigns", options.model)
    count: Counter[str] = Counter()
    for number in range(1, options.seeds + 1):
        draws = fit(of, options.first + number - 1, options.walkers, options.kept, options.apart)
        count.update(outcomes(of, draws))
        if number % 20 == 0 or number == options.seeds:
            told(number, f"{options.walkers} walkers, {options.apart} steps apart", count)


if __name__ == "__main__":
    main()

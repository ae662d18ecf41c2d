"""Count how often right draws of emcee itself are called wrong, by the rule for ensembles.

    uv run python benchmarks/emcee_level.py [--first 0] [--seeds 1000]

The target is `campaigns`, independent, in logits. A fit is four ensembles of 50 walkers with seeds of their own, from
a rough guess; of each, all walkers of every 60th step are one chain, eight times after two that are left out. One look
compares at level 1e-2, and at 1e-3 what fails there. A fit takes .6 s.
"""

from __future__ import annotations

import argparse

import emcee
import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.target.target import target

LEVELS = (0.01, 0.001)
ENSEMBLES, WALKERS, KEPT, LEFT_OUT, APART = 4, 50, 8, 2, 60
GUESS, SPREAD = (-2.2, -0.9), (0.25, 0.55)


def main() -> None:
    """Print the numbers of alarms after every twentieth fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1000)
    given = parser.parse_args()
    of = target("campaigns", "independent")
    first, second = 2.0 + of.counts.successes, 5.0 + of.counts.trials - of.counts.successes

    def density(x: Float) -> Float:
        """Return the log density of logits without its constant; the target's own takes four times as long."""
        return -(first * np.logaddexp(0, -x) + second * np.logaddexp(0, x)).sum(axis=-1)

    tried = np.array([[-1.0, 0.5], [-2.0, -1.0], [0.0, 0.0]])
    assert np.ptp(of.log_density(tried) - density(tried)) < 1e-9
    alarms, passed = dict.fromkeys(LEVELS, 0), 0
    for number in range(1, given.seeds + 1):
        chains = []
        for ensemble in range(ENSEMBLES):
            rng = np.random.RandomState([given.first + number - 1, ensemble])
            start = rng.normal(GUESS, SPREAD, (WALKERS, 2))
            sampler = emcee.EnsembleSampler(WALKERS, 2, density, vectorize=True)
            sampler.run_mcmc(emcee.State(start, random_state=rng.get_state()), LEFT_OUT + KEPT, thin_by=APART)
            chains.append(sampler.get_chain(discard=LEFT_OUT, flat=True))
        draws = np.stack(chains)
        for level in LEVELS:
            outcome = of.check(draws, level=level).outcome
            passed += level == LEVELS[0] and outcome is Outcome.PASSED
            alarms[level] += outcome is Outcome.FAILED
            if outcome is not Outcome.FAILED:
                break
        if number % 20 == 0 or number == given.seeds:
            told = [f"{alarms[level]} at {level:g} (allowed {most(number, level)})" for level in LEVELS]
            print(f"{number} fits: alarms {', '.join(told)}; passed {passed}", flush=True)


if __name__ == "__main__":
    main()

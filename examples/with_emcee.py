import emcee
import numpy as np
import pplcompare as pc

target = pc.target("campaigns", "hierarchical")


def ensemble(seed, draws, walkers=200, thin=100):
    rng = np.random.RandomState(seed)
    start = emcee.State(rng.uniform(-2, 2, (walkers, target.dimension)), random_state=rng.get_state())
    sampler = emcee.EnsembleSampler(walkers, target.dimension, target.log_density, vectorize=True)
    sampler.run_mcmc(start, 5 + -(-draws // walkers), thin_by=thin)
    return sampler.get_chain(discard=5, flat=True)[:draws]


def fit(seed, draws):  # walkers of one ensemble know of each other: an ensemble is a chain, a walker is none
    return np.stack([ensemble([seed, i], draws) for i in range(4)])


print(target.assert_right(fit))

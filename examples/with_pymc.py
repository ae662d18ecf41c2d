import pplcompare as pc
import pymc as pm

target = pc.target("campaigns", "hierarchical")


def fit(seed, draws):
    with target.pymc():
        return pm.sample(draws, chains=4, cores=1, random_seed=seed, progressbar=False)


print(target.assert_right(fit))

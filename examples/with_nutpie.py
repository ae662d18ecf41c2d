import nutpie
import pplcompare as pc

target = pc.target("campaigns", "hierarchical")
compiled = nutpie.compile_pymc_model(target.pymc())


def fit(seed, draws):
    return nutpie.sample(compiled, draws=draws, chains=4, seed=seed, progress_bar=False)


print(target.assert_right(fit))

import jax
import pplcompare as pc
from numpyro.infer import MCMC, NUTS

jax.config.update("jax_enable_x64", True)
target = pc.target("campaigns", "hierarchical")
model, arguments = target.numpyro()


def fit(seed, draws):
    mcmc = MCMC(NUTS(model), num_warmup=500, num_samples=draws, num_chains=4, chain_method="vectorized")
    mcmc.run(jax.random.key(seed), *arguments)
    return mcmc.get_samples(group_by_chain=True)


print(target.assert_right(fit))

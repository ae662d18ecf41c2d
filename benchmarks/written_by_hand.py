"""The hierarchical model written by hand for each library, twice: with our inputs, and as its users write it.

With our inputs: numbers and counts are given when it is sampled, and where our programs are given log binomial
coefficients, so are these. As users write it: numbers and counts in place, the library's own binomial distribution,
Stan with ``~``. Nothing here calls the builders of `pplcompare.backends`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from scipy import special

WARMUP: Final = 500

type Run = Callable[[int, int], int]
"""Draws, seed -> leapfrog steps after warm-up."""


class Data(NamedTuple):
    """Counts, and the logarithms of their binomial coefficients."""

    trials: NDArray[np.int64]
    successes: NDArray[np.int64]
    log_choose: NDArray[np.float64]


def pymc_by_hand(data: Data) -> Any:
    """Write the model with everything as `pm.Data`."""
    import pymc as pm
    import pytensor.tensor as pt

    with pm.Model(coords={"group": range(len(data.trials))}) as model:
        alpha = pm.Gamma("alpha", pm.Data("alpha_shape", np.float64(16)), pm.Data("alpha_rate", np.float64(9)))
        beta = pm.Gamma("beta", pm.Data("beta_shape", np.float64(40)), pm.Data("beta_rate", np.float64(8)))
        rate = pm.Beta("rate", alpha, beta, dims="group")
        n, k, c = pm.Data("n", data.trials), pm.Data("k", data.successes), pm.Data("c", data.log_choose)
        pm.Potential("successes", c + k * pt.log(rate) + (n - k) * pt.log1p(-rate), dims="group")
    return model


def pymc_as_users_write_it(data: Data) -> Any:
    """Write the model as a notebook has it."""
    import pymc as pm

    with pm.Model(coords={"group": range(len(data.trials))}) as model:
        alpha, beta = pm.Gamma("alpha", 16, 9), pm.Gamma("beta", 40, 8)
        rate = pm.Beta("rate", alpha, beta, dims="group")
        pm.Binomial("successes", n=data.trials, p=rate, observed=data.successes, dims="group")
    return model


def nutpie(model: Any) -> Run:
    """Sample a PyMC model with nutpie."""
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    options: dict[str, Any] = {"chains": 1, "cores": 1, "tune": WARMUP, "target_accept": 0.8, "maxdepth": 10}
    options |= {"save_warmup": False, "progress_bar": False}
    return lambda draws, seed: int(
        nutpie.sample(compiled, draws=draws, seed=seed, **options).sample_stats.n_steps.sum()
    )


def pymc(model: Any) -> Run:
    """Sample a PyMC model with its own step, from where ours starts; `pm.sample` would compile at every call."""
    import pymc as pm
    from pymc.blocking import DictToArrayBijection
    from pymc.initial_point import make_initial_point_fn
    from pymc.step_methods.hmc.quadpotential import QuadPotentialDiagAdapt

    density = model.logp_dlogp_function(ravel_inputs=True)
    density.trust_input = True
    start = make_initial_point_fn(model=model, jitter_rvs=set(model.free_RVs), return_transformed=True)

    def run(draws: int, seed: int) -> int:
        rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        point = DictToArrayBijection.map(dict(start(int(rng.integers(2**31)))))
        metric = QuadPotentialDiagAdapt(point.data.size, point.data, np.ones(point.data.size), 10, rng=rng.spawn(1)[0])
        options = {"target_accept": 0.8, "max_treedepth": 10}
        step = pm.NUTS(model=model, potential=metric, rng=rng, logp_dlogp_func=density, **options)
        step.setup_chain(rng, WARMUP, draws)
        for _ in range(WARMUP):
            point, _found = step.astep(point)
        step.stop_tuning()
        kept, steps = np.empty((draws, point.data.size)), 0
        for index in range(draws):
            point, (found,) = step.astep(point)
            kept[index] = point.data
            steps += found["tree_size"]
        return int(steps)

    return run


def numpyro(data: Data, *, literal: bool) -> Run:
    """Write the model, its numbers and counts given or in place, and sample it under one `jax.jit`."""
    import jax
    import numpyro
    import numpyro.distributions as dist
    from numpyro.infer import MCMC, NUTS

    numbers = {"alpha_shape": 16.0, "alpha_rate": 9.0, "beta_shape": 40.0, "beta_rate": 8.0}
    everything = {**numbers, "n": data.trials, "k": data.successes}
    given = None if literal else everything

    def model(v: Mapping[str, Any]) -> None:
        alpha = numpyro.sample("alpha", dist.Gamma(v["alpha_shape"], v["alpha_rate"]))
        beta = numpyro.sample("beta", dist.Gamma(v["beta_shape"], v["beta_rate"]))
        with numpyro.plate("group", len(data.trials)):
            rate = numpyro.sample("rate", dist.Beta(alpha, beta))
            numpyro.sample("successes", dist.Binomial(v["n"], rate), obs=v["k"])

    compiled: dict[int, Any] = {}

    def run(draws: int, seed: int) -> int:
        def chain(key: Any, values: Mapping[str, Any] | None) -> Any:
            mcmc = MCMC(NUTS(model), num_warmup=WARMUP, num_samples=draws, progress_bar=False)
            mcmc.run(key, values or everything, extra_fields=("num_steps",))
            return mcmc.get_samples(), mcmc.get_extra_fields()["num_steps"]

        if draws not in compiled:
            compiled[draws] = jax.jit(chain).lower(jax.random.PRNGKey(seed), given).compile()
        return int(jax.block_until_ready(compiled[draws](jax.random.PRNGKey(seed), given))[1].sum())

    return run


STAN_DATA: Final = """\
data { int<lower=0> N; array[N] int<lower=0> n; array[N] int<lower=0> k; real c; real a1; real a2; real b1; real b2; }
parameters { real<lower=0> alpha; real<lower=0> beta; vector<lower=0, upper=1>[N] rate; }
"""
STAN_BY_HAND: Final = f"""{STAN_DATA}model {{
  target += gamma_lpdf(alpha | a1, a2) + gamma_lpdf(beta | b1, b2) + beta_lpdf(rate | alpha, beta);
  target += binomial_lupmf(k | n, rate) + c;
}}
"""
STAN_AS_USERS_WRITE_IT: Final = f"""{STAN_DATA}model {{
  alpha ~ gamma(16, 9);
  beta ~ gamma(40, 8);
  rate ~ beta(alpha, beta);
  k ~ binomial(n, rate);
}}
"""


def stan(data: Data, program: str) -> Run:
    """Compile a program as the adapter does, and sample it with cmdstanpy."""
    from cmdstanpy import CmdStanModel
    from pplcompare.backends.stan_toolchain.build import executable
    from pplcompare.backends.stan_toolchain.locate import locate

    model = CmdStanModel(exe_file=executable(program, locate()))
    given = {"N": len(data.trials), "n": data.trials.tolist(), "k": data.successes.tolist()}
    given |= {"c": float(data.log_choose.sum()), "a1": 16.0, "a2": 9.0, "b1": 40.0, "b2": 8.0}
    options: dict[str, Any] = {"chains": 1, "iter_warmup": WARMUP, "sig_figs": 17, "show_progress": False}

    def run(draws: int, seed: int) -> int:
        with tempfile.TemporaryDirectory() as folder:
            fit = model.sample(given, iter_sampling=draws, seed=seed, output_dir=folder, **options)
            return int(fit.method_variables()["n_leapfrog__"].sum())

    return run


def written(name: str, counts: Counts) -> tuple[Run, Run]:
    """Return a library's program of the same inputs as ours, and that of its users."""
    n, k = counts.trials, counts.successes
    data = Data(n, k, special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0))
    sides: dict[str, Callable[[], tuple[Run, Run]]] = {
        "nutpie": lambda: (nutpie(pymc_by_hand(data)), nutpie(pymc_as_users_write_it(data))),
        "pymc": lambda: (pymc(pymc_by_hand(data)), pymc(pymc_as_users_write_it(data))),
        "numpyro": lambda: (numpyro(data, literal=False), numpyro(data, literal=True)),
        "stan": lambda: (stan(data, STAN_BY_HAND), stan(data, STAN_AS_USERS_WRITE_IT)),
    }
    return sides[name]()

import pplcompare as pc
from cmdstanpy import CmdStanModel

target = pc.target("campaigns", "hierarchical")
program, data = target.stan()
model = CmdStanModel(exe_file=pc.stan_executable(program))


def fit(seed, draws):
    return model.sample(data=data, seed=seed, iter_sampling=draws, show_progress=False).draws_xr()


print(target.assert_right(fit))

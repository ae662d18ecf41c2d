import pplcompare as pc
from cmdstanpy import CmdStanModel
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import locate

target = pc.target("campaigns", "hierarchical")
program, data = target.stan()
model = CmdStanModel(exe_file=executable(program, locate()))  # or stan_file=..., with a CmdStan of your own


def fit(seed, draws):
    return model.sample(data=data, seed=seed, iter_sampling=draws, show_progress=False).draws_xr()


print(target.assert_right(fit))

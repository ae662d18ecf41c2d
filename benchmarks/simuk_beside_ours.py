"""Wall seconds of a replication, beside those of simuk.

    uv run --with 'simuk==0.3.*' python benchmarks/simuk_beside_ours.py [--theirs 20] [--ours 200] [--engines pymc]

The hierarchical model of ten groups, truths from its prior, one chain of 500 + 500 transitions (ours: 500 + 495, of
which each fifth is ranked). Of simuk `run_simulations` is measured, with the model as its users write it; it compiles
within each replication, which is how it works, and has no Stan. Of ours a worker's batches are, after a first one that
compiles. Above them stand the parts that are no fit, the same for every engine, and contained in its figure. The load
of the machine is printed, for it changes everything.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Gamma
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry, shared_transform
from pplcompare.validation.calibrate.exact_side import exact_side
from pplcompare.validation.calibrate.ranks import KEPT, ranks_of
from pplcompare.validation.calibrate.replication_source import PriorSource
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.machine import machine

TRIALS: Final = (200, 10, 35, 60, 14, 90, 20, 50, 120, 5)
SHAPE, RATE = 2.0, 0.1
STEPS, THIN = 500, 5
MODEL = hierarchical(Gamma(SHAPE, RATE), Gamma(SHAPE, RATE))
COUNTS = Counts([f"g{i}" for i in range(len(TRIALS))], list(TRIALS), [0] * len(TRIALS))
ENGINES = ("nutpie", "numpyro", "pymc", "stan")


def plan_of(engine: str, versions: dict[str, str]) -> CalibrationPlan:
    """Return the plan of a calibration of one engine."""
    return CalibrationPlan(
        data="ten groups",
        counts=COUNTS,
        models=(MODEL,),
        engines=(engine,),
        source="prior",
        multiple=1,
        warmup=STEPS,
        seed=1,
        level=1e-4,
        mutant="",
        processor=machine()["processor"],
        versions={engine: versions},
        entries=(PlanEntry(MODEL.name, engine, THIN),),
    )


def ours(engine: str, replications: int) -> float:
    """Return the seconds of a replication in a worker."""
    with Workers().opened(engine) as backend:
        assert isinstance(backend, RemoteBackend)
        plan = plan_of(engine, dict(backend.status().versions))
        (entry,) = plan.entries
        backend.ranked(plan, entry, 0)
        batches = range(1, 1 + replications // BATCH)
        start = time.perf_counter()
        for batch in batches:
            backend.ranked(plan, entry, batch)
        return (time.perf_counter() - start) / (BATCH * len(batches))


def parts(replications: int) -> dict[str, float]:
    """Return the seconds of what is no fit, whose draws here lie around the truth."""
    plan, source, rng = plan_of("exact", {}), PriorSource(MODEL, COUNTS), np.random.default_rng(1)
    quantities, transform = plan.quantities(MODEL.name), shared_transform(plan, MODEL.name)
    assert transform is not None
    used = dict.fromkeys(("truth and counts", "quantities and ranks", "exact probabilities"), 0.0)

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        used[part] += (time.perf_counter() - start) / replications

    for number in range(replications):
        with timed("truth and counts"):
            one = source.replication(1, number, "run")
        supports = MODEL.structure.supports(MODEL.bind(one.counts))
        kept = {
            name: supports[name].constrain(
                supports[name].unconstrain(value) + rng.normal(0.0, 0.3, (KEPT, *value.shape))
            )
            for name, value in one.truth.items()
        }
        points = {name: np.concatenate([value[None], kept[name]]) for name, value in one.truth.items()}

        with timed("quantities and ranks"):
            ranks_of(quantities.values(one.counts, points), quantities.names, 1, number)
        with timed("exact probabilities"):
            exact_side(transform, one.counts, points)
    return used


def pymc_of_theirs() -> Any:
    """Return the model as users of PyMC write it."""
    import pymc as pm

    with pm.Model() as model:
        alpha = pm.Gamma("alpha", SHAPE, RATE)
        beta = pm.Gamma("beta", SHAPE, RATE)
        rate = pm.Beta("rate", alpha, beta, shape=len(TRIALS))
        pm.Binomial("y", n=np.array(TRIALS), p=rate, observed=np.zeros(len(TRIALS), int))
    return model


def numpyro_of_theirs() -> Any:
    """Return the kernel of the model as users of NumPyro write it, with 64 bits as ours."""
    import numpyro
    from numpyro import distributions as dist

    numpyro.enable_x64()

    def model(trials: Any, y: Any = None) -> None:
        alpha = numpyro.sample("alpha", dist.Gamma(SHAPE, RATE))
        beta = numpyro.sample("beta", dist.Gamma(SHAPE, RATE))
        with numpyro.plate("group", len(TRIALS)):
            rate = numpyro.sample("rate", dist.Beta(alpha, beta))
            numpyro.sample("y", dist.Binomial(trials, rate), obs=y)

    return numpyro.infer.NUTS(model)


def theirs(engine: str, replications: int) -> float | None:
    """Return the seconds of a replication of simuk; None where it has no such engine."""
    import simuk

    if engine == "stan":
        return None
    options: dict[str, Any] = {"num_simulations": replications, "seed": 1, "progress_bar": False}
    if engine == "numpyro":
        sample = {"num_warmup": STEPS, "num_samples": STEPS, "num_chains": 1, "progress_bar": False}
        data = {"trials": np.array(TRIALS), "y": np.zeros(len(TRIALS), int)}
        found = simuk.SBC(numpyro_of_theirs(), sample_kwargs=sample, data_dir=data, **options)
    else:
        sample = {"tune": STEPS, "draws": STEPS, "chains": 1, "cores": 1, "nuts_sampler": engine}
        found = simuk.SBC(pymc_of_theirs(), sample_kwargs=sample, **options)
    start = time.perf_counter()
    found.run_simulations()
    assert found._simulations_complete == replications, "simuk has ended before its time"
    return (time.perf_counter() - start) / replications


def main() -> None:
    """Print the table, each figure as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--theirs", type=int, default=20)
    parser.add_argument("--ours", type=int, default=200, help="in batches of 25")
    parser.add_argument("--engines", default=",".join(ENGINES))
    asked = parser.parse_args()
    for part, seconds in parts(asked.ours).items():
        print(f"{part:22}{seconds:9.4f}", flush=True)
    print(f"{'engine':10}{'ours':>9}{'simuk':>9}{'times':>7}{'load':>7}")
    for engine in asked.engines.split(","):
        own = ours(engine, asked.ours)
        print(f"{engine:10}{own:9.4f}", end="", flush=True)
        other = theirs(engine, asked.theirs)
        figures = f"{'none':>9}{'':7}" if other is None else f"{other:9.3f}{other / own:7.0f}"
        print(f"{figures}{os.getloadavg()[0]:7.1f}", flush=True)


if __name__ == "__main__":
    main()

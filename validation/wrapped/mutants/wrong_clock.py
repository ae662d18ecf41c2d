"""Clocks that are read wrongly: the draws are right, the seconds are not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from pplcompare.backends.fit import Fit, Seconds
from pplcompare.validation.wrapped.mutants.mutation import Mutation

_COMPILATION: Final = 1.0
_RETURNS_AFTER: Final = 0.01


def _with_run(fit: Fit, change: Callable[[Seconds], Seconds]) -> Fit:
    run = fit.timing.run
    return fit if run is None else replace(fit, timing=replace(fit.timing, run=change(run), warmup=None, sampling=None))


def _compile_and(sampler: Callable[[], Fit]) -> Fit:
    time.sleep(_COMPILATION)
    return _with_run(sampler(), lambda run: run + Seconds(_COMPILATION, 0.0))


def _before_it_is_done(sampler: Callable[[], Fit]) -> Fit:
    return _with_run(sampler(), lambda run: Seconds(_RETURNS_AFTER * run.wall, run.cpu))


def _sum_over_chains(sampler: Callable[[], Fit]) -> Fit:
    fit = sampler()
    chains = len(next(iter(fit.draws.values())))
    return _with_run(fit, lambda run: Seconds(chains * run.wall, run.cpu))


CLOCK: Final[Mapping[str, Mutation]] = {
    "compiles-while-sampling": Mutation("every run compiles something and calls it sampling", clock=_compile_and),
    "stops-too-soon": Mutation("the clock stops before asynchronous work is done", clock=_before_it_is_done),
    "adds-up-chains": Mutation("seconds of chains that ran side by side are added up", clock=_sum_over_chains),
}

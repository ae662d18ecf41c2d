"""How speed grows: with the number of groups, of trials, or of chains, on simulated counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.bench.benchmark import Bench, carry_out_bench
from pplcompare.validation.bench.case import Case
from pplcompare.validation.bench.task import Form, hyperparameters, planned_of_hyperparameters
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.plan import FAMILY_LEVEL, Plan
from pplcompare.validation.study.tally import Announce

LONGEST: Final = 60.0
"""Wall seconds of a run: what would take longer is left out."""

# Rates of simulated groups; how many there are where something else grows, and how many trials they have.
_SHAPES: Final = (2.0, 6.0)
_GROUPS: Final = 20
_TRIALS: Final = 200


@dataclass(frozen=True, slots=True)
class Axis:
    """What grows.

    Attributes
    ----------
    sizes
        The steps that each form goes.
    counts, settings
        The data and the settings at a step.
    recipe
        How the data are made.
    """

    sizes: Mapping[Form, Sequence[int]]
    counts: Callable[[int], Counts]
    settings: Callable[[NUTSSettings, int], NUTSSettings]
    recipe: str


def _simulated(groups: int, trials: int | None = None) -> Counts:
    rng = np.random.default_rng(1)
    n = rng.integers(1, _TRIALS + 1, groups) if trials is None else np.full(groups, trials)
    return Counts([f"g{i}" for i in range(groups)], n, rng.binomial(n, rng.beta(*_SHAPES, groups)))


_FEW: Final = (10, 100, 1000, 10_000)

AXES: Final[Mapping[str, Axis]] = {
    "groups": Axis(
        {Form.CENTRED: _FEW, Form.MARGINAL: (*_FEW, 100_000, 1_000_000)},
        _simulated,
        lambda settings, _: settings,
        f"rates from Beta{_SHAPES}, trials uniform from 1 to {_TRIALS}",
    ),
    "trials": Axis(
        dict.fromkeys(Form, (10, 1000, 100_000, 10_000_000)),
        lambda size: _simulated(_GROUPS, size),
        lambda settings, _: settings,
        f"{_GROUPS} groups, rates from Beta{_SHAPES}",
    ),
    "chains": Axis(
        dict.fromkeys(Form, (1, 2, 4, 8)),
        lambda _: _simulated(_GROUPS),
        lambda settings, size: replace(settings, chains=size),
        f"{_GROUPS} groups, rates from Beta{_SHAPES}, trials uniform from 1 to {_TRIALS}",
    ),
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """Hyper-parameters of one model, timed as something grows.

    Attributes
    ----------
    axis
        What grows: one of `AXES`.
    most
        The largest size.
    """

    axis: str
    model: Model
    forms: Sequence[Form]
    settings: NUTSSettings
    seed: int
    most: int

    @property
    def steps(self) -> list[tuple[Form, int]]:
        """Each form at each size.

        Raises
        ------
        UsageError
            If there is none.
        """
        every = [(form, size) for form in self.forms for size in AXES[self.axis].sizes[form]]
        steps = [(form, size) for form, size in every if size <= self.most]
        if not steps:
            least = min(size for _, size in every)
            raise UsageError(f"must be at least {least}", where="--most", seen=self.most)
        return steps


def carry_out_scaling(scaling: Scaling, backends: Backends, announce: Announce, *, rounds: int) -> Bench:
    """Time hyper-parameters at every size; a backend leaves where it would take more than `LONGEST`.

    Raises
    ------
    UsageError
        If there is nothing to time.
    UnsupportedModel
        If the model cannot do without its rates, where that is asked for.
    """
    steps, names = scaling.steps, backends.names
    if not names:
        raise UsageError("no backend to time", where="--scaling", mend="name another one than exact with --backends")
    parts: list[Bench] = []
    left = dict.fromkeys(scaling.forms, tuple(names))
    # All before anything is sampled: an exact posterior may be refused.
    cases = [_case(scaling, names, form, size, len(steps)) for form, size in steps]
    for (form, size), case in zip(steps, cases, strict=True):
        if left[form]:
            parts.append(carry_out_bench([case], replace(backends, names=left[form]), announce, rounds=rounds))
            left[form] = tuple(_still_running(parts[-1], AXES[scaling.axis].sizes[form], size))
    return Bench(
        [case for part in parts for case in part.cases],
        rounds,
        tuple(entry for part in parts for entry in part.entries),
        {name: used for part in parts for name, used in part.usage.items()},
    )


def _case(scaling: Scaling, names: Sequence[str], form: Form, size: int, steps: int) -> Case:
    along, model = AXES[scaling.axis], scaling.model
    settings, data = along.settings(scaling.settings, size), f"{size:,} {scaling.axis}"
    plan = Plan(along.counts(size), [model], names, settings, scaling.seed, data=data)
    exact = exact_posterior(model, plan.counts)
    fits = Counter({kind: number * len(names) * steps for kind, number in planned_of_hyperparameters(exact).items()})
    plan = replace(plan, shared=Levels.weighted(FAMILY_LEVEL, fits))
    return Case(plan, exact, form, hyperparameters(exact, form), size, along.recipe)


def _still_running(bench: Bench, sizes: Sequence[int], size: int) -> Iterator[str]:
    """Yield the backends whose next run, if seconds grow like the size, is short enough."""
    growth = next((later / size for later in sizes if later > size), 1.0)
    for entry in bench.entries:
        seconds = entry.of_runs(lambda run: run.seconds)
        if seconds is not None and (entry.case.form is Form.MARGINAL or growth * seconds.median <= LONGEST):
            yield entry.row.backend

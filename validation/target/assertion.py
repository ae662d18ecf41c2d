"""The declared test of a sampler: two looks at its draws, and an error unless they are right.

First ``fit(seed1, draws)`` is compared at levels that sum to `SCREEN`, 5 %: all quantities, all chains, and the joint
law. If nothing is flagged, the sampler is right. If something is, ``fit(seed2, 4 * draws)`` is called once, and what
was flagged, and only that, is compared again at levels that sum to ``level / SCREEN``. There is no third call.

False alarms: a right sampler is flagged with probability at most `SCREEN`. Its second draws do not depend on the first,
so that, whatever was flagged, any of it is confirmed with probability at most ``level / SCREEN``. Both together happen
with probability at most `level`. Facts, such as values that are not finite or chains that are copies, fail at once:
right draws come to one with a probability of 1e-9 or less, which the level does not count.

Power: what the first look finds with 99 % power, the second loses with less than 1 %, since an error has twice as many
standard errors there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import DataError, UsageError
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.checks.result import CheckResult, is_fact
from pplcompare.validation.draws.labelled_draws import labelled_draws
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.study.plan import FAMILY_LEVEL, derived_seed
from pplcompare.validation.study.second_look import (
    SCREEN,
    false_alarm_bound,
    flagged,
    still_open,
    with_second_look,
)
from pplcompare.validation.study.sizes import MORE_DRAWS
from pplcompare.validation.target.assured import Assured, Look, not_assured
from pplcompare.validation.target.quantities import quantities
from pplcompare.validation.target.record import Checked, record

LEVEL: Final = false_alarm_bound(FAMILY_LEVEL)
"""Probability that right samplers fail both looks: 1e-7."""

DRAWS: Final = 1000
"""Draws of each chain in the first look."""

LEAST_LEVEL: Final = 1e-9
"""What right draws come to as a fact, with at most this probability."""

type Fitted = Callable[[int, int], Any]
"""A sampler: ``fit(seed, draws)`` returns so many draws of each chain, in any form that `Target.check` takes."""

type Named = Callable[[Any, str], Any]
"""What gives draws their names, whatever form they have; the second argument is what errors call them."""


def assert_right(
    exact: ExactPosterior,
    fit: Fitted,
    named: Named,
    *,
    what: str,
    level: float = LEVEL,
    seed: int = 0,
    draws: int = DRAWS,
) -> Assured:
    """Raise unless a sampler gives the exact posterior: `Target.assert_right`, which says what a fit is.

    Parameters
    ----------
    fit
        The sampler.
    what
        What was sampled, for messages.
    level
        Probability that a right sampler is called wrong; at least 1e-9, less than `SCREEN`.
    seed
        The root of the seeds of both calls.
    draws
        Draws of each chain in the first look.

    Raises
    ------
    NotRight, CheckNotPassed, DataError, UsageError
        As `Target.assert_right`.
    """
    __tracebackhide__ = True
    _check_arguments(level, seed, draws)
    begin = time.perf_counter()
    structure, inputs = exact.model.structure, exact.inputs
    planned = planned_comparisons(structure, inputs)

    def look(at: int, levels: Levels) -> tuple[Look, Draws]:
        its_seed, number = derived_seed(seed, "look", str(at)), draws * (1 if at == 1 else MORE_DRAWS)
        found = _drawn(exact, named(fit(its_seed, number), f"fit({its_seed}, {number})"), its_seed, number)
        settings = NUTSSettings(chains=len(next(iter(found.values()))), draws=number)
        return Look(its_seed, number, check_posterior(exact, structure, inputs, found, settings, levels).report), found

    first, old = look(1, Levels.weighted(SCREEN, planned))
    looks, decided, unsettled = [first], first.report, list[CheckResult]()
    if (number := len(flagged(first.report))) and not any(map(is_fact, first.report.failures)):
        second, new = look(2, Levels.equal(level / SCREEN / number))
        _check_other_draws(old, new, second.seed)
        looks.append(second)
        decided = with_second_look(first.report, second.report)
        unsettled = still_open(first.report, decided)
    seconds = time.perf_counter() - begin
    assured = Assured(what, level, planned.total(), tuple(looks), decided, seconds, tuple(unsettled))
    compared, found = quantities(structure, inputs), detectable(first.report.results)
    record(Checked(what, compared, level, len(looks), found, str(assured.outcome)))
    if not assured.passed:
        raise not_assured(assured)
    return assured


def _check_arguments(level: float, seed: int, draws: int) -> None:
    if not LEAST_LEVEL <= level < SCREEN:
        raise UsageError(f"must be at least {LEAST_LEVEL:g} and less than {SCREEN:g}", where="level", seen=level)
    for name, value, least in (("seed", seed, 0), ("draws", draws, 4)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise UsageError(f"a whole number from {least} on is needed", where=name, seen=value)


def _drawn(exact: ExactPosterior, draws: Any, seed: int, number: int) -> Draws:
    """Return what a fit gave, by name, float64 (chain, draw, *plate)."""
    where = f"fit({seed}, {number})"
    found, _ = labelled_draws(exact, draws, where)
    shape = next(iter(found.values())).shape
    if shape[1] != number:
        mend = "return as many draws of each chain as it is asked for, after warm-up and thinning: (chain, draw, ...)"
        raise DataError(f"{number} draws of each chain were asked for", where=where, seen=shape, mend=mend)
    return found


def _check_other_draws(old: Draws, new: Draws, seed: int) -> None:
    """Refuse a second look at the first draws: a sampler that does not know its seed."""
    for name, first in old.items():
        if not np.array_equal(first[:, -1], new[name][:, first.shape[1] - 1]):
            return
    mend = "let all randomness follow from the seed that it is given"
    raise DataError("the draws of the first look again, with another seed", where="fit", seen=seed, mend=mend)

"""Chains that stop: a longest stay that the rest of the fit does not explain.

Samplers stay where they are by right, and some of them long where the posterior is narrow: neither equal neighbours nor
long stays alone are a fault. A part of the fit is compared with the rest: each chain with the other chains, and the
first half of all chains with the second, which sees what happens to all chains at the same time, and to a single one.

The rest says how probable it is to stay once more after m stays, for m = 0, 1, 2, 4, ...: bounds (Clopper and Pearson
1934) where it was seen at least twenty times. A stay that is longer than the geometric law with each of these bounds
allows, for all starts together, is a stall. A sampler that comes once in a whole fit to a place that it does not leave
is called stalled by this: nothing in the draws tells it from one that is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.result import CheckResult, compared
from scipy import special

Flags = NDArray[np.bool_]
Parts = NDArray[np.intp]

NAMES: Final = ("longest stay of a chain", "longest stay of a half")
"""The comparisons that `stall_results` makes: lengths, not scores."""

_LEAST_SEEN: Final = 20.0
_LEAST_REST: Final = 200.0
_TINY: Final = 1e-12


def planned_stalls() -> int:
    """Return the number of comparisons that `stall_results` makes at most."""
    return len(NAMES)


def stays_of(draws: Draws) -> Flags:
    """Return where a draw equals the one before it in all quantities, (chain, draw - 1)."""
    same = (values[:, 1:] == values[:, :-1] for values in draws.values())
    return np.asarray(np.logical_and.reduce([each.all(axis=tuple(range(2, each.ndim))) for each in same]))


def stall_results(stays: Flags, level: float) -> list[CheckResult]:
    """Test the longest stay of each chain against the other chains, and of each half against the other.

    Parameters
    ----------
    stays : (chain, draw - 1)
        Whether a draw equals the one before it in all quantities.
    level
        False-alarm probability of each comparison, shared by the parts that it looks at.
    """
    chains, steps = stays.shape
    by_chain = np.broadcast_to(np.arange(chains)[:, None], stays.shape)
    by_half = np.broadcast_to(np.arange(steps) >= steps // 2, stays.shape).astype(np.intp)
    return [_longest(name, stays, part, level) for name, part in zip(NAMES, (by_chain, by_half), strict=True)]


def _longest(name: str, stays: Flags, part: Parts, level: float) -> CheckResult:
    """Return the stay that is longest in units of its limit; it belongs to the part in which it begins."""
    parts = int(part.max(initial=0)) + 1
    steps = np.bincount(part.ravel(), minlength=parts).astype(np.float64)
    rest = steps.sum() - steps
    if parts < 2 or rest.min() < _LEAST_REST:
        return not_tested(name, "all chains", "there are too few other draws to compare with")
    chain, start, length, ended = _runs(stays)
    of = part[chain, start]
    longest = np.zeros(parts)
    np.maximum.at(longest, of, length)
    limits = np.zeros(parts)
    share = level / (2.0 * parts)
    for least in (0, *(2**power for power in range(int(length.max(initial=1)).bit_length()))):
        again = np.bincount(of, np.maximum(length - least, 0), parts)
        tried = again + np.bincount(of, (length >= least) & ended, parts) if least else steps
        stayed, seen = again.sum() - again, tried.sum() - tried
        leaves = special.betaincinv(np.maximum(seen - stayed, _TINY), stayed + 1.0, share)
        allowed = least + np.log(steps / share) / -np.log1p(-np.maximum(leaves, _TINY))
        limits = np.where(seen >= _LEAST_SEEN, np.maximum(limits, np.ceil(allowed)), limits)
    worst = int(np.argmax(longest / limits))
    where = f"chain {worst + 1}" if name == NAMES[0] else f"the {('first', 'second')[worst]} half of the chains"
    detail = f"{where} stays where it is for so many draws; the rest of the fit does not"
    found = longest[worst] > limits[worst]
    result = compared(
        name, "all chains", float(longest[worst]), float(limits[worst]), detail if found else "", kind="stay"
    )
    # A draw that is followed by more than the limit of equal ones: the limits are the others' and do not change by it.
    finds = float(limits.max()) + 2.0
    return replace(result, finds=finds if finds <= stays.shape[1] + 1 else math.inf)


def _runs(stays: Flags) -> tuple[Parts, Parts, Parts, Flags]:
    """Return chain, first step and number of steps of each run of stays, and whether it ended before the chain did."""
    change = np.diff(np.pad(stays, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    chain, start = np.nonzero(change == 1)
    end = np.nonzero(change == -1)[1]
    return chain, start, end - start, end < stays.shape[1]

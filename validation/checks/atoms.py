"""Values that a continuous quantity cannot have twice, or at all: signs of draws that were copied or cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.result import IMPOSSIBLE, CheckResult, compared, fault
from pplcompare.validation.checks.rounding import Grid, grid_of, spacing_of
from pplcompare.validation.exact.quadrature.marginal import Marginal
from scipy import special

NAMES: Final = ("recurring values", "values on the border")
"""The comparisons that `atom_results` makes: counts, not scores."""

_LEAST_PAIRS: Final = 2
_PRECISION: Final = 2.0**-53
# Samplers compute a draw by several operations on another scale, each of which rounds.
_ROUNDINGS: Final = 64.0
# Rounding is one operation; dependent draws recur a little more often than independent ones. Samplers that compute in
# float32 round on both scales, four times as often.
_CELLS: Final = 4.0
_TINY: Final = 1e-300
_NEAR: Final = 1e-12
_NOT_APART: Final = "the numbers that draws can be do not tell values near the border apart"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often values of one quantity recur, and the grids that may explain it.

    Attributes
    ----------
    grids
        The grid of each chain that was rounded.
    pairs, limit
        The number of equal pairs, and how many come by chance with no more than the level's probability.
    """

    grids: tuple[Grid | None, ...]
    pairs: float
    limit: float


def recurrence(draws: Chains, marginal: Marginal, level: float) -> Recurrence:
    """Find the grid of each chain and count equal pairs of draws.

    Of N independent draws with density f, about N^2/2 E[f(x) s(x)] pairs are equal, s(x) the distance between the
    numbers there. That of float64 is 2^-53 |x|, or as much as 2^-53 on the logarithmic scale on which most samplers
    move; 64 times the sum of both is allowed for. For rounded draws it is 4 times the width of their cells and, in
    float32, in which they may have been computed, 16 times 2^-24 on the logarithmic scale. So more pairs than the
    limit, never less than 2, come by chance with less than the level. A grid of any other spacing is looked for only
    where there are more.
    """
    grids = tuple(grid_of(chain) for chain in draws)
    pairs = recurring_pairs(draws)
    limit = pair_limit(draws.size, _mean_rate(marginal, grids), level)
    if pairs > limit and None in grids:
        grids = tuple(grid or spacing_of(chain) for grid, chain in zip(grids, draws, strict=True))
        limit = pair_limit(draws.size, _mean_rate(marginal, grids), level)
    return Recurrence(grids, pairs, limit)


def atom_results(
    label: str, draws: Chains, marginal: Marginal, level: float, found: Recurrence, unfit: str = ""
) -> list[CheckResult]:
    """Test that no value recurs, and that none lies on the border of the support.

    A sampler may stay where it is, so equal neighbours within a chain count once. Numbers themselves make atoms where
    the exact law has mass within 1e-12 of an end other than 0, or below 1e-300, or within the cell of an end on the
    grid of rounded draws. Where more draws are expected there than the level is, recurring values show nothing.

    A draw on the border is a fact where the probability that there is any is at most 1e-12. Elsewhere the number of
    visits is compared: with none where any come with at most the level's probability, which holds for all chains, and
    with the Poisson limit of four times as many as expected elsewhere, unless all draws together are not more.

    Parameters
    ----------
    unfit
        Why recurring values of rounded draws show nothing; empty where they do.
    """
    expected = draws.size * _border_mass(marginal, found.grids)
    if unfit and any(found.grids):
        first = not_tested(NAMES[0], label, unfit)
    elif expected > level:
        first = not_tested(NAMES[0], label, _NOT_APART)
    else:
        advice = _advice(found.pairs > found.limit, "pairs of distant draws are equal")
        first = compared(NAMES[0], label, found.pairs, found.limit, advice, kind="atom")
    return [first, _border_result(label, draws, marginal.support, expected, level)]


def _border_result(label: str, draws: Chains, support: Interval, expected: float, level: float) -> CheckResult:
    """Test how often chains come to the border, where so many draws are expected at most."""
    on = (draws <= support.low) | (draws >= support.high)
    visits = float(np.count_nonzero(on[:, 0]) + np.count_nonzero(on[:, 1:] & ~on[:, :-1]))
    advice = _advice(visits > 0.0, "draws lie on it")
    if visits and expected <= IMPOSSIBLE:
        return fault(NAMES[1], label, advice)
    most = 0.0 if expected <= level else poisson_quantile(level, _CELLS * expected)
    if most >= draws.size:
        return not_tested(NAMES[1], label, _NOT_APART)
    return compared(NAMES[1], label, visits, most, advice if visits > most else "", kind="atom")


def _border_mass(marginal: Marginal, grids: Sequence[Grid | None]) -> float:
    """Return a bound on the exact probability of what draws may not tell from the ends of their support."""
    support = marginal.support
    if math.isinf(support.low):
        return 0.0
    line, _ = marginal.best_line
    u, weights = line.u[0].ravel(), line.weights.ravel()
    ends = [(support.low, 1.0, _NEAR if support.low else _TINY)]
    if not math.isinf(support.high):
        ends.append((support.high, -1.0, _NEAR))
    mass = 0.0
    for end, inwards, least in ends:
        reach = max(_cell(grid, end, least) for grid in grids)
        at = inwards * float(support.unconstrain_beside(np.array(end), np.array(inwards * reach)))
        order = np.argsort(inwards * u)
        mass += _mass_below(inwards * u[order], weights[order], at)
    return min(mass, 1.0)


def _mass_below(u: Float, weights: Float, at: float) -> float:
    """Return a bound on the mass below `at` of a density with these weights at rising nodes.

    Each node has the mass of all that are not above it, which is more than lies below it where the density rises. Its
    logarithm is linear in the tail of a density that is a power of the distance from the end of the support: between
    nodes it is interpolated, and beyond the first one continued, with a geometric series of weights.
    """
    kept = weights > 0.0
    u, weights = u[kept], weights[kept]
    beyond = weights[0] ** 2 / max(float(weights[1] - weights[0]), _TINY)
    mass = np.log(np.cumsum(weights) + beyond)
    slope = (mass[1] - mass[0]) / (u[1] - u[0])
    with np.errstate(over="ignore"):
        return float(np.exp(np.interp(at, u, mass) + slope * min(at - u[0], 0.0)))


def _cell(grid: Grid | None, end: float, least: float) -> float:
    """Return the width of the cell of an end of the support, or what float64 needs if that is more."""
    if grid is None:
        return least
    return max(float(np.sum(grid.cells(np.array([end])))), least)


def _advice(found: bool, what: str) -> str:
    return f"{what}: are draws copied, cut or rounded? Write 17 digits" if found else ""


def recurring_pairs(draws: Chains) -> float:
    """Return how many pairs of draws (chain, draw) are equal, runs within a chain counted once."""
    first = np.ones(draws.shape, dtype=bool)
    first[:, 1:] = draws[:, 1:] != draws[:, :-1]
    counts = np.unique(draws[first], return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1.0)).sum() / 2.0)


def _mean_rate(marginal: Marginal, grids: Sequence[Grid | None]) -> float:
    """Return the mean over chains of `expected_rate`."""
    rates = {grid: expected_rate(marginal, grid) for grid in set(grids)}
    return sum(rates[grid] for grid in grids) / len(grids)


def expected_rate(marginal: Marginal, grid: Grid | None = None) -> float:
    """Return the expectation of the density times the distance between numbers, on both scales and on a grid.

    The distance on a grid counts less: only that of float64 is taken as often as `pair_limit` does.
    """
    line, _ = marginal.best_line
    u = line.u[0].ravel()
    x = marginal.support.constrain(u)
    weights = line.weights.ravel()
    density = weights / line.steps[0] * np.exp(-line.chart.outer.log_slope(line.t[0]))
    slope = marginal.support.slope(x)
    width = np.zeros(x.shape) if grid is None else np.add(*grid.cells(x)) * (_CELLS / _ROUNDINGS)
    computed = 0.0 if grid is None else grid.precision * (_CELLS**2 / _ROUNDINGS)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spacing = (_PRECISION + computed) * np.maximum(np.abs(u), 1.0)
        spacing += np.where(slope > 0.0, (_PRECISION * np.abs(x) + width) / slope, 0.0)
    return float((weights * density * np.minimum(spacing, 1e300)).sum())


def pair_limit(draws: int, rate: float, level: float) -> float:
    """Return how many equal pairs come by chance with no more than this probability."""
    expected = 0.5 * draws * draws * _ROUNDINGS * rate
    return max(poisson_quantile(level, expected), float(_LEAST_PAIRS))


def poisson_quantile(level: float, expected: float) -> float:
    """Return the smallest count that is exceeded with at most this probability; infinite if so many are expected."""
    if not math.isfinite(expected):
        return math.inf
    # In whole numbers, and from the survival function: beside 1 a small level is lost.
    low, high = -1, math.ceil(expected)
    while special.pdtrc(float(high), expected) > level:
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if special.pdtrc(float(middle), expected) > level else (low, middle)
    return float(high)

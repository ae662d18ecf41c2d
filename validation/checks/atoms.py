"""Values that a continuous quantity cannot have twice, or at all: signs of draws that were rounded or cut."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.result import CheckResult, compared
from pplcompare.validation.quadrature.marginal import Marginal
from scipy import special

Float = NDArray[np.float64]

NAMES: Final = ("recurring values", "values on the border")
"""The comparisons that `atom_results` makes: counts, not scores."""

_LEAST_PAIRS: Final = 2
_PRECISION: Final = 2.0**-53
# Samplers compute a draw by several operations on another scale, each of which rounds.
_ROUNDINGS: Final = 64.0
_TINY: Final = 1e-300
_NEAR: Final = 1e-12


def atom_results(label: str, draws: Chains, marginal: Marginal, level: float) -> list[CheckResult]:
    """Test that no value recurs, and that none lies on the border of the support.

    A sampler may stay where it is, so equal neighbours within a chain count once. Of N independent float64 draws with
    density f, about N^2/2 E[f(x) s(x)] pairs are equal, s(x) the distance between numbers there. That is 2^-53 |x|, or
    as much as 2^-53 on the logarithmic scale on which most samplers move; 64 times the sum of both is allowed for, so
    that more pairs than the limit, never less than 2, come by chance with less than the level. Neither is tested where
    float64 itself makes atoms: where the exact law has mass within 1e-12 of an end other than 0, or below 1e-300.
    """
    low, high = marginal.support.low, marginal.support.high
    line = marginal.line
    u = line.u[0].ravel()
    x = marginal.support.constrain(u)
    weights = line.weights.ravel()
    with np.errstate(over="ignore"):
        above = np.exp(u) if math.isinf(high) else (high - low) / (1.0 + np.exp(-u))
        below = math.inf if math.isinf(high) else (high - low) / (1.0 + np.exp(u))
    coarse = (below < _NEAR) | (above < (_NEAR if low else _TINY))
    if not math.isinf(low) and draws.size * float(weights[coarse].sum()) > level:
        return [not_tested(name, label, "float64 cannot tell values near the border apart") for name in NAMES]
    border = float(np.count_nonzero((draws <= low) | (draws >= high)))
    limit = pair_limit(draws.size, expected_rate(marginal, u, x), level)
    pairs = recurring_pairs(draws)
    return [
        compared(
            NAMES[0], label, pairs, limit, _advice(pairs > limit, "pairs of distant draws are equal"), kind="atom"
        ),
        compared(NAMES[1], label, border, 0.0, _advice(border > 0.0, "draws lie on it"), kind="atom"),
    ]


def _advice(found: bool, what: str) -> str:
    return f"{what}: are draws rounded? Write 17 digits" if found else ""


def recurring_pairs(draws: Chains) -> float:
    """Return how many pairs of draws (chain, draw) are equal, runs within a chain counted once."""
    first = np.ones(draws.shape, dtype=bool)
    first[:, 1:] = draws[:, 1:] != draws[:, :-1]
    counts = np.unique(draws[first], return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1.0)).sum() / 2.0)


def expected_rate(marginal: Marginal, u: Float, x: Float) -> float:
    """Return the expectation of the density times the distance between numbers, on both scales."""
    line = marginal.line
    weights = line.weights.ravel()
    density = weights / line.steps[0] * np.exp(-line.chart.outer.log_slope(line.t[0]))
    slope = marginal.support.slope(x)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spacing = np.maximum(np.abs(u), 1.0) + np.where(slope > 0.0, np.abs(x) / slope, 0.0)
    return _PRECISION * float((weights * density * np.minimum(spacing, 1e300)).sum())


def pair_limit(draws: int, rate: float, level: float) -> float:
    """Return how many equal pairs come by chance with no more than this probability."""
    expected = 0.5 * draws * draws * _ROUNDINGS * rate
    return max(_poisson_quantile(1.0 - level, expected), float(_LEAST_PAIRS))


def _poisson_quantile(probability: float, expected: float) -> float:
    """Return the smallest count whose distribution function is at least this; 0 for an expectation of 0."""
    if expected == 0.0:
        return 0.0
    count = float(np.ceil(special.pdtrik(probability, expected)))
    below = max(count - 1.0, 0.0)
    return below if special.pdtr(below, expected) >= probability else count

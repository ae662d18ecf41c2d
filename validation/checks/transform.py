"""Draws become exact probabilities and normal scores: the probability integral transform, also of rounded draws.

A draw x of a right sampler has F(x) uniform. One that was rounded stands for its cell, and F(a) + v (F(b) - F(a)) is
exactly uniform if a and b are the ends of the cell and v is uniform on (0, 1) (Dunn and Smyth 1996, "Randomized
quantile residuals"). The generator of v is seeded with the checksums of the quantity's name and of its draws: the same
draws have the same scores. Draws of full precision have no cells but where float64 itself is coarse, at the ends of a
support.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.result import CheckResult, Outcome
from pplcompare.validation.checks.rounding import FLOAT64, Grid
from pplcompare.validation.checks.scores import LEAST_PROBABILITY, normal_scores
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.tabulated import CDFTable
from scipy import special

COARSE: Final = 1e-3
"""The exact probability of a cell at which draws are too coarse to be certified."""

FITS: Final = 100
"""The number of fits whose statistics may be pooled: errors of exact answers may be the same in all of them."""

_SHARE: Final = 0.1
_FARTHEST: Final = -float(special.ndtri(LEAST_PROBABILITY))
_NEAR: Final = 1e-9
_TINY: Final = 1e-290


@dataclass(frozen=True, slots=True)
class Transformed:
    """The draws of one quantity, as exact probabilities and as normal scores.

    Attributes
    ----------
    probability, score : (chain, draw)
        Uniform and normal if the sampler is right.
    widest
        The largest exact probability of a cell of rounded draws; zero where none was rounded.
    error
        The certified error of the exact distribution function.
    """

    probability: Chains
    score: Chains
    widest: float
    error: float

    @property
    def coarse(self) -> bool:
        """Whether single values stand for more than can be certified."""
        return self.widest >= COARSE


def tolerance(scores: int) -> float:
    """Return the error of a distribution function that does not matter to statistics of so many independent scores.

    An error e of F moves the mean of z by at most 2 c e, and that of z^2 by 2 c^2 e, if |z| <= c. A tenth of the
    standard error of the latter, sqrt(2 / scores), is the smaller bound.
    """
    return _SHARE * math.sqrt(2.0 / scores) / (2.0 * _FARTHEST**2)


def resolution_results(label: str, found: Transformed, grids: Sequence[Grid | None]) -> list[CheckResult]:
    """Return that draws are too coarse to be certified; nothing where they are not."""
    return [too_coarse(label, found.widest, grids)] if found.coarse else []


def too_coarse(label: str, widest: float, grids: Sequence[Grid | None]) -> CheckResult:
    """Return that one value stands for so much of the exact distribution."""
    names = ", ".join(dict.fromkeys(grid.name for grid in grids if grid is not None))
    detail = f"draws have {names}: one value stands for {100.0 * widest:.3g} % of the exact distribution"
    return CheckResult("resolution", label, widest, math.nan, Outcome.NOT_CERTIFIED, f"{detail}; write more digits")


def cell_probabilities(x: Float, marginal: Marginal, grid: Grid) -> Float:
    """Return the exact probability of the cell of each number on a grid.

    Raises
    ------
    AccuracyError
        If the exact distribution function is not known to a thousandth of what is coarse.
    """
    low, high = _cells(marginal.table(COARSE * 1e-3), x, grid)
    return high - low


def transformed(label: str, chains: Chains, marginal: Marginal, grids: tuple[Grid | None, ...]) -> Transformed:
    """Transform the draws of one quantity.

    Parameters
    ----------
    grids
        The grid of each chain that was rounded.

    Raises
    ------
    AccuracyError
        If the exact distribution function is not known well enough for so many draws.
    """
    table = marginal.table(tolerance(chains.size))
    probability, widest = table.cdf(chains), 0.0
    celled = np.array([grid is not None for grid in grids])[:, None] | _tight(table, chains)
    if celled.any():
        rng = np.random.default_rng([zlib.crc32(label.encode()), zlib.crc32(chains.tobytes())])
        uniform = rng.uniform(size=chains.shape)
        for i, grid in enumerate(grids):
            at = celled[i]
            low, high = _cells(table, chains[i, at], grid or FLOAT64)
            probability[i, at] = low + uniform[i, at] * (high - low)
            if grid is not None:
                widest = max(widest, float((high - low).max()))
    return Transformed(probability, normal_scores(probability, table.error), widest, table.error)


def _tight(table: CDFTable, x: Float) -> NDArray[np.bool_]:
    """Say which draws are so near an end of the support that float64 may not tell them from others."""
    low, high = table.support.low, table.support.high
    return np.asarray((x <= low + (_NEAR if low else _TINY)) | (x >= high - _NEAR))


def _cells(table: CDFTable, x: Float, grid: Grid) -> tuple[Float, Float]:
    """Return the exact distribution function at both ends of the cell of each draw."""
    below, above = grid.cells(x)
    support = table.support
    low = table.cdf_at(support.unconstrain_beside(x, -below))
    return low, np.maximum(table.cdf_at(support.unconstrain_beside(x, above)), low)

"""The distribution of a rate given its shapes: both of its tails, also at draws that are one of few numbers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.quadrature.law import Cells, LatentTails

Float = NDArray[np.float64]

COARSE: Final = 1e-4
"""The largest probability of a cell, all of which rounds to one number, whose draws tell their CDF."""

# Of 1 - CDF too few digits are left below this.
_SMALL: Final = 1e-3


def conditional_tails(first: Float, second: Float, rate: Float, cells: Cells, rng: np.random.Generator) -> LatentTails:
    """Return the tails of Beta(first, second) at draws from it: uniform on (0, 1).

    A draw whose cell is more probable than `COARSE` does not tell its CDF. Its tails are those of a place within the
    cell that the distribution itself makes random (Dunn and Smyth 1996).

    Parameters
    ----------
    first, second, rate
        Arrays that broadcast against each other.
    cells
        The cells of the draws on the grid of numbers that they can be.
    rng
        Draws these places; where there are none it is left as it is.
    """
    first, second, rate, below, above = np.broadcast_arrays(first, second, rate, *cells)
    lower = beta.cdf(first, second, rate)
    upper = 1.0 - lower
    small = upper < _SMALL
    upper[small] = beta.cdf(first[small], second[small], rate[small], upper=True)
    wide = _most(first, second, rate, Cells(below, above)) > COARSE
    if wide.any():
        mass, drawn = _within(first[wide], second[wide], rate[wide], Cells(below[wide], above[wide]), rng)
        lower[wide] = np.where(mass > COARSE, drawn.lower, lower[wide])
        upper[wide] = np.where(mass > COARSE, drawn.upper, upper[wide])
    return LatentTails(lower, upper)


def _most(first: Float, second: Float, rate: Float, cells: Cells) -> Float:
    """Return more than the probability of each cell: its width on the logit scale times the highest density there.

    By Stirling's formula that is at most sqrt(a b / (2 pi (a + b))): the error of the formula falls with its argument.
    """
    # At the lower end of the cell x / (1 - x) is least, and at the upper end most; beyond 0 or 1 the width is infinite.
    near, far = rate - cells.below, (1.0 - rate) - cells.above
    reach = cells.below + cells.above
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        width = np.log1p(reach / np.maximum(near, 0.0)) + np.log1p(reach / np.maximum(far, 0.0))
        return np.asarray(np.sqrt(first / (first + second) * second / (2.0 * math.pi)) * width)


def _within(
    first: Float, second: Float, rate: Float, cells: Cells, rng: np.random.Generator
) -> tuple[Float, LatentTails]:
    """Return the probabilities of cells, and the tails at a random place within each.

    Above a half an end of the cell may be no float64 number, but its distance from 1 is: there the law is mirrored.
    """
    mirrored = rate > 0.5
    near = np.where(mirrored, 1.0 - rate, rate)
    start, end = np.where(mirrored, cells.above, cells.below), np.where(mirrored, cells.below, cells.above)
    ends = np.clip(near - start, 0.0, 1.0), np.clip(near + end, 0.0, 1.0)
    shapes = np.where(mirrored, second, first), np.where(mirrored, first, second)
    share = rng.uniform(size=rate.shape)
    # SciPy's lower tail has four digits at the smallest numbers of all, its upper tail sixteen.
    start, end = (beta.cdf(*shapes, at, upper=True) for at in ends)
    above = start + share * (end - start)
    drawn = LatentTails(np.where(mirrored, above, 1.0 - above), np.where(mirrored, 1.0 - above, above))
    return start - end, drawn

"""The distribution of a rate given its shapes: both of its tails, also at draws that are one of few float64 numbers."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.quadrature import beta

Float = NDArray[np.float64]

COARSE: Final = 1e-4
"""The largest probability of a rounding interval, all of which rounds to one number, whose draws tell their CDF."""

_SPACING_BELOW_ONE: Final = 2.0**-53
_LEAST: Final = 5e-324
# A rounding interval is this probable only near the ends, or where the law is hardly wider than rounding.
_NEAR_ONE: Final = 1e-9
_NEAR_ZERO: Final = 1e-300
_NARROW: Final = 1e22
# Of 1 - CDF too few digits are left below this.
_SMALL: Final = 1e-3


class RateTails(NamedTuple):
    """P(rate <= x) and P(rate > x), arrays of one shape."""

    lower: Float
    upper: Float


def conditional_tails(first: Float, second: Float, rate: Float, rng: np.random.Generator) -> RateTails:
    """Return the tails of Beta(first, second) at draws from it: uniform on (0, 1).

    A draw whose rounding interval is more probable than `COARSE` does not tell its CDF. Its tails are those of a place
    within the interval that the distribution itself makes random (Dunn and Smyth 1996).

    Parameters
    ----------
    first, second, rate
        Arrays that broadcast against each other.
    rng
        Draws these places; where there are none it is left as it is.
    """
    first, second, rate = np.broadcast_arrays(first, second, rate)
    lower = beta.cdf(first, second, rate)
    upper = 1.0 - lower
    small = upper < _SMALL
    upper[small] = beta.cdf(first[small], second[small], rate[small], upper=True)
    suspect = (rate > 1.0 - _NEAR_ONE) | (rate < _NEAR_ZERO) | (first + second > _NARROW)
    if suspect.any():
        mass, drawn = _within(first[suspect], second[suspect], rate[suspect], rng)
        lower[suspect] = np.where(mass > COARSE, drawn.lower, lower[suspect])
        upper[suspect] = np.where(mass > COARSE, drawn.upper, upper[suspect])
    return RateTails(lower, upper)


def _within(first: Float, second: Float, rate: Float, rng: np.random.Generator) -> tuple[Float, RateTails]:
    """Return the probabilities of rounding intervals, and the tails at a random place within each.

    Above a half an end of the interval is no float64 number, but its distance from 1 is: there the law is mirrored.
    """
    mirrored = rate > 0.5
    near = np.where(mirrored, 1.0 - rate, rate)
    spacing = np.where(mirrored, _SPACING_BELOW_ONE, np.spacing(rate))
    ends = [np.clip(near + side * np.maximum(0.5 * spacing, _LEAST), 0.0, 1.0) for side in (-1.0, 1.0)]
    shapes = np.where(mirrored, second, first), np.where(mirrored, first, second)
    share = rng.uniform(size=rate.shape)
    # SciPy's lower tail has four digits at the smallest numbers of all, its upper tail sixteen.
    start, end = (beta.cdf(*shapes, at, upper=True) for at in ends)
    above = start + share * (end - start)
    drawn = RateTails(np.where(mirrored, above, 1.0 - above), np.where(mirrored, 1.0 - above, above))
    return start - end, drawn

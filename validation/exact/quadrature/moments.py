"""Moments of a quantity: those that exist, and those of a mixture of laws with known cumulants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.lattice import Lattice

_MARGIN: Final = 0.06
# Relative to its value: a smaller standard deviation is that of rounding.
_CONSTANT: Final = 64.0 * float(np.finfo(np.float64).eps)


class Moments(NamedTuple):
    """Mean and standard deviation, infinite where they do not exist."""

    mean: float
    sd: float


class Standardised(NamedTuple):
    """Mean, standard deviation, skewness and excess kurtosis."""

    mean: float
    sd: float
    skewness: float
    excess_kurtosis: float


def highest_moment(index: float) -> int:
    """Return the highest moment, at most the second, that float64 reaches: near the index the integral has no end."""
    return sum(index > r + _MARGIN for r in (1, 2))


def moments(lattice: Lattice, values: Float, index: float) -> Moments:
    """Return mean and sd of values (outer, inner) whose moment r exists if and only if r < `index`.

    Raises
    ------
    AccuracyError
        If a moment exists but lies beyond the range of float64 numbers.
    """
    for r in (1, 2):
        if index > r > highest_moment(index):
            raise AccuracyError(
                f"moment {r} exists, but so barely that it lies beyond float64",
                where="exact answer",
                seen=f"tail index {index:g}",
                mend="use the logarithm",
            )
    if index <= 1.0:
        return Moments(math.inf, math.inf)
    mean = float(lattice.mean(values))
    return Moments(mean, lattice.sd(values, mean) if index > 2.0 else math.inf)


def standardised(weights: Float, cumulants: Sequence[Float]) -> Standardised:
    """Return the moments of a mixture of laws with four known cumulants each, (component,).

    Raises
    ------
    AccuracyError
        If the quantity is a constant, which rounding alone tells apart: it has no standard deviation to be measured in.
    """
    weights = weights / weights.sum()
    first, second, third, fourth = cumulants
    mean = float(weights @ first)
    off = first - mean
    variance = float(weights @ (second + off**2))
    if not variance > (_CONSTANT * float(np.abs(first).max())) ** 2:
        raise AccuracyError("the quantity is the same at all hyper-parameters", where="exact answer", seen=mean)
    skewness = float(weights @ (third + 3.0 * second * off + off**3)) / variance**1.5
    fourth = fourth + 3.0 * second**2 + 4.0 * third * off + 6.0 * second * off**2 + off**4
    return Standardised(mean, math.sqrt(variance), skewness, float(weights @ fourth) / variance**2 - 3.0)

"""Sums of polygamma functions over counts, of which cumulants of log likelihoods are made."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from scipy import special

# Beyond this many, polygamma functions themselves cost less.
_MOST_STEPS: Final = 50
_STEP: Final = (-1.0, 1.0, -2.0, 6.0)
_SERIES_FROM: Final = 16.0
_BERNOULLI: Final = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def polygamma(order: int, z: Float) -> Float:
    """Return psi^(r)(z) for r = 1, 2, ...; large arguments by Abramowitz and Stegun, 6.4.11."""
    large = np.maximum(z, _SERIES_FROM)
    inverse = 1.0 / large
    square = inverse * inverse
    rest = np.zeros_like(large)
    for k in range(len(_BERNOULLI), 0, -1):
        rest = (rest + _BERNOULLI[k - 1] * math.factorial(2 * k + order - 1) / math.factorial(2 * k)) * square
    start = math.factorial(order - 1) + 0.5 * math.factorial(order) * inverse
    found = (-1.0) ** (order + 1) * inverse**order * (start + rest)
    small = z < _SERIES_FROM
    if np.any(small):
        found[small] = special.polygamma(order, z[small])
    return np.asarray(found)


def polygamma_sums(counts: NDArray[np.int64], z: Float) -> Float:
    """Return sum_g c_g^(r+1) psi^(r)(z + c_g) for r = 0, ..., 3, over the counts c_g: (order, node).

    From one count down to the next by psi^(r)(z) = psi^(r)(z + 1) - (-1)^r r! / z^(r+1), which loses nothing.
    """
    values, groups = np.unique(counts[counts > 0], return_counts=True)
    found, at = np.zeros((4, z.size)), np.zeros((4, z.size))
    previous = math.inf
    for value, many in zip(values[::-1].tolist(), groups[::-1].tolist(), strict=True):
        if previous - value > _MOST_STEPS:
            at = np.stack([special.psi(z + value), *(polygamma(order, z + value) for order in (1, 2, 3))])
        else:
            for m in range(int(previous) - 1, value - 1, -1):
                inverse = 1.0 / (z + m)
                power = inverse
                for order, factor in enumerate(_STEP):
                    at[order] += factor * power
                    power = power * inverse
        for order in range(4):
            found[order] += many * float(value) ** (order + 1) * at[order]
        previous = value
    return found

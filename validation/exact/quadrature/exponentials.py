"""Sums of very many exponentials, gathered at few rates per octave however many there are.

On an octave of the rate r, exp(-r v) with v >= 0 is a function of log r that is bounded by one where the imaginary part
of log r is at most pi / 2. Its interpolation at 16 Chebyshev nodes is therefore wrong by at most 2e-15 (Trefethen 2013,
Approximation Theory and Approximation Practice, theorem 8.2, with the ellipse of parameter 9.17), and by no more than a
few times the largest of the 16 values where all of them are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial.chebyshev import chebpts1, chebvander
from pplcompare.models.float_array import Float

_NODES: Final = 16
_CHUNK: Final = 1 << 15
# The logarithm of what is left of a sum where rounding takes all of it: a number, so that differences exist.
_LEAST: Final = -700.0


@dataclass(frozen=True, slots=True, eq=False)
class Exponentials:
    """The function v -> log sum_i m_i exp(-r_i v) of v >= 0.

    Attributes
    ----------
    rates, masses : (term,)
        Those of the terms; a mass may be negative, the sum is not.
    log_scale
        What must be added to the log of the sum.
    """

    rates: Float
    masses: Float
    log_scale: float

    @classmethod
    def gathered(cls, rates: Float, log_masses: Float) -> Exponentials:
        """Return the sum of positive masses, (term,), at no more rates than there are terms."""
        scale = float(log_masses.max())
        masses, logs = np.exp(log_masses - scale), np.log2(rates)
        octaves, place = np.unique(np.floor(logs), return_inverse=True)
        if octaves.size * _NODES >= rates.size:
            return cls(rates, masses, scale)
        nodes = chebpts1(_NODES)
        polynomials = chebvander(2.0 * (logs - octaves[place]) - 1.0, _NODES - 1)
        moments = np.stack([np.bincount(place, masses * of, octaves.size) for of in polynomials.T])
        coefficients = np.append(1.0, np.full(_NODES - 1, 2.0)) / _NODES
        at_nodes = chebvander(nodes, _NODES - 1) @ (moments * coefficients[:, None])
        return cls(np.exp2(octaves + 0.5 * (nodes[:, None] + 1.0)).ravel(), at_nodes.ravel(), scale)

    def log(self, v: Float) -> Float:
        """Return the log of the sum at `v` (point,)."""
        size = max(_CHUNK // self.rates.size, 1)
        lowest = float(self.rates.min())
        parts = [np.zeros(0)]
        for i in range(0, v.size, size):
            at = v[i : i + size]
            # Less the slowest of the exponentials, which stays within the range of float64.
            sums = np.exp(-np.outer(at, self.rates - lowest)) @ self.masses
            parts.append(np.log(np.maximum(sums, math.exp(_LEAST))) - lowest * at + self.log_scale)
        return np.concatenate(parts)

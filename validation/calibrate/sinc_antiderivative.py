"""The antiderivative of sinc: what turns densities at equidistant nodes into distribution functions."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.cubic_table import CubicTable
from scipy import special

_REACH: Final = 512
_PARTS: Final = 32


def sinc_antiderivative(distance: Float) -> Float:
    """Return the integral of sinc from minus infinity to distances of any shape, to 2e-8 up to a distance of 512.

    It is 1/2 + Si(pi d) / pi (Stenger 1993, Numerical Methods Based on Sinc and Analytic Functions).
    """
    return _table().at(distance)


@cache
def _table() -> CubicTable:
    at = np.arange(-_REACH * _PARTS, _REACH * _PARTS + 1) / _PARTS
    return CubicTable.through(at, 0.5 + special.sici(math.pi * at)[0] / math.pi, np.sinc(at))

"""Products of matrices by one thread: several threads would wait for each other, at the cost of the whole machine."""

from __future__ import annotations

from typing import Final

import numpy as np
from pplcompare.models.float_array import Float

# OpenBLAS takes several threads beyond it.
_MOST: Final = 1 << 18
_ROWS: Final = 32


def product(one: Float, other: Float) -> Float:
    """Return the product of two matrices, (row, inner) and (inner, column), put together from small ones."""
    (height, inner), width = one.shape, other.shape[1]
    if height * inner * width <= _MOST:
        return np.asarray(one @ other)
    rows = max(min(_ROWS, _MOST // width), 1)
    depth = max(_MOST // (rows * width), 1)
    total = np.zeros((height, width))
    for i in range(0, height, rows):
        for j in range(0, inner, depth):
            total[i : i + rows] += one[i : i + rows, j : j + depth] @ other[j : j + depth]
    return total

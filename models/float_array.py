"""The type of nearly every array here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
"""A float64 array; whoever takes or returns one says its shape."""

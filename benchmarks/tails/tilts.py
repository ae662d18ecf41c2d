"""Importance sampling from a mixture of tilted laws."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from scipy import special

TILTS: Final = (0.0, 2.0, -2.0, 3.5, -3.5, 5.0, -5.0, 6.5, -6.5)
"""Scores that the laws of the mixture make likely."""


def balanced(null: Float, tilts: list[Float]) -> Float:
    """Return weights by the balance heuristic, from log likelihoods (rep,); each tilt has as many repetitions."""
    return np.exp(null + math.log(len(tilts)) - special.logsumexp(tilts, axis=0))

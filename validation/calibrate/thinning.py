"""How far draws are thinned: decided by a pilot whose replications are not counted."""

from __future__ import annotations

from typing import Final

import numpy as np
from pplcompare.models.float_array import Float

PILOT: Final = 50
"""Replications of the pilot."""
PILOT_THIN: Final = 5
"""The pilot keeps as many transitions as a run that is thinned so."""
LARGEST_THIN: Final = 25
LARGEST_LAG: Final = 0.3
"""The mean autocorrelation of kept draws beyond which a quantity is underpowered; up to it ranks stay uniform."""

# Of the pilot, so that the run itself stays below `LARGEST_LAG`.
_AIM: Final = 0.2


def chosen_thin(autocorrelation: Float) -> int:
    """Return the least thinning at which no quantity is correlated; the largest one where there is none.

    Parameters
    ----------
    autocorrelation : (replication, quantity, lag)
        Those of the pilot at lags 1 to `LARGEST_THIN`.
    """
    worst = autocorrelation.mean(axis=0).max(axis=0)
    enough = np.flatnonzero(worst <= _AIM)
    return int(enough[0]) + 1 if enough.size else autocorrelation.shape[2]

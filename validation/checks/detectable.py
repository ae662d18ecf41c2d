"""The least errors that checks find with 99.9 % power, from the limits that they use.

Those of antithetic chains, which are entered as fewer draws, are a little larger.
"""

from __future__ import annotations

import math
from typing import Final

from pplcompare.validation.checks.critical_values import limit
from scipy import special

POWER: Final = 0.999

_MARGIN: Final = float(special.ndtri(POWER))


def detectable_mean(level: float, ess: float) -> float:
    """Return the shift of a mean, in standard deviations."""
    return (limit("mean", level, ess) + _MARGIN) / math.sqrt(ess)


def detectable_variance(level: float, ess: float) -> float:
    """Return the relative change of a variance, to first order; `ess` is that of squares."""
    return (limit("variance", level, ess) + _MARGIN) * math.sqrt(2.0 / ess)

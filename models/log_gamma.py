"""The logarithm of the gamma function, for numbers and for complex steps."""

from __future__ import annotations

import numpy as np
from pplcompare.models.interval import Array
from scipy import special


def log_gamma(z: Array) -> Array:
    """Return log Gamma(z) for real or complex `z`."""
    return np.asarray(special.loggamma(z) if np.iscomplexobj(z) else special.gammaln(z))

"""Limits of scores as shares of draws."""

from __future__ import annotations

from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.scores import proportion_score

# Halvings of the unit interval: as many as float64 has digits.
_HALVINGS: Final = 60


def share_bounds(q: Float, ess: Float, limit: Float) -> tuple[Float, Float]:
    """Return the shares of draws at which `proportion_score` is at its limit, on either side.

    Parameters
    ----------
    q, ess, limit : (comparison,)
        The exact probability, the effective number of draws, and the limit of the score.
    """
    return _share_at(-limit, q, ess, np.zeros_like(q), q), _share_at(limit, q, ess, q, np.ones_like(q))


def _share_at(score: Float, q: Float, ess: Float, low: Float, high: Float) -> Float:
    """Solve for the share by bisection: the score rises with it. Without a solution it is the outer end."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = proportion_score(middle, q, ess) < score
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(score < 0.0, low, high)

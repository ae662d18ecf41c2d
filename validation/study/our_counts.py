"""Whose counts to come: a backend may have no simulator of its own, and take ours."""

from __future__ import annotations

import numpy as np
from pplcompare.backends.fit import Draws, Fit
from pplcompare.validation.checks.predictive_check import predicted
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.wrapped.exact_backend import ExactProgram


def drawn_by_us(exact: ExactPosterior, fit: Fit, seed: int, counts: Draws) -> bool:
    """Say whether counts to come are those of our own simulator, to the last bit: then they say nothing of a backend.

    Parameters
    ----------
    fit, seed
        What the counts were drawn from.
    counts
        What the backend answered.
    """
    ours = predicted(ExactProgram(exact.model.structure), exact, fit, seed)
    return counts.keys() == ours.keys() and all(np.array_equal(counts[name], ours[name]) for name in ours)

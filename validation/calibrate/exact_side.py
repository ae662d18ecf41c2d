"""What the exact posterior says of one replication, beside the ranks: of its truth, and of all kept draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.exact_transform import ExactTransform
from pplcompare.validation.calibrate.rank_evidence import DEGREES
from pplcompare.validation.calibrate.uniform_bets import wave_values


@dataclass(frozen=True, slots=True, eq=False)
class ExactSide:
    """Exact probabilities of one replication; NaN where its posterior could not be certified.

    Attributes
    ----------
    truth : (component,)
        Those of the truth: independent and uniform whatever the sampler, if simulator and exact answer are right.
    direct : (component, degree)
        Means over kept draws of the waves of their probabilities: zero on average if the sampler is right.
    by_table
        Whether the tables of the run were good enough.
    """

    truth: Float
    direct: Float
    by_table: bool


def exact_side(transform: ExactTransform, counts: Counts, points: Mapping[str, Float]) -> ExactSide:
    """Compare a truth and the draws of a fit with the exact posterior.

    Parameters
    ----------
    points
        name -> (1 + draw, *plate). The truth stands first.
    """
    found = transform.probabilities(counts, points)
    return ExactSide(found.values[0], wave_values(found.values[1:]).mean(axis=0), found.by_table)


def no_exact_side(components: int) -> ExactSide:
    """Return what is known of so many components where nothing is certified."""
    return ExactSide(np.full(components, np.nan), np.full((components, DEGREES), np.nan), by_table=False)

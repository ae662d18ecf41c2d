"""How far the tables of a run are from the general quadrature, on some of its own data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.exact_transform import ExactTransform
from pplcompare.validation.calibrate.reference_probabilities import TOLERANCE, reference_probabilities
from pplcompare.validation.calibrate.replication import Replication

CERTIFIED: Final = 20
"""The number of data sets that are compared."""


@dataclass(frozen=True, slots=True)
class TableCertificate:
    """A comparison of both; true if the tables may be used.

    Attributes
    ----------
    compared
        How many data sets were compared; the general quadrature answered the others itself.
    largest
        The largest difference of a distribution function.
    """

    compared: int
    largest: float

    def __bool__(self) -> bool:
        return self.largest <= TOLERANCE


def table_certificate(transform: ExactTransform, replications: Sequence[Replication]) -> TableCertificate:
    """Compare the probabilities of hyper-parameters at the truths of all these replications, for each of their data."""
    items = transform.hierarchy.hyperparameters
    if not items:
        return TableCertificate(0, 0.0)
    truths = {name: np.stack([one.truth[name] for one in replications]) for name in replications[0].truth}
    found = [_difference(transform, one, truths) for one in replications]
    compared = [difference for difference in found if difference is not None]
    return TableCertificate(len(compared), max(compared, default=0.0))


def _difference(transform: ExactTransform, one: Replication, truths: Mapping[str, Float]) -> float | None:
    """Return the largest difference; None where the tables were not used, or the quadrature refuses."""
    found = transform.probabilities(one.counts, truths)
    items = transform.hierarchy.hyperparameters
    if not found.by_table:
        return None
    u = [
        np.clip(item.support.unconstrain(truths[item.name]), *side)
        for item, side in zip(items, transform.box, strict=True)
    ]
    try:
        expected = reference_probabilities(transform.model, one.counts, u)
    except AccuracyError:
        return None
    # NumPy's maximum, unlike Python's, keeps NaN.
    return float(np.abs(found.values[:, : len(items)] - expected).max())

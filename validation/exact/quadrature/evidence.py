"""The evidence that an exact answer is as accurate as it claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pplcompare.models.errors import AccuracyError

TOLERANCE: Final = 1e-9
"""Accepted absolute difference in log evidence, CDFs, bounded expectations and standardised moments."""
EDGE: Final = 1e-12
"""Accepted density on the edges of the box, relative to its peak."""


@dataclass(frozen=True, slots=True)
class ErrorEvidence:
    """How the error of an exact posterior is known.

    Attributes
    ----------
    closed_form
        Whether there is nothing to integrate; all else is then empty.
    nodes, box
        By hyper-parameter: number of nodes; the range that they cover.
    differences
        By comparison: the largest change of log evidence, of CDFs and moments of the unbounded coordinates, and of
        expectations of bounded functions.
    quantities
        By quantity that is given out only if it is certified as well: the largest change of its standardised moments
        (for ``rates``, of CDFs of rates) in any comparison; infinite where moments lie beyond float64.
    edge
        The density on the edges of the box, relative to its peak.
    """

    closed_form: bool
    nodes: Mapping[str, int] = field(default_factory=dict)
    box: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    differences: Mapping[str, float] = field(default_factory=dict)
    quantities: Mapping[str, float] = field(default_factory=dict)
    edge: float = 0.0
    tolerance: float = TOLERANCE

    @property
    def largest(self) -> float:
        """The largest of the differences."""
        return max(self.differences.values(), default=0.0)

    @property
    def accepted(self) -> bool:
        """Whether every comparison is within its tolerance; NaN is not."""
        return all(d <= self.tolerance for d in self.differences.values()) and self.edge <= EDGE

    def certifies(self, quantity: str) -> bool:
        """Say whether every comparison of a quantity is within its tolerance; NaN is not."""
        return self.quantities.get(quantity, 0.0) <= self.tolerance

    def require(self, quantity: str) -> None:
        """Refuse a quantity that is not certified.

        Raises
        ------
        AccuracyError
            If a comparison of it failed.
        """
        if not self.certifies(quantity):
            difference = self.quantities[quantity]
            raise AccuracyError(
                f"{quantity} could not be certified to {self.tolerance:g}",
                where="exact answer",
                seen="moments beyond float64" if math.isinf(difference) else f"a difference of {difference:.1e}",
                mend="use its logarithm, or a prior with lighter tails",
            )

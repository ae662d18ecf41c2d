"""Limits of comparisons: from a table measured with chains of known law (``benchmarks/critical_values.py``).

A statistic whose effective sample size is estimated has heavier tails than a normal variable. The table holds, by kind,
size and level, the largest limit over all simulated chains, with three standard errors added to each probability.
Between its entries limits are interpolated on the safe side: their squares are convex in the log of the level, and they
themselves are convex and fall in the log of the size, so that chords lie above. The table is entered with half the
estimated size: a size that is estimated too large makes a statistic too large and its limit too small at once.

False alarms were then measured (`verification` in the table's file). At true sizes of 320 and more they stay below the
level from 1e-1 to 1e-12. At 100 and 160 none is more than two standard errors above it, but below 1e-6 those errors are
as large as the level, and variances of AR(1) chains of .9 lie 2 to 18 times above it at 1e-12: there the level is an
order of magnitude, no bound. At 60 it is exceeded from 1e-6 on. Therefore every comparison but that of a share is made
with 400 effective draws of its own series, squares too; the size of a share counts the draws in its tail, of which 100
are enough.

Known limit: that verification had no antithetic chains whose size ArviZ does not cap. Measured since, AR(1) chains of
-.5 with 4 x 667 draws exceed the level of a mean 1.2 times at 1e-2, twice at 1e-6, six times at 1e-12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UsageError
from scipy import special

Float = NDArray[np.float64]

KINDS: Final[Mapping[str, str]] = {
    "mean": "mean of normal scores",
    "variance": "mean of their squares, as a chi-square score; also the mean of a quantity as skewed as that or less",
    "proportion": "share of draws, as a binomial score; the size is ESS min(q, 1 - q)",
    "pooled mean": "mean of a series of unknown spread",
    "pooled variance": "mean of positive values of unknown spread, as a chi-square score",
}
"""What the table has limits for."""

LEAST_SIZE: Final = 100.0
"""Effective draws, for proportions those beyond the quantile: below, there are no limits."""

OVERESTIMATE: Final = 2.0
"""Sizes in the table are true ones, those of draws estimates: a limit is that of half the estimated size."""


@dataclass(frozen=True, slots=True)
class CriticalValues:
    """A table of limits.

    Attributes
    ----------
    levels : (level,)
        False-alarm probabilities, falling.
    sizes : (size,)
        True effective numbers of draws, rising.
    limits : kind -> (size, level)
    """

    levels: Float
    sizes: Float
    limits: Mapping[str, Float]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> CriticalValues:
        """Return the table of a JSON document."""
        limits = {kind: np.array(rows, dtype=np.float64) for kind, rows in document["limits"].items()}
        return cls(np.array(document["levels"]), np.array(document["sizes"]), limits)

    def limit(self, kind: str, level: float, size: float) -> float:
        """Return the limit that |score| exceeds with at most this probability.

        Raises
        ------
        UsageError
            If the size is below the least that was measured, or the level is no probability.
        """
        if not size >= LEAST_SIZE:
            raise UsageError(
                "too few effective draws for a limit", where=kind, seen=size, mend=f"at least {LEAST_SIZE:g}"
            )
        if not 0.0 < level < 1.0:
            raise UsageError("must lie between 0 and 1", where="level", seen=level)
        return float(self.row(kind, level)(np.asarray(size)))

    def row(self, kind: str, level: float) -> SizeRow:
        """Return the limits at one level."""
        exponents, at = -np.log10(self.levels), -np.log10(level)
        rows = self.limits[kind]
        if at <= exponents[-1]:
            limits = np.array([np.sqrt(np.interp(at, exponents, row**2)) for row in rows])
        else:
            # Beyond the table along the chord of the limits themselves, which are concave.
            slopes = (rows[:, -1] - rows[:, -2]) / (exponents[-1] - exponents[-2])
            limits = rows[:, -1] + slopes * (at - exponents[-1])
        return SizeRow(np.log(self.sizes), np.maximum.accumulate(limits[::-1])[::-1])


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Limits at one level, by the log of the true size."""

    log_sizes: Float
    limits: Float

    def __call__(self, size: Float) -> Float:
        """Return the limits at estimated sizes."""
        return np.asarray(np.interp(np.log(size / OVERESTIMATE), self.log_sizes, self.limits))


@cache
def critical_values() -> CriticalValues:
    """Return the table of this package."""
    text = files("pplcompare.validation.checks").joinpath("critical_values.json").read_text(encoding="utf-8")
    return CriticalValues.of(json.loads(text))


def limit(kind: str, level: float, ess: float) -> float:
    """Return the limit of a comparison of this kind, from the table of this package."""
    return critical_values().limit(kind, level, ess)


def normal_limit(level: float) -> float:
    """Return the limit that a normal variable exceeds, on either side, with this probability: the least of all."""
    return float(-special.ndtri(level / 2.0))

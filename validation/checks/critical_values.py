"""Limits of comparisons: from a table measured with chains of known law (``benchmarks/critical_values.py``).

A statistic whose effective sample size is estimated has heavier tails than a normal variable. The table holds, by kind,
true size and level, the largest limit over all simulated chains, with three standard errors added to each probability.
Between its levels limits are interpolated on the safe side: their squares are convex in the log of the level, so that
chords lie above. Between its sizes they are interpolated in the log of the size; there the measurement below speaks.

The table is entered with an estimated size, which is too large just where right draws are rejected. If the log of its
error is normal with variance s^2 and a mean is rejected beyond L, the likeliest cause is a size too large by r, with
log r = s^2 L^2 / 2r; and with z the limit of a normal variable (L/z)^4 = r^2 / (1 + log(r)/2)^2 >= r. So an estimate is
taken for a true size that is smaller by (L/z)^4: by a tenth at 1e-2 and 400 effective draws, by a third at 1e-12.
Antithetic draws, which are worth more than independent ones, are entered as fewer (`size_to_enter`).

False alarms were then measured (`verification` in the table's file), with estimated sizes and the gate (`too_few`): 400
draws, 400 of them effective, and for shares 100 of those beyond the quantile. At true sizes from 60 to 8,000 none
exceeds its level by more than three standard errors, from 1e-2 to 1e-12; at 1e-1 means of AR(1) chains of -.25 with
4 x 375 draws do, with 1.015 (.003) times it. Standard errors are below a third of the level with few exceptions, and
below a half without. Means of antithetic chains are in it; squares of such chains are not antithetic, and antithetic
shares were counted to 1e-4 only (``pplcompare selftest --full``). Products are measured with pairs of AR(1) chains,
slow, fast and antithetic ones, and with pairs that keep their values at the same places; the other series enters by its
ranks, so that its own law has no part in the limits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from scipy import special

KINDS: Final[Mapping[str, str]] = {
    "mean": "mean of normal scores",
    "variance": "mean of their squares, as a chi-square score; also the mean of a quantity as skewed as that or less",
    "proportion": "share of draws, as a binomial score; the size is ESS min(q, 1 - q)",
    "pooled mean": "mean of a series of unknown spread",
    "pooled variance": "mean of positive values of unknown spread, as a chi-square score",
    "product": "slope of normal scores on a series that has nothing to do with them",
}
"""What the table has limits for."""

LEAST_ESS: Final = 400.0
"""Draws, and effective draws, that every comparison needs."""

LEAST_SIZE: Final = 100.0
"""Effective draws, for proportions those beyond the quantile: below, there are no limits."""


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
        level = min(level, float(self.levels[0]))
        exponents, at = -np.log10(self.levels), -np.log10(level)
        rows = self.limits[kind]
        if at <= exponents[-1]:
            limits = np.array([np.sqrt(np.interp(at, exponents, row**2)) for row in rows])
        else:
            # Beyond the table along the chord of the limits themselves, which are concave.
            slopes = (rows[:, -1] - rows[:, -2]) / (exponents[-1] - exponents[-2])
            limits = rows[:, -1] + slopes * (at - exponents[-1])
        limits = np.maximum.accumulate(limits[::-1])[::-1]
        estimated = self.sizes * np.maximum(limits / normal_limit(level), 1.0) ** 4
        return SizeRow(np.log(np.maximum.accumulate(estimated)), limits)


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Limits at one level, by the log of the estimated size."""

    log_sizes: Float
    limits: Float

    def __call__(self, size: Float) -> Float:
        """Return the limits at estimated sizes."""
        return np.asarray(np.interp(np.log(size), self.log_sizes, self.limits))


@cache
def critical_values() -> CriticalValues:
    """Return the table of this package."""
    text = files("pplcompare.validation.checks").joinpath("critical_values.json").read_text(encoding="utf-8")
    return CriticalValues.of(json.loads(text))


def limit(kind: str, level: float, size: float) -> float:
    """Return the limit of a comparison of this kind, from the table of this package."""
    return critical_values().limit(kind, level, size)


def too_few(kind: str, size: ArrayLike, ess: ArrayLike, draws: int) -> NDArray[np.bool_]:
    """Say where nothing is compared: `ess` of `draws` draws are effective, of a share `size` beyond the quantile.

    What is not a number is not too small: it is compared, and fails.
    """
    least = LEAST_SIZE if kind == "proportion" else LEAST_ESS
    return np.asarray((np.minimum(ess, draws) < LEAST_ESS) | (np.asarray(size) < least))


def size_to_enter(size: ArrayLike, ess: ArrayLike, draws: int) -> Float:
    """Return the size whose limits are those of `size`, a share of `ess` effective draws out of `draws`.

    With more effective draws than draws the autocorrelation time tau = draws / ess is below 1. Its error is that of so
    many draws, whatever it is: relative to it as large as with draws tau^2 independent ones.
    """
    tau = np.minimum(draws / np.asarray(ess, dtype=np.float64), 1.0)
    return np.asarray(np.maximum(size * tau**3, np.minimum(size, LEAST_SIZE)))


def normal_limit(level: float) -> float:
    """Return the limit that a normal variable exceeds, on either side, with this probability: the least of all."""
    return float(-special.ndtri(level / 2.0))

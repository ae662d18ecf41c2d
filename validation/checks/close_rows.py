"""Draws that recur with all their quantities: copies in any order, exact or with little noise.

A row is one draw of all quantities, seen in two fixed projections. Its distance from the nearest other row is compared
with that from the K-th nearest, K = 8: in two dimensions the share of the inner circle's area, v, would be the least of
seven uniform variables, P(v < p) = 1 - (1 - p)^7, whatever the density, so long as it hardly changes within the circle.
So neither the density of the draws nor how densely they lie enters, nor does the autocorrelation of chains. Numbers of
rows that are closer than a few shares are compared with Poisson limits at the level of the comparison, for 1.25 times
as many as expected, since densities do change within a circle; rows are close in pairs, which halves them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.atoms import poisson_quantile
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.result import CheckResult, compared
from scipy.spatial import KDTree

NAME: Final = "close rows"
"""The comparison that `close_row_results` makes: a number of rows, not a score."""

SHARES: Final = (1e-4, 1e-2, 1e-1)
"""Expected shares of close rows: the smallest finds few exact copies, the largest many with noise."""

LEAST_ROWS: Final = 400
"""The smallest number of rows that is tested."""

MOST_ROWS: Final = 20_000
"""The largest: of more rows those in the middle of the first projection are taken, copies with their originals."""

_NEIGHBOURS: Final = 8
_PROJECTIONS: Final = 2
_MARGIN: Final = 1.25
_LEAST_LIMIT: Final = 4.0


def planned_close_rows() -> int:
    """Return the number of comparisons that `close_row_results` makes."""
    return 1


def close_row_results(series: Float, stays: NDArray[np.bool_], level: float) -> list[CheckResult]:
    """Test that not more rows are close to another one than come by chance with probability `level`.

    Parameters
    ----------
    series : (projection, chain, draw)
        From `projections`, of scores that were drawn within the cells of draws that were rounded: equal cells are no
        fault, and such rows are then as close as right ones.
    stays : (chain, draw - 1)
        Whether a draw equals the one before it in all quantities: a row that stays is one row.
    """
    first = np.ones(series.shape[1:], dtype=bool)
    first[:, 1:] = ~stays
    rows = series[:_PROJECTIONS, first].T
    if len(rows) > MOST_ROWS:
        far = np.abs(rows[:, 0] - np.median(rows[:, 0]))
        rows = rows[np.argpartition(far, MOST_ROWS)[:MOST_ROWS]]
    if len(rows) < LEAST_ROWS or not rows.shape[1]:
        return [not_tested(NAME, "all chains", f"fewer than {LEAST_ROWS} rows that differ from the one before")]
    nearest, farthest = KDTree(rows).query(rows, [2, _NEIGHBOURS + 1])[0].T
    # What is as often there as a row has neighbours has no distance from the last of them.
    share = np.divide(nearest, farthest, out=np.zeros_like(nearest), where=farthest > 0.0) ** rows.shape[1]
    reached = -np.expm1((_NEIGHBOURS - 1) * np.log1p(-np.minimum(share, 1.0 - 1e-15)))
    counts = [float(np.count_nonzero(reached < p)) for p in SHARES]
    limits = [_limit(_MARGIN * p * len(rows), level / len(SHARES)) for p in SHARES]
    worst = int(np.argmax(np.divide(counts, limits)))
    detail = f"of {len(rows)} rows so many are almost those of other draws: are chains copied?"
    found = detail if counts[worst] > limits[worst] else ""
    return [compared(NAME, "all chains", counts[worst], limits[worst], found, kind="close rows")]


def _limit(expected: float, level: float) -> float:
    """Return the number of rows that is exceeded with no more than this probability where they come in pairs."""
    return max(2.0 * poisson_quantile(level, expected / 2.0), _LEAST_LIMIT)

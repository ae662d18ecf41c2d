"""The shortest interval that holds a probability, from quantiles and densities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float


def shortest_interval(
    quantile: Callable[[Float], Float],
    density: Callable[[Float], Float],
    probability: float,
    *,
    places: int = 65,
    edge: float = 1e-9,
) -> tuple[float, float]:
    """Return the shortest interval that holds `probability`.

    At its ends inside the support the density is the same. Where the density has two peaks, the region of highest
    density may be two intervals; this one is still the shortest.

    Parameters
    ----------
    quantile, density
        The functions take arrays of any shape; the quantiles of 0 and 1 are the ends of the support.
    places
        How many probabilities below the interval are tried before it is searched between two of them.
    edge
        How near to 0 the probability below the interval may be, or that above it, without being 0.

    Raises
    ------
    UsageError
        If `probability` does not lie between 0 and 1.
    """
    if not 0.0 < probability < 1.0:
        raise UsageError("must lie between 0 and 1", where="probability", seen=probability)

    # A slow import that nothing else needs.
    from scipy import optimize

    def ends(below: Float | float) -> Float:
        return quantile(np.stack([np.asarray(below), np.asarray(below) + probability]))

    def length(below: float) -> float:
        low, high = ends(below)
        return float(high - low)

    def surplus(below: float) -> float:
        low, high = density(ends(below))
        return float(low - high)

    grid = np.linspace(0.0, 1.0 - probability, places)
    low, high = ends(grid)
    best = int(np.argmin(high - low))
    left, right = grid[max(best - 1, 0)], grid[min(best + 1, places - 1)]
    inner_left, inner_right = np.clip([left, right], edge, 1.0 - probability - edge)
    found = [float(grid[best])]
    # The width shrinks as long as the lower end has the lower density.
    if surplus(inner_left) < 0.0 < surplus(inner_right):
        found.append(float(optimize.brentq(surplus, inner_left, inner_right, xtol=1e-12)))
    # Where a density has no bound, few of its digits are known, or none at an end that is too small for a number.
    if min(found, key=length) == grid[best] and 0 < best < places - 1:
        best_inside = optimize.minimize_scalar(
            length, bounds=(float(inner_left), float(inner_right)), method="bounded", options={"xatol": 1e-7}
        )
        found.append(float(best_inside.x))
    shortest = ends(min(reversed(found), key=length))
    return float(shortest[0]), float(shortest[1])

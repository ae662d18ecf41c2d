"""The numbers by which two lattices of one posterior are compared, all of order one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.moments import highest_moment
from pplcompare.validation.exact.quadrature.posterior import Posterior, cdf_name
from pplcompare.validation.exact.quadrature.update import Shapes

Float = NDArray[np.float64]
type Numbers = Mapping[str, Float]
"""By quantity; what must be right in any case is under `CORE`."""

CORE: Final = "core"
RATES: Final = "rates"

_NO_WEIGHT: Final = 1e-13
# In standard deviations: nothing that far has a weight, and squares stay within float64.
_FARTHEST: Final = 1e150


def difference(pairs: Iterable[tuple[Numbers, Numbers]]) -> dict[str, float]:
    """Return by quantity the largest difference, NaN if there is one."""
    largest: dict[str, float] = {}
    for one, other in pairs:
        for name in one:
            found = float(np.max(np.abs(one[name] - other[name])))
            largest[name] = found if math.isnan(found) else max(found, largest.get(name, 0.0))
    return largest


class Summary[S: Shapes]:
    """What is computed from each lattice, with locations and scales taken from one of them.

    Parameters
    ----------
    beyond
        Names of quantities whose moments lattices do not hold.
    """

    def __init__(self, posterior: Posterior[S], reference: Lattice, beyond: Set[str] = frozenset()) -> None:
        self._posterior, self._law, self._beyond = posterior, posterior.pair.law, beyond
        shapes = posterior.hierarchy.shapes(reference.u)

        def place(k: float, n: float) -> float:
            """Return the middle of the latents after a datum."""
            return self._law.place(float(reference.mean(self._law.bounded(shapes, k, n))))

        k, n = (of.astype(np.float64) for of in posterior.tails.data)
        # The means of latents whose law before the data has this middle and weighs as much as one unit of n.
        middles = (k + place(0.0, 0.0)) / (n + 1.0)
        extremes = {(float(k[g]), float(n[g])) for g in (middles.argmin(), middles.argmax())}
        self._pairs = [(0.0, 0.0), *extremes]
        self._places = [place(*pair) for pair in self._pairs]
        self._standards = [self._standard(reference, values, order) for _, values, order in self._unbounded(reference)]
        self._points = [mean + sd * np.array([-1.0, 0.0, 1.0]) for mean, sd in self._standards[: len(reference.u)]]

    def _unbounded(self, lattice: Lattice) -> list[tuple[str, Float, int]]:
        """Return names, values and highest moments of the quantities that have no bounds."""
        coordinates = [(CORE, u, 2) for u in lattice.u]
        indices = self._posterior.indices
        held = {name: of for name, of in self._posterior.quantities(lattice.u).items() if name not in self._beyond}
        return coordinates + [(name, values, highest_moment(indices[name])) for name, values in held.items()]

    @staticmethod
    def _standard(lattice: Lattice, values: Float, order: int) -> tuple[float, float]:
        """Return location and scale, so that the moments compared are relative to the quantity's own."""
        if order == 0:
            return 0.0, 1.0
        mean = float(lattice.mean(values))
        return (0.0, abs(mean)) if order == 1 else (mean, lattice.sd(values, mean) or 1.0)

    def _functions(self, lattice: Lattice) -> Iterator[tuple[str, Float]]:
        """Yield functions whose expectations are compared, (outer, inner), and what each belongs to, one at a time."""
        shapes = self._posterior.hierarchy.shapes(lattice.u)
        whole = lattice.log_terms.shape
        for pair in self._pairs:
            yield CORE, np.broadcast_to(self._law.bounded(shapes, *pair), whole)
        for (name, values, order), (center, scale) in zip(self._unbounded(lattice), self._standards, strict=True):
            z = np.broadcast_to(np.clip((values - center) / scale, -_FARTHEST, _FARTHEST), whole)
            for r in range(1, order + 1):
                yield name, z**r

    def _numbers(self, lattice: Lattice, starts: Sequence[tuple[int, ...]]) -> list[Numbers]:
        """Return the numbers of a lattice, then those of its parts that begin at `starts`."""
        parts = [lattice, *(lattice.every_second(start) for start in starts)]
        places = [(), *(lattice.cut(start) for start in starts)]
        means: list[dict[str, list[float]]] = [{} for _ in parts]
        for name, values in self._functions(lattice):
            for found, part, place in zip(means, parts, places, strict=True):
                found.setdefault(name, []).append(float(part.mean(values[place])))
        return [self._with_cdfs(part, found) for part, found in zip(parts, means, strict=True)]

    def _with_cdfs(self, lattice: Lattice, means: Mapping[str, list[float]]) -> Numbers:
        grouped = {name: np.array(values) for name, values in means.items()}
        outer, *inner = lattice.chart.order
        core = [np.array([lattice.log_total]), grouped[CORE], lattice.cdf(outer, self._points[outer])]
        items = self._posterior.hierarchy.hyperparameters
        cdfs = {cdf_name(items[i]): lattice.cdf(i, self._points[i]) for i in inner}
        return {**grouped, CORE: np.concatenate(core), **cdfs}

    def whole(self, lattice: Lattice) -> Numbers:
        """Return the numbers of a lattice."""
        return self._numbers(lattice, [])[0]

    def with_parts(self, lattice: Lattice) -> tuple[Numbers, list[Numbers]]:
        """Return the numbers of a lattice, and those of its parts with every second node."""
        whole, *parts = self._numbers(lattice, list(itertools.product((0, 1), repeat=len(lattice.t))))
        return whole, parts

    def rates(self, lattice: Lattice) -> Numbers:
        """Return CDFs of latents, each at its own middle."""
        heavy = lattice.weights > _NO_WEIGHT
        weights = lattice.weights[heavy]
        shapes = self._posterior.hierarchy.shapes([u[heavy] for u in lattice.u])
        pairs = zip(self._pairs, self._places, strict=True)
        cdfs = [(weights * self._law.cdf(shapes, k, n, x)).sum() for (k, n), x in pairs]
        return {RATES: np.array(cdfs)}

"""The numbers by which two lattices of one posterior are compared, all of order one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.quadrature import beta
from pplcompare.validation.quadrature.lattice import Lattice
from pplcompare.validation.quadrature.posterior import Posterior, highest_moment

Float = NDArray[np.float64]
type Numbers = Mapping[str, Float]
"""By quantity; what must be right in any case is under `CORE`."""

CORE: Final = "core"
RATES: Final = "rates"

_NO_WEIGHT: Final = 1e-13


def difference(pairs: Iterable[tuple[Numbers, Numbers]]) -> dict[str, float]:
    """Return by quantity the largest difference, NaN if there is one."""
    largest: dict[str, float] = {}
    for one, other in pairs:
        for name in one:
            found = float(np.max(np.abs(one[name] - other[name])))
            largest[name] = found if math.isnan(found) else max(found, largest.get(name, 0.0))
    return largest


class Summary:
    """What is computed from each lattice, with locations and scales taken from one of them."""

    def __init__(self, posterior: Posterior, reference: Lattice) -> None:
        self._posterior = posterior
        shapes = posterior.hierarchy.shapes(reference.u)
        middle = float(reference.mean(np.exp(shapes.log_mean)))
        n, k = posterior.tails.trials.astype(np.float64), posterior.tails.successes.astype(np.float64)
        share = (k + middle) / (n + 1.0)
        extremes = {(float(n[g]), float(k[g])) for g in (share.argmin(), share.argmax())}
        self._pairs = [(0.0, 0.0), *extremes]
        self._means = [float(reference.mean((shapes.first + k) / (shapes.total + n))) for n, k in self._pairs]
        self._standards = [self._standard(reference, values, order) for _, values, order in self._unbounded(reference)]
        self._points = [mean + sd * np.array([-1.0, 0.0, 1.0]) for mean, sd in self._standards[: len(reference.u)]]

    def _unbounded(self, lattice: Lattice) -> list[tuple[str, Float, int]]:
        """Return names, values and highest moments of the quantities that have no bounds."""
        coordinates = [(CORE, u, 2) for u in lattice.u]
        indices = self._posterior.indices
        quantities = self._posterior.quantities(lattice.u)
        return coordinates + [(name, values, highest_moment(indices[name])) for name, values in quantities.items()]

    @staticmethod
    def _standard(lattice: Lattice, values: Float, order: int) -> tuple[float, float]:
        """Return location and scale, so that the moments compared are relative to the quantity's own."""
        if order == 0:
            return 0.0, 1.0
        mean = float(lattice.mean(values))
        return (0.0, abs(mean)) if order == 1 else (mean, math.sqrt(float(lattice.mean((values - mean) ** 2))) or 1.0)

    def _values(self, lattice: Lattice) -> tuple[list[str], Float]:
        """Return functions whose expectations are compared, (function, outer, inner), and what each belongs to."""
        shapes = self._posterior.hierarchy.shapes(lattice.u)
        found = [(CORE, (shapes.first + k) / (shapes.total + n)) for n, k in self._pairs]
        for (name, values, order), (center, scale) in zip(self._unbounded(lattice), self._standards, strict=True):
            z = (values - center) / scale
            found.extend((name, z**r) for r in range(1, order + 1))
        values = np.stack([np.broadcast_to(f, lattice.log_terms.shape) for _, f in found])
        return [name for name, _ in found], values

    def _numbers(self, lattice: Lattice, names: list[str], values: Float) -> Numbers:
        means = lattice.mean(values)
        grouped = {name: means[[i for i, other in enumerate(names) if other == name]] for name in dict.fromkeys(names)}
        cdfs = [lattice.cdf(i, points) for i, points in enumerate(self._points)]
        return {**grouped, CORE: np.concatenate([[lattice.log_total], grouped[CORE], *cdfs])}

    def whole(self, lattice: Lattice) -> Numbers:
        """Return the numbers of a lattice."""
        return self._numbers(lattice, *self._values(lattice))

    def with_parts(self, lattice: Lattice) -> tuple[Numbers, list[Numbers]]:
        """Return the numbers of a lattice, and those of its parts with every second node."""
        names, values = self._values(lattice)
        starts = list(itertools.product((0, 1), repeat=len(lattice.t)))
        parts = [self._numbers(lattice.every_second(i), names, values[:, *lattice.cut(i)]) for i in starts]
        return self._numbers(lattice, names, values), parts

    def rates(self, lattice: Lattice) -> Numbers:
        """Return CDFs of rates, each at its own mean."""
        heavy = lattice.weights > _NO_WEIGHT
        weights = lattice.weights[heavy]
        shapes = self._posterior.hierarchy.shapes([u[heavy] for u in lattice.u])
        pairs = zip(self._pairs, np.array(self._means), strict=True)
        cdfs = [(weights * beta.cdf(shapes.first + k, shapes.second + n - k, x)).sum() for (n, k), x in pairs]
        return {RATES: np.array(cdfs)}

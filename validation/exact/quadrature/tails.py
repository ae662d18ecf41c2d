"""Which integrals of a posterior exist: its exponents along the ways to infinity in the logs of the hyper-parameters.

Along a ray, log x_i = d_i T with T to infinity, the density of the logs behaves as exp(e(d) T), and e is linear
between the rays that a family lists. So the posterior exists if and only if e < 0 on each of them, and moment r of a
positive quantity that grows as exp(g(d) T) exists if and only if r g + e < 0 on each. The family says g, and what the
likelihood adds to e.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import ImproperPosterior
from pplcompare.validation.exact.quadrature.conjugate_pair import Derived, Exponent
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy
from pplcompare.validation.exact.quadrature.hyperparameter import Hyperparameter
from pplcompare.validation.exact.quadrature.update import Increments, Shapes

_NEAR_ZERO: Final = (-600.0, -500.0)


@dataclass(frozen=True, slots=True, eq=False)
class Tails[S: Shapes]:
    """Exponents of a posterior.

    Attributes
    ----------
    growth
        What the family says of the likelihood.
    data
        The data of all groups.
    """

    hierarchy: Hierarchy[S]
    growth: Exponent
    data: Increments

    @property
    def rays(self) -> list[tuple[float, ...]]:
        """Directions in the logs of the hyper-parameters along which a shape moves."""
        candidates = self.growth.rays.get(len(self.hierarchy.hyperparameters), ())
        moving = [self._moving(i) for i in range(len(self.hierarchy.hyperparameters))]
        return [ray for ray in candidates if all(moves or d == 0.0 for moves, d in zip(moving, ray, strict=True))]

    def _moving(self, index: int) -> bool:
        """Say whether a hyper-parameter moves a shape when all others stay."""
        step = [float(i == index) for i in range(len(self.hierarchy.hyperparameters))]
        return any(self.hierarchy.directions(step))

    def exponent(self, ray: Sequence[float]) -> float:
        """Return e(d)."""
        prior = sum(_prior_exponent(item, d) for item, d in zip(self.hierarchy.hyperparameters, ray, strict=True))
        return prior + self.growth.growth(self.data, *self.hierarchy.directions(ray))

    def check(self) -> None:
        """Refuse a posterior that does not exist.

        Raises
        ------
        ImproperPosterior
            If a prior is improper and the data do not make up for it.
        """
        if self.hierarchy.proper:
            return
        for ray in self.rays:
            if (exponent := self.exponent(ray)) >= 0.0:
                raise ImproperPosterior(
                    f"the posterior does not exist: not integrable {self._way(ray)} (exponent {exponent:g})",
                    where="prior",
                    seen=", ".join(f"{item.name} ~ {item.prior}" for item in self.hierarchy.hyperparameters),
                    mend=self.growth.mend,
                )

    def _way(self, ray: Sequence[float]) -> str:
        ends = {1.0: "infinity", -1.0: "0"}
        names = (item.name for item in self.hierarchy.hyperparameters)
        return "where " + " and ".join(f"{name} goes to {ends[d]}" for name, d in zip(names, ray, strict=True) if d)

    def index(self, growth: Sequence[float]) -> float:
        """Return t such that posterior moment r exists if and only if r < t.

        Parameters
        ----------
        growth : (ray,)
            By how much the log of the quantity grows along each of the rays.
        """
        grown = [(ray, g) for ray, g in zip(self.rays, growth, strict=True) if g > 0.0]
        return min((-self.exponent(ray) / g for ray, g in grown), default=math.inf)

    def hyperparameter_index(self, index: int) -> float:
        """Return the index of a hyper-parameter."""
        return self.index([ray[index] for ray in self.rays])

    def derived_index(self, quantity: Derived[S]) -> float:
        """Return the index of a derived quantity, infinite for one that is bounded or a logarithm."""
        if quantity.growth is None:
            return math.inf
        return self.index([quantity.growth(*self.hierarchy.directions(ray)) for ray in self.rays])


def _prior_exponent(item: Hyperparameter, d: float) -> float:
    if d == 0.0:
        return 0.0
    if d > 0.0:
        return -item.tail_index if math.isinf(item.support.high) else -math.inf
    if not item.prior.proper:
        return item.tail_index
    if item.support.low > 0.0:
        return -math.inf
    low, high = (float(item.log_density(np.array(u))) for u in _NEAR_ZERO)
    return -(high - low) / (_NEAR_ZERO[1] - _NEAR_ZERO[0])

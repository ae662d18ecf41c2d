"""Which integrals of a posterior exist: its exponents along the ways to infinity in the logs of the hyper-parameters.

Along a ray, log x_i = d_i T with T to infinity, the density of the logs behaves as exp(e(d) T), and e is linear
between the rays listed here. So the posterior exists if and only if e < 0 on each of them, and moment r of a positive
quantity that grows as exp(g(d) T) exists if and only if r g + e < 0 on each. From (a)_k (b)_{n-k} / (a+b)_n one reads
for the likelihood, with p, q the directions of log a, log b:

- to infinity together, or one alone: n - k factors b/a where a outgrows b, k factors a/b where b outgrows a;
- to zero: a factor a for k > 0, one b for k < n, one 1/(a+b) for n > 0.

A mean in (0, 1) with a proper prior adds no ray: the likelihood is bounded by its order at fixed mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import ImproperPosterior
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy, Hyperparameter

_RAYS: Final = {
    1: ((1.0,), (-1.0,)),
    2: ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (-1.0, -1.0)),
}
_NEAR_ZERO: Final = (-600.0, -500.0)


@dataclass(frozen=True, slots=True, eq=False)
class Tails:
    """Exponents of a posterior.

    Attributes
    ----------
    trials, successes : (group,)
    """

    hierarchy: Hierarchy
    trials: NDArray[np.int64]
    successes: NDArray[np.int64]

    @property
    def rays(self) -> list[tuple[float, ...]]:
        """Directions in the logs of the hyper-parameters along which shapes go to zero or infinity."""
        candidates = _RAYS.get(len(self.hierarchy.hyperparameters), ())
        moving = [self._moving(i) for i in range(len(self.hierarchy.hyperparameters))]
        return [ray for ray in candidates if all(moves or d == 0.0 for moves, d in zip(moving, ray, strict=True))]

    def _moving(self, index: int) -> bool:
        """Say whether a hyper-parameter moves a shape when all others stay."""
        step = [float(i == index) for i in range(len(self.hierarchy.hyperparameters))]
        return any(self.hierarchy.directions(step))

    def exponent(self, ray: Sequence[float]) -> float:
        """Return e(d)."""
        prior = sum(_prior_exponent(item, d) for item, d in zip(self.hierarchy.hyperparameters, ray, strict=True))
        return prior + self._likelihood_exponent(*self.hierarchy.directions(ray))

    def _likelihood_exponent(self, p: float, q: float) -> float:
        n, k = self.trials, self.successes
        some, all_but = float(np.sum(k > 0)), float(np.sum(k < n))
        up_p, up_q = max(p, 0.0), max(q, 0.0)
        binomial = k.sum() * (up_p - max(up_p, up_q)) + (n - k).sum() * (up_q - max(up_p, up_q))
        return float(binomial + some * min(p, 0.0) + all_but * min(q, 0.0) - np.sum(n > 0) * min(max(p, q), 0.0))

    def check(self) -> None:
        """Refuse a posterior that does not exist.

        Raises
        ------
        ImproperPosterior
            If a prior is improper and the counts do not make up for it.
        """
        if self.hierarchy.proper:
            return
        for ray in self.rays:
            if (exponent := self.exponent(ray)) >= 0.0:
                raise ImproperPosterior(
                    f"the posterior does not exist: not integrable {self._way(ray)} (exponent {exponent:g})",
                    where="prior",
                    seen=", ".join(f"{item.name} ~ {item.prior}" for item in self.hierarchy.hyperparameters),
                    mend="take a proper prior, another exponent, or more groups with 0 < k < n",
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

    def shape_index(self, which: int) -> float:
        """Return the index of the first (0) or the second (1) shape."""
        return self.index([self.hierarchy.directions(ray)[which] for ray in self.rays])

    def concentration_index(self) -> float:
        """Return the index of the sum of the shapes."""
        return self.index([max(self.hierarchy.directions(ray)) for ray in self.rays])


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

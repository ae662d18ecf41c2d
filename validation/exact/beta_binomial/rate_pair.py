"""Two rates: their difference, their ratio, and what the choice of one of them loses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.contrast import DIFFERENCE, RATIO, RateContrast
from pplcompare.validation.exact.beta_binomial.crossing import Crossing
from pplcompare.validation.exact.beta_binomial.image import Shifted
from pplcompare.validation.exact.beta_binomial.joint_rates import JointRates, joint_rates
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.rate_marginal import RateMarginal
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.exact.quadrature.pair import Certain

_HEAVY: Final = 1e-9


@dataclass(frozen=True, eq=False)
class CountedRate:
    """A rate after its counts: its distribution, successes and trials."""

    rate: RateMarginal
    k: float
    n: float

    def shapes(self, before: Shapes) -> tuple[Float, Float]:
        """Return both shapes after the counts."""
        return before.first + self.k, before.second + (self.n - self.k)

    @cached_property
    def spread(self) -> float:
        """The standard deviation of the logit."""
        line = self.rate.line
        u, weights = line.u[0].ravel(), line.weights.ravel()
        return math.sqrt(float(weights @ (u - weights @ u) ** 2))


class RatePair:
    """The one rate and the other.

    Parameters
    ----------
    mixing
        The posterior of the shapes.
    mixtures
        The function takes a rate and returns the mixtures of Betas that it is by different nodes of the
        hyper-parameters.
    """

    def __init__(
        self,
        mixing: Mixing[Shapes],
        mixtures: Callable[[CountedRate], list[Components]],
        one: CountedRate,
        other: CountedRate,
    ) -> None:
        self._mixing, self._one, self._other, self._mixtures = mixing, one, other, mixtures
        self._turned = one.spread < other.spread
        self._joint: dict[int, JointRates] = {}
        self._crossing = Crossing(self._rates)

    def _rates(self, refinement: int) -> JointRates:
        if refinement not in self._joint:
            ordered = (self._one, self._other) if self._turned else (self._other, self._one)
            narrow, wide = ((each.rate.line, self._mixtures(each)) for each in ordered)
            self._joint[refinement] = joint_rates(narrow, wide, refinement)
        return self._joint[refinement]

    @cached_property
    def difference(self) -> RateContrast:
        """The one less the other."""
        one, other = self._one.rate, self._other.rate
        middle, width = one.mean - other.mean, math.hypot(one.sd, other.sd)
        return RateContrast(self._difference_moments, self._crossing, self._turned, DIFFERENCE, (middle, width))

    @cached_property
    def ratio(self) -> RateContrast:
        """The one divided by the other."""
        one, other = self._one.rate, self._other.rate
        middle = math.log(one.mean) - math.log(other.mean)
        width = math.hypot(one.sd / one.mean, other.sd / other.mean)
        return RateContrast(self._ratio_moments, self._crossing, self._turned, RATIO, (middle, width))

    @cached_property
    def loss(self) -> Certain:
        """The amount by which the other exceeds the one on average, counted as zero where it does not."""
        return self._crossing.excess(Shifted(0.0), upper=self._turned)

    @cached_property
    def gain(self) -> Certain:
        """The amount by which the one exceeds the other on average: the loss of choosing the other."""
        return self._crossing.excess(Shifted(0.0), upper=not self._turned)

    def _difference_moments(self) -> Moments:
        means, within = [], np.zeros(())
        for each in (self._one, self._other):
            first, second = each.shapes(self._mixing.shapes)
            total = first + second
            means.append(first / total)
            within = within + means[-1] * (second / total) / (total + 1.0)
        values = means[0] - means[1]
        mean = self._mixing.mean(values)
        return Moments(mean, math.sqrt(self._mixing.mean(within + (values - mean) ** 2)))

    def _ratio_moments(self) -> Moments:
        mean = self._ratio_moment(1)
        return Moments(mean, math.sqrt(max(self._ratio_moment(2) - mean**2, 0.0)) if mean < math.inf else math.inf)

    def _ratio_moment(self, order: int) -> float:
        """Return E (one / other)^order, infinite where it does not exist."""
        first, second = self._one.shapes(self._mixing.shapes)
        below, rest = self._other.shapes(self._mixing.shapes)
        if self._mixing.nodes is None:
            exists, sure = float(below) > order, True
        else:
            heavy = self._mixing.nodes.weights > _HEAVY
            exists = bool(np.all(np.broadcast_to(below, heavy.shape)[heavy] > order))
            sure = self._other.k >= order or not exists
        if not sure:
            raise AccuracyError("whether a moment of the ratio exists is not known", where="exact answer", seen=order)
        if not exists:
            return math.inf
        value = np.ones(())
        for i in range(order):
            value = value * ((first + i) / (first + second + i))
            value = value * ((below + rest - 1.0 - i) / (below - 1.0 - i))
        return self._mixing.mean(value)

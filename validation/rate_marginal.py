"""The distribution of a rate: a Beta, or a mixture of Betas over the hyper-parameters' nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.models.interval import UNIT
from pplcompare.validation import beta
from pplcompare.validation.chart import chart
from pplcompare.validation.lattice import Lattice, find_box, lattice
from pplcompare.validation.marginal import Marginal
from pplcompare.validation.mixture import Components, MixtureDensity
from pplcompare.validation.posterior import Moments
from pplcompare.validation.tabulated import TABLE_TOLERANCE, halving_error
from scipy import special

Float = NDArray[np.float64]

_STEPS: Final = (0.125, 0.0625, 0.03125)
_STRENGTH: Final = 0.5


class RateMarginal(Marginal):
    """A mixture of Betas.

    Parameters
    ----------
    components
        Enough of them for CDFs and moments.
    fine
        Enough for densities.
    require
        Refuses to go on where CDFs of rates are not certified.
    """

    support = UNIT

    def __init__(self, components: Components, fine: Components, require: Callable[[], None] = lambda: None) -> None:
        self._components, self._fine, self._require = components, fine, require

    @cached_property
    def moments(self) -> Moments:
        weights, first, second = self._components
        total = first + second
        means = first / total
        mean = float(weights @ means)
        within = means * (second / total) / (total + 1.0)
        return Moments(mean, math.sqrt(float(weights @ (within + (means - mean) ** 2))))

    def log_density(self, u: Float) -> Float:
        self._require()
        return self._fine_density(u)

    def cdf(self, x: Float) -> Float:
        return self._mix(x, upper=False)

    def sf(self, x: Float) -> Float:
        return self._mix(x, upper=True)

    def _mix(self, x: Float, *, upper: bool) -> Float:
        self._require()
        weights, first, second = self._components
        flat = np.ravel(np.asarray(x, dtype=np.float64))
        mixed = [beta.cdf(first, second, at, upper=upper) @ weights for at in flat]
        return np.array(mixed, dtype=np.float64).reshape(np.shape(x))

    @cached_property
    def line(self) -> Lattice:
        self._require()
        spacing = 4.0 * _STEPS[0]
        coarse = MixtureDensity(self._components)
        at = chart(lambda u: coarse(u[0]), (0,), _STRENGTH, spacing, self._components.farthest)
        box = find_box(lambda u: coarse(u[0]), at, spacing, lambda u: [])
        for step in _STEPS:
            found = lattice(lambda u: self._fine_density(u[0]), at, box, step)
            if halving_error(found) <= TABLE_TOLERANCE:
                break
        if not abs(math.expm1(found.log_total)) <= TABLE_TOLERANCE:
            raise AccuracyError(
                "the density of a rate does not integrate to one",
                where="exact answer",
                seen=f"an error of {math.expm1(found.log_total):.1e}",
                mend="its CDF and moments are certified, its table and quantiles need a prior with lighter tails",
            )
        return found

    @cached_property
    def _fine_density(self) -> MixtureDensity:
        return MixtureDensity(self._fine)


class BetaMarginal(RateMarginal):
    """One Beta distribution, in closed form."""

    def __init__(self, first: float, second: float) -> None:
        alone = Components(np.ones(1), np.array([first]), np.array([second]))
        super().__init__(alone, alone)
        self.first, self.second = first, second

    def quantile(self, p: Float) -> Float:
        if min(self.first, self.second) > beta.LARGE:
            return super().quantile(p)
        return np.asarray(special.betaincinv(self.first, self.second, np.asarray(p, dtype=np.float64)))

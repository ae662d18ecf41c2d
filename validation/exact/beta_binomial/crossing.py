"""Integrals over two rates on either side of a curve: probabilities that y lies below the image of x, and losses.

The inner integral is the sinc antiderivative along y, the density of x is interpolated by sinc functions, and the outer
integral is the trapezoid rule in a coordinate of the range where both x and its image are rates; it goes from minus to
plus infinity, so that the singularities of Betas at 0 and 1, of either rate, are at its ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import UNIT
from pplcompare.validation.exact.beta_binomial.image import Image, Logs
from pplcompare.validation.exact.beta_binomial.joint_rates import JointRates
from pplcompare.validation.exact.beta_binomial.many_centers import ManyCenters
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.pair import Certain
from pplcompare.validation.exact.quadrature.small_products import product
from scipy import special

TOLERANCE: Final = 1e-8
"""The absolute error that probabilities, and losses in units of rates, are required to have."""

_STEPS: Final = tuple(0.1 * 0.5**level for level in range(6))
_DECAY: Final = 42.0
_FAR: Final = 4.0


class _Nodes(NamedTuple):
    """Nodes of the outer integral, (point,) each: x, y, and what each node weighs per density of the logit of x."""

    x: Logs
    y: Logs
    weights: Float


@dataclass(frozen=True, eq=False)
class Crossing:
    """Two rates, x the narrower one, over which the outer integral goes.

    Parameters
    ----------
    rates
        It takes 1, 2, 4, into how many parts steps are divided, and returns the joint distribution of x and y.
    """

    rates: Callable[[int], JointRates]

    def below(self, image: Image) -> Certain:
        """Return P(y <= image of x)."""
        found = self._certified(image, lambda x, y: np.ones(()), upper=False)
        return Certain(min(max(found.value, 0.0), 1.0), found.error)

    def excess(self, image: Image, *, upper: bool) -> Certain:
        """Return E (x - y)+, or with `upper` E (y - x)+; the image is x itself."""
        side = -1.0 if upper else 1.0
        found = self._certified(image, lambda x, y: side * (x - y), upper=upper)
        return Certain(max(found.value, 0.0), found.error)

    def value_and_slope(self, image: Image) -> tuple[float, float]:
        """Return P(y <= image of x) and its derivative in the number that the image has, from few nodes."""
        rates = self._rough
        nodes = self._nodes(rates, image, 2.0 * _STEPS[0])
        of_x = product(_interpolated(rates.one, nodes.x), rates.masses.mean(axis=0))
        terms = _rising(rates.other, nodes.y, upper=False)
        slope = _interpolated(rates.other, nodes.y) * image.slope(nodes.x)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            slope *= np.exp(-nodes.y.rate - nodes.y.complement)[:, None]
            steep = float(nodes.weights @ (of_x * slope).sum(axis=1))
        return float(nodes.weights @ (of_x * terms).sum(axis=1)) + self._beyond(rates, image), steep

    def _certified(self, image: Image, factor: Callable[[Float, Float], Float], *, upper: bool) -> Certain:
        """Return an integral of a factor of x and y, where twice as many nodes do not matter."""
        best = Certain(math.nan, math.inf)
        for refinement in (1, 2, 4):
            rates = self.rates(refinement)
            whole, error = self._integral(rates, image, factor, upper=upper)
            halved, _ = self._integral(rates.halved, image, factor, upper=upper)
            value = float(whole.mean())
            errors = [error, np.abs(whole - value).max(), np.abs(whole.mean() - halved.mean())]
            found = Certain(value, float(np.max(errors)))
            if not found.error >= best.error:
                best = found
            if best.error <= TOLERANCE:
                return best
        raise AccuracyError(
            f"a comparison of two rates could not be certified to {TOLERANCE:g}",
            where="exact answer",
            seen=f"an error of {best.error:.1e}",
            mend="take a prior with lighter tails",
        )

    def _integral(
        self, rates: JointRates, image: Image, factor: Callable[[Float, Float], Float], *, upper: bool
    ) -> tuple[Float, float]:
        """Return the integral by each mixture, and the error of the outer nodes."""
        y = UNIT.constrain(rates.other.u[0].ravel())
        error = math.inf
        for step in _STEPS:
            nodes = self._nodes(rates, image, step)
            inner = _rising(rates.other, nodes.y, upper=upper) * factor(np.exp(nodes.x.rate)[:, None], y)
            of_x = _interpolated(rates.one, nodes.x)
            terms = np.stack([(product(of_x, masses) * inner).sum(axis=1) for masses in rates.masses]) * nodes.weights
            error = float(np.abs(terms.sum(axis=1) - 2.0 * terms[:, ::2].sum(axis=1)).max())
            if error <= 0.1 * TOLERANCE:
                break
        return terms.sum(axis=1) + (0.0 if upper else self._beyond(rates, image)), error

    @cached_property
    def _rough(self) -> JointRates:
        """The joint distribution with few nodes, by one mixture."""
        rates = self.rates(1).halved
        return JointRates(rates.one, rates.other, rates.masses[:1])

    @staticmethod
    def _beyond(rates: JointRates, image: Image) -> float:
        """Return P(x > the end of the range), beyond which y lies below its image for certain."""
        if image.beyond == 0.0:
            return 0.0
        end = np.log1p([-image.beyond]) if image.beyond < 0.5 else np.log([image.low + image.width])
        at = Logs(end, np.log([image.beyond]))
        return float(_rising(rates.one, at, upper=True)[0] @ rates.masses.mean(axis=0).sum(axis=1))

    def _nodes(self, rates: JointRates, image: Image, step: float) -> _Nodes:
        """Return nodes that are dense where x is, and reach as far as its density does."""
        mean, sd = self._place
        room = min(sd / image.width, 0.5)
        share = min(max((mean - image.low) / image.width, room), 1.0 - room)
        center = math.log(share / (1.0 - share))
        scale = min(sd / image.width / (share * (1.0 - share)), 1.0)
        edge = _DECAY - math.log(room)
        # Beyond the ends of its own density x has no weight; nearer to an end of the range than that is to 0 or 1 the
        # density of s falls as exp(-|s|).
        u, ends = rates.one.u[0], (image.low / image.width, image.beyond / image.width)
        reach = [edge + (max(-math.log(end), 0.0) if end > 0.0 else math.inf) for end in ends]
        low = -min(reach[0], max(edge, math.log(image.width) - float(u.min())))
        high = min(reach[1], max(edge, float(u.max()) + math.log(image.width)))
        # Where the image bends its nodes are dense, too, unless those around x are dense enough.
        bends = [bend for bend in image.bends if abs(bend - center) > _FAR and low < bend < high]
        graded = ManyCenters(np.array([center, *bends]), np.array([scale, *(1.0 for _ in bends)]))
        first, last = graded.t(np.array([low, high])).tolist()
        count = 2 * math.ceil((last - first) / (2.0 * step))
        s = graded.s(np.linspace(first, last, count + 1)[:-1])
        x, y = image.at(s)
        log_weights = math.log(image.width) - np.logaddexp(0.0, -s) - np.logaddexp(0.0, s) - x.rate - x.complement
        return _Nodes(x, y, np.exp(log_weights) * graded.slope(s) * ((last - first) / count))

    @cached_property
    def _place(self) -> tuple[float, float]:
        """Mean and standard deviation of x."""
        rates = self.rates(1)
        weights, x = rates.masses.mean(axis=0).sum(axis=1), UNIT.constrain(rates.one.u[0].ravel())
        mean = float(weights @ x / weights.sum())
        return mean, math.sqrt(float(weights @ (x - mean) ** 2 / weights.sum()))


def _interpolated(line: Lattice, at: Logs) -> Float:
    """Return by what the masses of a lattice must be multiplied to give the density of a logit, (point, node)."""
    outer, step = line.chart.outer, line.steps[0]
    t = outer.t(at.logit)
    return np.sinc((t[:, None] - line.t[0]) / step) * (np.exp(-outer.log_slope(t)) / step)[:, None]


def _rising(line: Lattice, at: Logs, *, upper: bool) -> Float:
    """Return by what masses must be multiplied to give P(logit <= at), or with `upper` P(logit > at), (point, node)."""
    distance = (line.chart.outer.t(at.logit)[:, None] - line.t[0]) / line.steps[0]
    side = -1.0 if upper else 1.0
    return np.asarray(0.5 + side * special.sici(math.pi * distance)[0] / math.pi)

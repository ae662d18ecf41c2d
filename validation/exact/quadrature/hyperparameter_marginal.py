"""The distribution of a hyper-parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval
from pplcompare.validation.exact.quadrature.evidence import TOLERANCE
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.exact.quadrature.refusal import answered, attempted
from scipy import special


class HyperparameterMarginal(Marginal):
    """A hyper-parameter, from a lattice in which it is the outer variable.

    Parameters
    ----------
    nodes
        The function that is called when distributions are asked for: the lattice, and the error of its CDF.
    log_density
        The values of all hyper-parameters.
    moments
        The function that is called when moments are asked for.
    """

    def __init__(
        self,
        support: Interval,
        nodes: Callable[[], tuple[Lattice, float]],
        log_density: Callable[[Sequence[Float]], Float],
        moments: Callable[[], Moments],
    ) -> None:
        self.support = support
        self._make_nodes, self._log_joint, self._make_moments = nodes, log_density, moments

    @cached_property
    def moments(self) -> Moments:
        return self._make_moments()

    @property
    def _found(self) -> tuple[Lattice, float]:
        return answered(self._sought)

    @cached_property
    def _sought(self) -> tuple[Lattice, float] | AccuracyError:
        return attempted(self._make_nodes)

    @property
    def _nodes(self) -> Lattice:
        nodes, error = self._found
        if not error <= TOLERANCE:
            raise AccuracyError(
                "the CDF of a hyper-parameter could not be certified",
                where="exact answer",
                seen=f"an error of {error:.1e}",
            )
        return nodes

    @cached_property
    def line(self) -> Lattice:
        return self._nodes.line

    @property
    def best_line(self) -> tuple[Lattice, float]:
        nodes, error = self._found
        return nodes.line, error

    def log_density(self, u: Float) -> Float:
        nodes = self._nodes
        t = nodes.chart.outer.t(u)[:, None]
        at, slope = nodes.chart.point([t, *nodes.t[1:]])
        terms = self._log_joint(at) + slope - nodes.chart.outer.log_slope(t)
        step = math.prod(nodes.steps[1:])
        return np.asarray(special.logsumexp(terms, axis=1) + math.log(step) - nodes.log_total)

    def cdf(self, x: Float) -> Float:
        return self._cdf(x, upper=False)

    def sf(self, x: Float) -> Float:
        return self._cdf(x, upper=True)

    def _cdf(self, x: Float, *, upper: bool) -> Float:
        x = np.clip(np.asarray(x, dtype=np.float64), self.support.low, self.support.high)
        with np.errstate(divide="ignore"):
            u = np.clip(self.support.unconstrain(x.ravel()), -1e300, 1e300)
        return self.line.cdf(self.line.chart.order[0], u, upper=upper).reshape(x.shape)

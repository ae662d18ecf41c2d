"""Mixtures of thousands of Betas: their density, fast and without cancellation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.exponentials import Exponentials
from pplcompare.validation.exact.quadrature.lattice import Lattice

Float = NDArray[np.float64]

WIDE: Final = 1e6
"""Up to this sum of the shapes, a log x + b log(1 - x) is right to 1e-9; it costs a tenth of the safe form."""

_CHUNK: Final = 1 << 15
_DECAY: Final = 50.0
_NARROW_COST: Final = 8.0
_MANY: Final = 64
# Beyond this and the log of the shapes, each shape times the rate, or times its complement, is below 1e-15.
_FAR: Final = 36.0
_NO_WEIGHT: Final = 1e-14
_HEAVY: Final = 0.1


class Components(NamedTuple):
    """Weights and shapes of Betas, (component,)."""

    weights: Float
    first: Float
    second: Float

    @classmethod
    def at(cls, shapes_at: Callable[[Sequence[Float]], Shapes], nodes: Lattice) -> Components:
        """Return the distribution of a new rate, given the hyper-parameters at each node that has weight."""
        heavy = nodes.weights > _NO_WEIGHT
        shapes = shapes_at([u[heavy] for u in nodes.u])
        weights = nodes.weights[heavy]
        first, second = (np.broadcast_to(shape, weights.shape) for shape in shapes[:2])
        return cls(weights / weights.sum(), first, second)

    @classmethod
    def at_shapes(cls, shapes: Shapes) -> Components:
        """Return the one Beta of these shapes."""
        return cls(np.ones(1), np.reshape(shapes.first, 1), np.reshape(shapes.second, 1))

    def of(self, n: int, k: int) -> Components:
        """Return the Betas after `k` successes in `n` trials."""
        return Components(self.weights, self.first + k, self.second + (n - k))

    @property
    def heavy(self) -> Components:
        """Those that weigh most: enough to find the middle."""
        return Components(*(part[self.weights > _HEAVY * self.weights.max()] for part in self))

    @property
    def farthest(self) -> float:
        """How far from zero logit(x) can be: the tails fall as exp(first u) and exp(-second u).

        Where a shape is small, much of a Beta lies below the smallest float64 number; its logit does not.
        """
        smallest = min(self.first.min(), self.second.min())
        return float(np.abs(np.log(self.first / self.second)).max() + _DECAY * (1.0 + 1.0 / smallest))


class MixtureDensity:
    """The log density of logit(x), where x is distributed as a mixture.

    Far from zero it is a sum of exponentials, of rates that are the first shapes on the left and the second ones on the
    right: where shapes are small that is most of it, and there the Betas are gathered.
    """

    def __init__(self, components: Components) -> None:
        is_wide = components.first + components.second < WIDE
        wide, self._narrow = (Components(*(part[chosen] for part in components)) for chosen in (is_wide, ~is_wide))
        log_mean, log_complement = logs(np.log(wide.first / wide.second))
        at_mean = beta.log_peak(wide.first, wide.second) + np.log(wide.weights)
        constants = at_mean - wide.first * log_mean - wide.second * log_complement
        self._wide = np.stack([wide.first, wide.second, constants])
        self._far = _FAR + math.log1p(float((components.first + components.second).max()))
        self._components = components

    @property
    def near(self) -> float:
        """How far from zero logit(x) is, after counts of both kinds, wherever its density is not negligible."""
        return self._far + _DECAY

    @property
    def cost(self) -> float:
        """What a value near zero takes, in logarithms of a Beta's density where its shapes are small."""
        return float(self._wide.shape[1] + _NARROW_COST * self._narrow.weights.size)

    def __call__(self, u: Float) -> Float:
        """Return the log density at `u` of any shape."""
        flat = u.ravel()
        far = np.abs(flat) > self._far
        if np.count_nonzero(far) < _MANY:
            far[:] = False  # gathering would take longer
        found = np.empty(flat.shape)
        near = flat[~far, None]
        size = max(_CHUNK // (self._wide.shape[1] + self._narrow.weights.size), 1)
        mixed = [self._log_density(near[i : i + size]) for i in range(0, len(near), size)]
        found[~far] = np.concatenate([*mixed, np.zeros(0)])
        if far.any():
            for side, tail in ((flat < -self._far, self._left), (flat > self._far, self._right)):
                found[side] = tail.log(np.abs(flat[side]) - self._far)
        return found.reshape(u.shape)

    @cached_property
    def _left(self) -> Exponentials:
        return self._tail(-self._far, self._components.first)

    @cached_property
    def _right(self) -> Exponentials:
        return self._tail(self._far, self._components.second)

    def _tail(self, u: float, rates: Float) -> Exponentials:
        """Return what is beyond `u`, where log x and log(1 - x) are what they are in the limit."""
        weights, first, second = self._components
        return Exponentials.gathered(rates, beta.log_density(first, second, np.array(u)) + np.log(weights))

    def _log_density(self, u: Float) -> Float:
        # So small a matrix product is done by one thread: several would wait for each other on a busy machine.
        terms = np.concatenate([*logs(u), np.ones_like(u)], axis=1) @ self._wide
        if self._narrow.weights.size:
            narrow = beta.log_density(self._narrow.first, self._narrow.second, u) + np.log(self._narrow.weights)
            terms = np.concatenate([terms, narrow], axis=1)
        highest = terms.max(axis=1, keepdims=True)
        terms -= highest
        np.exp(terms, out=terms)
        return np.asarray(np.log(terms.sum(axis=1)) + highest[:, 0])


def logs(u: Float) -> tuple[Float, Float]:
    """Return log x and log(1 - x), x = 1 / (1 + exp(-u))."""
    return -np.logaddexp(0.0, -u), -np.logaddexp(0.0, u)

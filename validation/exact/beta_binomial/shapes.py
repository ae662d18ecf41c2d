"""Both shapes of a Beta, and how the arguments of a rate's distribution become shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion
from pplcompare.validation.exact.quadrature.conjugate_pair import Latent
from pplcompare.validation.exact.quadrature.hyperparameter import Value

Float = NDArray[np.float64]

_SMALLEST: Final = 1e-282


class Shapes(NamedTuple):
    """Beta distributions by what the likelihood needs of them: arrays that broadcast against each other."""

    first: Float
    second: Float
    total: Float
    log_mean: Float
    log_complement: Float

    def mapped(self, of: Callable[[Float], Float]) -> Shapes:
        """Return the shapes with each array replaced by the function of it."""
        return Shapes(*map(of, self))


def _from_shapes(alpha: Value, beta: Value) -> Shapes:
    first, second = np.maximum(alpha.x, _SMALLEST), np.maximum(beta.x, _SMALLEST)
    return Shapes(first, second, first + second, _log_share(first, second), _log_share(second, first))


def _log_share(part: Float, other: Float) -> Float:
    """Return log(part / (part + other)), also where the ratio of the two is beyond float64."""
    with np.errstate(over="ignore"):
        ratio = other / part
    return np.where(np.isfinite(ratio), -np.log1p(ratio), np.log(part) - np.log(other))


def _from_mean(mean: Value, concentration: Value) -> Shapes:
    share, other = np.maximum(mean.x, _SMALLEST), np.maximum(mean.complement, _SMALLEST)
    total = np.maximum(concentration.x, _SMALLEST)
    first, second = np.maximum(share * total, _SMALLEST), np.maximum(other * total, _SMALLEST)
    return Shapes(first, second, total, np.log(share), np.log(other))


LATENTS: Final[Mapping[type[Distribution], Latent[Shapes]]] = {
    Beta: Latent(_from_shapes, lambda alpha, beta: (alpha, beta)),
    BetaProportion: Latent(_from_mean, lambda mean, concentration: (concentration, concentration)),
}
"""Distributions that a rate may have; directions are those of the logs of both shapes."""

"""The row of the Beta-Binomial family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.distributions import Binomial
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Array
from pplcompare.models.saddle_point import log_beta_binomial
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.conditional_rate import conditional_tails
from pplcompare.validation.exact.beta_binomial.derived import DERIVED
from pplcompare.validation.exact.beta_binomial.exponent import EXPONENT
from pplcompare.validation.exact.beta_binomial.likelihood import likelihood
from pplcompare.validation.exact.beta_binomial.order import probability_greater_after
from pplcompare.validation.exact.beta_binomial.polygamma import polygamma_sums
from pplcompare.validation.exact.beta_binomial.rates import Rates
from pplcompare.validation.exact.beta_binomial.shapes import LATENTS, Shapes
from pplcompare.validation.exact.quadrature.conjugate_pair import ConjugatePair, Observation
from pplcompare.validation.exact.quadrature.law import Cells, LatentTails, Law
from pplcompare.validation.exact.quadrature.update import Increments

Float = NDArray[np.float64]


def _data(inputs: Inputs) -> Increments:
    """Return successes and trials."""
    ((trials,), (successes,)) = (tuple(inputs.counts.values()), tuple(inputs.observed.values()))
    return Increments(successes, trials)


def _mean(shapes: Shapes, k: float, n: float) -> Float:
    return np.asarray((shapes.first + k) / (shapes.total + n))


def _cdf(shapes: Shapes, k: float, n: float, x: float) -> Float:
    return beta.cdf(shapes.first + k, shapes.second + n - k, x)


def _tails(shapes: Shapes, k: float, n: float, rate: Float, cells: Cells, rng: np.random.Generator) -> LatentTails:
    return conditional_tails(shapes.first + k, shapes.second + (n - k), rate, cells, rng)


def _power(shapes: Shapes, k: float, n: float, order: int) -> Float:
    """Return E p^m = prod_{i<m} (a + i) / (a + b + i)."""
    first, total = shapes.first + k, shapes.total + n
    product = np.ones(np.broadcast_shapes(first.shape, total.shape))
    for i in range(order):
        product = product * ((first + i) / (total + i))
    return np.asarray(product)


def _draw(shapes: Shapes, k: Array, n: Array, rng: np.random.Generator) -> Float:
    return np.asarray(rng.beta(shapes.first + k, shapes.second + (n - k)))


def _log_next(shapes: Shapes, k: Array, n: Array) -> Float:
    return log_beta_binomial(n, k, shapes.first, shapes.second)


def _cumulants(data: Increments, shapes: Shapes) -> Sequence[Float]:
    """Return the cumulants of the sum of k log p + (n - k) log(1 - p) over the groups.

    The logarithm of E p^(k t) (1 - p)^((n - k) t) is a difference of log beta functions, so they are sums of polygamma
    functions.
    """
    k, n = data
    parts = [(k, shapes.first), (n - k, shapes.second), (n, shapes.total)]
    successes, failures, trials = (polygamma_sums(counts, shape) for counts, shape in parts)
    return list(successes + failures - trials)


def _greater(shapes: Shapes, one: tuple[float, float], other: tuple[float, float]) -> Float:
    (k, n), (j, m) = one, other
    return probability_greater_after(shapes.first, shapes.second, (int(n), int(k)), (int(m), int(j)))


BETA_BINOMIAL: Final = ConjugatePair(
    observed=Observation(Binomial, "probability", "trials", "Beta rates on a plate that feed one Binomial"),
    latent=LATENTS,
    data=_data,
    evidence=lambda data: likelihood(data.n, data.k),
    law=Law(_mean, lambda mean: mean, _cdf, _tails, _power, _draw, Rates),
    next=_log_next,
    exponent=EXPONENT,
    derived=DERIVED,
    cumulants=_cumulants,
    greater=_greater,
)
"""Rates with a Beta law, successes out of trials: first = alpha, total = alpha + beta; k successes in n trials."""

"""Log densities in `jax.numpy`, of numbers that keep their digits where a float64 value has lost them.

A rate of 1 - 1e-6 has ten digits of its distance to 1, one of 1 - 1e-16 has none. Of its logit nothing is lost: both
logarithms that densities need, and the distance itself, are computed from there, and so are their derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from pplcompare.backends.sufficient_density import LIKELIHOODS, TABLE
from pplcompare.models.interval import Interval
from pplcompare.models.marginal.beta_binomial_sums import row_terms

_LOG_2_OVER_PI: Final = math.log(2.0 / math.pi)
_LOG_2PI: Final = math.log(2.0 * math.pi)
_LOG_2_OVER_ROOT_PI: Final = math.log(2.0) - 0.5 * math.log(math.pi)


@dataclass(frozen=True, slots=True)
class Known:
    """A number or an array of data.

    Attributes
    ----------
    value
        The number itself.
    log, rest, log_rest
        Its logarithm, 1 less the number, and the logarithm of that; each is computed where it is asked for.
    """

    value: Any

    @property
    def log(self) -> Any:
        return jnp.log(self.value)

    @property
    def rest(self) -> Any:
        return 1.0 - self.value

    @property
    def log_rest(self) -> Any:
        return jnp.log1p(-self.value)


@dataclass(frozen=True, slots=True)
class Above(Known):
    """A variable above `low`, with its coordinate log(x - low)."""

    coordinate: Any
    low: float

    @property
    def log(self) -> Any:
        return self.coordinate if self.low == 0.0 else jnp.log(self.value)

    @property
    def log_slope(self) -> Any:
        return self.coordinate


@dataclass(frozen=True, slots=True)
class Between(Known):
    """A variable between `low` and `high`, with its coordinate logit((x - low) / (high - low))."""

    coordinate: Any
    low: float
    high: float

    @property
    def log(self) -> Any:
        if self.low != 0.0:
            return jnp.log(self.value)
        return math.log(self.high) + _log_logistic(self.coordinate)[0]

    @property
    def rest(self) -> Any:
        return (1.0 - self.high) + (self.high - self.low) * jax.nn.sigmoid(-self.coordinate)

    @property
    def log_rest(self) -> Any:
        if self.high != 1.0:
            return jnp.log(self.rest)
        return math.log(1.0 - self.low) + _log_logistic(self.coordinate)[1]

    @property
    def log_slope(self) -> Any:
        return math.log(self.high - self.low) + sum(_log_logistic(self.coordinate))


def _log_logistic(u: Any) -> tuple[Any, Any]:
    """Return log p and log(1 - p) of a logit, both from one exponential and one logarithm.

    No derivative of any order has a kink at 0, where that of the modulus would.
    """
    positive = u >= 0.0
    nearer = jnp.log1p(jnp.exp(jnp.where(positive, -u, u)))
    return jnp.where(positive, 0.0, u) - nearer, jnp.where(positive, -u, 0.0) - nearer


def placed(coordinate: Any, support: Interval) -> Above | Between:
    """Return the variable at this unconstrained coordinate; `log_slope` is the log Jacobian of each element."""
    if math.isinf(support.high):
        return Above(support.low + jnp.exp(coordinate), coordinate, support.low)
    value = support.low + (support.high - support.low) * jax.nn.sigmoid(coordinate)
    return Between(value, coordinate, support.low, support.high)


def _beta_of_shapes(x: Known, alpha: Any, beta: Any) -> Any:
    constant = gammaln(alpha + beta) - gammaln(alpha) - gammaln(beta)
    return constant + (alpha - 1.0) * x.log + (beta - 1.0) * x.log_rest


def _beta(x: Known, alpha: Known, beta: Known) -> Any:
    return _beta_of_shapes(x, alpha.value, beta.value)


def _beta_proportion(x: Known, mean: Known, concentration: Known) -> Any:
    return _beta_of_shapes(x, mean.value * concentration.value, mean.rest * concentration.value)


def _gamma(x: Known, shape: Known, rate: Known) -> Any:
    constant = shape.value * rate.log - gammaln(shape.value)
    return constant + (shape.value - 1.0) * x.log - rate.value * x.value


def _inverse_gamma(x: Known, shape: Known, scale: Known) -> Any:
    constant = shape.value * scale.log - gammaln(shape.value)
    return constant - (shape.value + 1.0) * x.log - scale.value / x.value


def _exponential(x: Known, rate: Known) -> Any:
    return rate.log - rate.value * x.value


def _log_normal(x: Known, mu: Known, sigma: Known) -> Any:
    z = (x.log - mu.value) / sigma.value
    return -0.5 * _LOG_2PI - sigma.log - x.log - 0.5 * z * z


def _half_normal(x: Known, scale: Known) -> Any:
    z = x.value / scale.value
    return 0.5 * _LOG_2_OVER_PI - scale.log - 0.5 * z * z


def _half_cauchy(x: Known, scale: Known) -> Any:
    # No square of theirs can overflow.
    return _LOG_2_OVER_PI + scale.log - jnp.logaddexp(2.0 * scale.log, 2.0 * x.log)


def _half_student_t(x: Known, df: Known, scale: Known) -> Any:
    half = 0.5 * (df.value + 1.0)
    constant = gammaln(half) - gammaln(0.5 * df.value) + _LOG_2_OVER_ROOT_PI - 0.5 * df.log - scale.log
    return constant - half * jax.nn.softplus(2.0 * (x.log - scale.log) - df.log)


def _uniform(x: Known, low: Known, high: Known) -> Any:
    return -jnp.log(high.value - low.value)


def _pareto(x: Known, scale: Known, shape: Known) -> Any:
    return shape.log + shape.value * scale.log - (shape.value + 1.0) * x.log


def _power_law(x: Known, exponent: Known) -> Any:
    return -exponent.value * x.log


def _binomial(successes: Known, trials: Known, probability: Known) -> Any:
    failures = trials.value - successes.value
    return successes.value * probability.log + failures * probability.log_rest


def _beta_binomial(successes: Known, trials: Known, alpha: Known, beta: Known) -> Any:
    return sum(row_terms(jnp, successes.value, trials.value, alpha.value, beta.value))


def _sufficient(kind: str, x: Known, *arguments: Known) -> Any:
    likelihood, names = TABLE[kind]
    given = {name: argument.value for name, argument in zip(names, arguments, strict=True)}
    return LIKELIHOODS[likelihood](jnp, x.value, **given)


LOG_DENSITIES: Final[Mapping[str, Callable[..., Any]]] = {
    "Beta": _beta,
    "BetaProportion": _beta_proportion,
    "Gamma": _gamma,
    "InverseGamma": _inverse_gamma,
    "Exponential": _exponential,
    "LogNormal": _log_normal,
    "HalfNormal": _half_normal,
    "HalfCauchy": _half_cauchy,
    "HalfStudentT": _half_student_t,
    "Uniform": _uniform,
    "Pareto": _pareto,
    "PowerLaw": _power_law,
    "Binomial": _binomial,
    "BetaBinomial": _beta_binomial,
    **{kind: partial(_sufficient, kind) for kind in TABLE},
}
"""Our distribution -> its log density by element: of a variable or of data, and of its arguments in their order.

Those of `COUNTS` lack the log binomial coefficient, which is of data alone. Formulas: see `models.distributions`.
"""

COUNTS: Final = frozenset({"Binomial", "BetaBinomial"})
"""The distributions whose log binomial coefficients are computed once."""

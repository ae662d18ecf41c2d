"""The joint log density and its gradient in 50 digits, from the textbook's formulas.

Of the package only the names and the shape of a `Structure` are read; supports, densities, Jacobians and derivatives
are written here once more. Points are float64 and are taken as the exact numbers that they are.

Formulas: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 2nd ed., chapters 13 (normal),
14 (lognormal), 16 (Cauchy), 17 (gamma and its inverse), 19 (exponential), 20 (Pareto), 25 (beta), 26 (uniform),
28 (Student t); Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., chapters 3 (binomial),
6 (beta-binomial); the derivatives follow with digamma = d log Gamma.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

DPS = 50
context = mpmath.mp.clone()
"""All numbers of the references belong to this mpmath context."""
context.dps = DPS

type Real = Any
"""An mpmath number with 50 digits."""

type Term = tuple[Real, list[Real]]
"""A log density and its partial derivatives by x and by each argument."""


@dataclass(frozen=True)
class ExactDensity:
    """Values at points: value (point,), gradient by the unconstrained coordinates name -> (point, *plate), of `mpf`."""

    value: NDArray[np.object_]
    gradient: Mapping[str, NDArray[np.object_]]


@lru_cache(maxsize=200_000)
def log_gamma(z: Real) -> Real:
    return context.loggamma(z)


@lru_cache(maxsize=200_000)
def digamma(z: Real) -> Real:
    return context.digamma(z)


@lru_cache(maxsize=200_000)
def log(z: Real) -> Real:
    return context.log(z)


def _beta(x: Real, a: Real, b: Real) -> Term:
    """x^(a-1) (1-x)^(b-1) Gamma(a+b) / (Gamma(a) Gamma(b))."""
    both = digamma(a + b)
    value = (a - 1) * log(x) + (b - 1) * log(1 - x) + log_gamma(a + b) - log_gamma(a) - log_gamma(b)
    return value, [
        (a - 1) / x - (b - 1) / (1 - x),
        log(x) + both - digamma(a),
        log(1 - x) + both - digamma(b),
    ]


def _beta_proportion(x: Real, mean: Real, concentration: Real) -> Term:
    """Beta with a = mean * concentration, b = (1 - mean) * concentration."""
    value, (by_x, by_a, by_b) = _beta(x, mean * concentration, (1 - mean) * concentration)
    return value, [by_x, concentration * (by_a - by_b), mean * by_a + (1 - mean) * by_b]


def _gamma(x: Real, shape: Real, rate: Real) -> Term:
    """rate^shape x^(shape-1) exp(-rate x) / Gamma(shape)."""
    value = shape * log(rate) + (shape - 1) * log(x) - rate * x - log_gamma(shape)
    return value, [(shape - 1) / x - rate, log(rate) + log(x) - digamma(shape), shape / rate - x]


def _inverse_gamma(x: Real, shape: Real, scale: Real) -> Term:
    """scale^shape x^-(shape+1) exp(-scale / x) / Gamma(shape)."""
    value = shape * log(scale) - (shape + 1) * log(x) - scale / x - log_gamma(shape)
    return value, [scale / x**2 - (shape + 1) / x, log(scale) - log(x) - digamma(shape), shape / scale - 1 / x]


def _exponential(x: Real, rate: Real) -> Term:
    """rate exp(-rate x)."""
    return log(rate) - rate * x, [-rate, 1 / rate - x]


def _log_normal(x: Real, mu: Real, sigma: Real) -> Term:
    """exp(-(log x - mu)^2 / (2 sigma^2)) / (x sigma sqrt(2 pi))."""
    off, variance = log(x) - mu, sigma**2
    value = -(off**2) / (2 * variance) - log(x * sigma * context.sqrt(2 * context.pi))
    return value, [-(1 + off / variance) / x, off / variance, (off**2 / variance - 1) / sigma]


def _half_normal(x: Real, scale: Real) -> Term:
    """sqrt(2 / pi) exp(-x^2 / (2 scale^2)) / scale."""
    value = log(context.sqrt(2 / context.pi) / scale) - x**2 / (2 * scale**2)
    return value, [-x / scale**2, x**2 / scale**3 - 1 / scale]


def _half_cauchy(x: Real, scale: Real) -> Term:
    """2 scale / (pi (scale^2 + x^2))."""
    squares = scale**2 + x**2
    return log(2 * scale / (context.pi * squares)), [-2 * x / squares, 1 / scale - 2 * scale / squares]


def _half_student_t(x: Real, df: Real, scale: Real) -> Term:
    """2 Gamma((df+1)/2) / (Gamma(df/2) sqrt(pi df) scale) (1 + (x / scale)^2 / df)^(-(df+1)/2)."""
    squares, gamma = df * scale**2 + x**2, log_gamma((df + 1) / 2) - log_gamma(df / 2)
    bend = log(squares / (df * scale**2))
    value = log(2 / (context.sqrt(context.pi * df) * scale)) + gamma - (df + 1) / 2 * bend
    by_df = (digamma((df + 1) / 2) - digamma(df / 2) - 1 / df - bend + (df + 1) * x**2 / (df * squares)) / 2
    return value, [-(df + 1) * x / squares, by_df, ((df + 1) * x**2 / squares - 1) / scale]


def _uniform(x: Real, low: Real, high: Real) -> Term:
    """1 / (high - low)."""
    width = high - low
    return -log(width), [context.zero, 1 / width, -1 / width]


def _pareto(x: Real, scale: Real, shape: Real) -> Term:
    """shape scale^shape / x^(shape+1)."""
    value = log(shape) + shape * log(scale) - (shape + 1) * log(x)
    return value, [-(shape + 1) / x, shape / scale, 1 / shape + log(scale) - log(x)]


def _power_law(x: Real, exponent: Real) -> Term:
    """x^-exponent."""
    return -exponent * log(x), [-exponent / x, -log(x)]


def _binomial(k: Real, n: Real, p: Real) -> Term:
    """n! / (k! (n-k)!) p^k (1-p)^(n-k); derivatives by the counts are never asked for."""
    value = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p)
    return value, [None, None, k / p - (n - k) / (1 - p)]


def _beta_binomial(k: Real, n: Real, a: Real, b: Real) -> Term:
    """n! / (k! (n-k)!) B(a+k, b+n-k) / B(a, b); derivatives by the counts are never asked for."""
    value = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
    value += log_gamma(a + k) + log_gamma(b + n - k) - log_gamma(a + b + n)
    value -= log_gamma(a) + log_gamma(b) - log_gamma(a + b)
    both = digamma(a + b) - digamma(a + b + n)
    return value, [None, None, digamma(a + k) - digamma(a) + both, digamma(b + n - k) - digamma(b) + both]


def _weighted_beta_binomial(k: Real, n: Real, weight: Real, offset: Real, a: Real, b: Real) -> Term:
    """As often as `weight` says, without the binomial coefficient, and the offset."""
    value, (*_, by_a, by_b) = _beta_binomial(k, n, a, b)
    coefficient = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
    return weight * (value - coefficient) + offset, [None, None, None, context.one, weight * by_a, weight * by_b]


def _beta_binomial_tails(
    more: Real, i: Real, fewer: Real, j: Real, trials: Real, m: Real, offset: Real, a: Real, b: Real
) -> Term:
    """(a + i)^A (b + j)^B / (a + b + m)^C, each factor over a + b, and the offset."""
    total = a + b
    value = more * log((a + i) / total) + fewer * log((b + j) / total) - trials * log((total + m) / total)
    both = trials * (1 / total - 1 / (total + m)) - (more + fewer) / total
    return value + offset, [*[None] * 6, context.one, more / (a + i) + both, fewer / (b + j) + both]


def _by_proportion(density: Callable[..., Term]) -> Callable[..., Term]:
    """The same with a = mean * concentration, b = (1 - mean) * concentration as its last arguments."""

    def term(*given: Real) -> Term:
        *others, mean, concentration = given
        value, (*partials, by_a, by_b) = density(*others, mean * concentration, (1 - mean) * concentration)
        return value, [*partials, concentration * (by_a - by_b), mean * by_a + (1 - mean) * by_b]

    return term


TERMS: Mapping[str, Callable[..., Term]] = {
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
    "WeightedBetaBinomial": _weighted_beta_binomial,
    "WeightedBetaBinomialProportion": _by_proportion(_weighted_beta_binomial),
    "BetaBinomialTails": _beta_binomial_tails,
    "BetaBinomialProportionTails": _by_proportion(_beta_binomial_tails),
}
"""Log density and derivatives by the name of the distribution, arguments in the order of its definition."""


def support(kind: str, constants: Sequence[Real | None]) -> tuple[Real, Real | None]:
    """Return the ends of the support by the name of the distribution; None is infinity."""
    if kind in ("Beta", "BetaProportion"):
        return context.zero, context.one
    if kind == "Uniform":
        return constants[0], constants[1]
    return (constants[0] if kind == "Pareto" else context.zero), None


def exact_density(
    structure: Structure, inputs: Inputs, points: Mapping[str, NDArray[np.float64]], *, jacobian: bool
) -> ExactDensity:
    """Evaluate the joint log density at constrained points.

    Parameters
    ----------
    points
        name -> (point, *plate).
    jacobian
        Whether log |dx/du| is added; the gradient is always by u = log(x - low) or logit((x - low)/(high - low)).
    """
    one = [
        _one_point(structure, inputs, {name: x[i] for name, x in points.items()}, jacobian) for i in range(_len(points))
    ]
    value = np.array([total for total, _ in one], dtype=object)
    gradient = {name: np.array([by[name] for _, by in one], dtype=object) for name in points}
    return ExactDensity(value, gradient)


def _len(points: Mapping[str, NDArray[np.float64]]) -> int:
    return len(next(iter(points.values())))


def _one_point(
    structure: Structure, inputs: Inputs, point: Mapping[str, Any], jacobian: bool
) -> tuple[Real, dict[str, Any]]:
    number = context.mpf
    known: dict[str, Any] = {name: _exact(value) for name, value in {**inputs.values, **point}.items()}
    by_x: dict[str, Any] = {name: _zeros(known[name]) for name in point}
    total = number(0)
    for item in structure.random:
        kind = type(item.distribution).__name__
        names = [str(argument) for argument in item.distribution.arguments.values()]
        for element in [None] if item.plate is None else range(inputs.sizes[item.plate]):
            chain = [item.name, *names]
            value, partials = TERMS[kind](*(_pick(known[name], element) for name in chain))
            total += value
            for name, partial in zip(chain, partials, strict=True):
                if name in by_x:
                    _add(by_x, name, element, partial)
    gradient: dict[str, Any] = {}
    for variable in structure.variables:
        low, high = _ends(variable, known)
        each = [
            _change(x, by, low, high, jacobian)
            for x, by in zip(_list(known[variable.name]), _list(by_x[variable.name]), strict=True)
        ]
        total += sum((log_slope for log_slope, _ in each), number(0)) if jacobian else 0
        gradient[variable.name] = each[0][1] if variable.plate is None else [by_u for _, by_u in each]
    return total, gradient


def _ends(variable: Variable, known: Mapping[str, Any]) -> tuple[Real, Real | None]:
    constants = [known[str(name)] for name in variable.distribution.arguments.values()]
    return support(type(variable.distribution).__name__, constants)


def _change(x: Real, by_x: Real, low: Real, high: Real | None, jacobian: bool) -> tuple[Real, Real]:
    """Return log dx/du and the derivative by u, u the coordinate of (low, high)."""
    if high is None:
        return log(x - low), (x - low) * by_x + (1 if jacobian else 0)
    fraction = (x - low) / (high - low)
    slope = (high - low) * fraction * (1 - fraction)
    return log(slope), slope * by_x + (1 - 2 * fraction if jacobian else 0)


def _exact(value: Any) -> Any:
    array = np.asarray(value)
    exact = [context.mpf(int(v) if array.dtype.kind == "i" else float(v)) for v in array.ravel()]
    return exact if array.ndim else exact[0]


def _zeros(value: Any) -> Any:
    return [context.zero] * len(value) if isinstance(value, list) else context.zero


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _pick(value: Any, element: int | None) -> Real:
    return value[element] if isinstance(value, list) and element is not None else value


def _add(by_x: dict[str, Any], name: str, element: int | None, partial: Real) -> None:
    if isinstance(by_x[name], list):
        by_x[name][element] += partial
    else:
        by_x[name] += partial

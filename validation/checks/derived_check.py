"""Quantities of several variables: NumPy derives them from draws, so they test the draws, not what a backend derives.

Marginal distributions alone do not tell whether rates belong to each other, or shapes: the log likelihood, the order of
two rates and the spreads do. Whether rates belong to the hyper-parameters of their draw is asked in `joint`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.comparisons import not_tested, proportion_result, skewed_result
from pplcompare.validation.checks.critical_values import normal_limit
from pplcompare.validation.checks.effective import Chains, ess_of_mean, ess_of_quantile
from pplcompare.validation.checks.result import CheckResult
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.beta_binomial.derived import DERIVED
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.moments import Standardised
from scipy import special

COMPONENTS: Final = 5
"""How many redundant components must fail together, at the first group's rate."""

INFLATION: Final = 0.1
"""By how much the fourth cumulant may raise the false alarms of a mean; the level is lowered by as much."""

SOURCE: Final = "computed here from the draws"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity that follows from the draws.

    Attributes
    ----------
    name
        For people.
    from_draws
        Its values (chain, draw).
    exact
        Exact moments, for a test of its mean; or the probability that it is positive, for a test of that.
    applies
        Says whether a posterior has it.
    """

    name: str
    from_draws: Callable[[ExactPosterior, Draws], Chains]
    exact: Callable[[ExactPosterior], Standardised | float]
    applies: Callable[[ExactPosterior], bool] = lambda _: True


def _has_trials(exact: ExactPosterior) -> bool:
    return bool(exact.counts.trials.any())


def _has_hyperparameters(exact: ExactPosterior) -> bool:
    return bool(exact.scalars)


def _has_two_groups(exact: ExactPosterior) -> bool:
    return len(exact.counts.groups) > 1


def _log_likelihood(exact: ExactPosterior, draws: Draws) -> Chains:
    rate = draws[exact.plate_variable]
    n, k = exact.counts.trials, exact.counts.successes
    return np.asarray((special.xlogy(k, rate) + special.xlog1py(n - k, -rate)).sum(axis=2))


def _certain(value: Float) -> list[Float]:
    """Return the cumulants of what the shapes determine."""
    return [value, *(np.zeros_like(value) for _ in range(3))]


def _hyper(name: str) -> Quantity:
    """Return the quantity of that name in the exact answer's table."""
    value = DERIVED[name].value
    return Quantity(
        f"{name} of the rates",
        lambda exact, draws: value(_shapes(exact, draws)),
        lambda exact: exact.standardised(lambda shapes: _certain(value(shapes))),
        _has_hyperparameters,
    )


def _spread(name: str) -> Quantity:
    """Return the squared distance of that quantity from its exact mean: shapes drawn apart change it."""
    value = DERIVED[name].value

    def squared(exact: ExactPosterior, shapes: Shapes) -> Float:
        known = exact.standardised(lambda nodes: _certain(value(nodes)))
        return np.asarray(((value(shapes) - known.mean) / known.sd) ** 2)

    return Quantity(
        f"spread of the {name} of the rates",
        lambda exact, draws: squared(exact, _shapes(exact, draws)),
        lambda exact: exact.standardised(lambda shapes: _certain(squared(exact, shapes))),
        _has_hyperparameters,
    )


def _shapes(exact: ExactPosterior, draws: Draws) -> Shapes:
    return exact.shapes_at({scalar: draws[scalar] for scalar in exact.scalars})


def _difference(exact: ExactPosterior, draws: Draws) -> Chains:
    rate = draws[exact.plate_variable]
    return np.asarray(rate[:, :, 0] - rate[:, :, 1])


def _power(exact: ExactPosterior) -> Standardised:
    """Return the moments of the first rate to a power, about their mean: raw ones would cancel."""
    marginal = exact.marginal(exact.plate_variable, 0)
    weights, values = (
        marginal.line.weights.ravel(),
        marginal.support.constrain(marginal.line.u[0].ravel()) ** COMPONENTS,
    )
    mean = float(weights @ values)
    second, third, fourth = (float(weights @ (values - mean) ** r) for r in (2, 3, 4))
    return Standardised(mean, math.sqrt(second), third / second**1.5, fourth / second**2 - 3.0)


QUANTITIES: Final = (
    Quantity(
        "log likelihood",
        _log_likelihood,
        lambda exact: exact.standardised(exact.log_likelihood_cumulants),
        _has_trials,
    ),
    _hyper("log concentration"),
    _hyper("logit mean"),
    _spread("log concentration"),
    _spread("logit mean"),
    Quantity("first rate above second", _difference, lambda exact: exact.probability_greater(0, 1), _has_two_groups),
    Quantity(
        f"first rate to the power {COMPONENTS}",
        lambda exact, draws: np.asarray(draws[exact.plate_variable][:, :, 0] ** COMPONENTS),
        _power,
    ),
)
"""All of them."""


def derived_results(exact: ExactPosterior, draws: Draws, level: float) -> list[CheckResult]:
    """Test every quantity that a posterior has."""
    return [_tested(quantity, exact, draws, level) for quantity in QUANTITIES if quantity.applies(exact)]


def derived_left_out(exact: ExactPosterior, reason: str) -> list[CheckResult]:
    """Return that no quantity was tested, and why."""
    return [not_tested("mean", quantity.name, reason) for quantity in QUANTITIES if quantity.applies(exact)]


def prepare_derived(exact: ExactPosterior) -> None:
    """Compute every quantity that a posterior has, before there are draws."""
    for quantity in QUANTITIES:
        if quantity.applies(exact):
            _answer(quantity, exact)


def _answer(quantity: Quantity, exact: ExactPosterior) -> Standardised | float | str:
    """Return what is known exactly, or why it is not."""

    def answered() -> Standardised | float | str:
        try:
            return quantity.exact(exact)
        except AccuracyError as error:
            return str(error)

    return exact.once(quantity.name, answered)


def _tested(quantity: Quantity, exact: ExactPosterior, draws: Draws, level: float) -> CheckResult:
    known = _answer(quantity, exact)
    if isinstance(known, str):
        return not_tested("mean", quantity.name, known)
    values = quantity.from_draws(exact, draws)
    if isinstance(known, float):
        ess = ess_of_quantile(values, 1.0 - known)
        below, q = values <= 0.0, 1.0 - known
        return proportion_result("probability", quantity.name, below, q, ess, level, SOURCE, "derived")
    if infinite := np.count_nonzero(~np.isfinite(values)):
        return not_tested("mean", quantity.name, f"{infinite} draws on the border of a support have none")
    ess = ess_of_mean(values)
    if reason := too_skewed(known, ess, level):
        return not_tested("mean", quantity.name, reason)
    offset = float(values.mean() - known.mean) / known.sd
    lowered = level * math.exp(-INFLATION)
    return skewed_result(quantity.name, offset, known.skewness, ess, lowered, values.size, SOURCE)


def too_skewed(known: Standardised, ess: float, level: float) -> str:
    """Return why the gamma law with the same skewness does not describe means of so many draws; empty where it does.

    The first term that it leaves out of the tail at c standard errors is a factor
    exp(c^4 (excess kurtosis - 3/2 skewness^2) / (24 ESS)) (Edgeworth).
    """
    left_out = abs(known.excess_kurtosis - 1.5 * known.skewness**2) * normal_limit(level) ** 4 / (24.0 * ess)
    if left_out > INFLATION:
        return f"{ess:.0f} effective draws are too few for its tails: excess kurtosis {known.excess_kurtosis:.3g}"
    return ""

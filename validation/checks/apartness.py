"""The smallest share of draws whose rates may stand beside the hyper-parameters of other draws and are found.

If that is so in a share p of the draws, their W (`joint`) depends on the logit mean as that of rates does which know
nothing of it, and the others' does not. So the slope of W on the logit mean is p times that of draws all of which are
apart: p is an error in units of that slope. Draws that are apart spread more, too. Of the products of W and the logit
mean h, whose mean square is that of h in right draws, it is V times that in those that are apart, so that the standard
error grows with sqrt(1 + p (V - 1)). p is found where p / error = limit + margin sqrt(1 + p (V - 1)).

The slope of draws that are apart is that of the mean score at rates which are independent of the hyper-parameters.
Scores are nearly linear in the logit of a rate, so that the medians stand for all rates; and the hyper-parameters of
five hundred draws, at equal distances in the order of the logit mean, stand for those of all draws: a twentieth of the
work that the scores themselves are. The scores' own spread about that mean is that of right draws, 1, so that V - 1 is
the mean square of the products at the medians. The draws of right samplers are right for that, and of others nothing is
told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.validation.checks.detectable import MARGIN
from pplcompare.validation.checks.joint import joint_scores
from pplcompare.validation.checks.result import CheckResult
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.beta_binomial.derived import DERIVED

_KIND: Final = "sum x logit mean"
_SERIES: Final = "weighted sum"
_FUNCTION: Final = "logit mean"
_DRAWS: Final = 500


def in_shares_apart(results: Iterable[CheckResult], exact: ExactPosterior, draws: Draws) -> list[CheckResult]:
    """Return results of the joint law, that which finds draws apart with its standard error in shares of them."""
    every = list(results)
    if not any(result.kind == _KIND and math.isfinite(result.error) for result in every):
        return every
    slope, growth = slope_apart(exact, draws)
    return [_told(result, slope, growth) if slope and result.kind == _KIND else result for result in every]


def _told(result: CheckResult, slope: float, growth: float) -> CheckResult:
    error = result.error / slope
    return replace(result, error=error, finds=least_share(result.limit, error, growth))


def least_share(limit: float, error: float, growth: float) -> float:
    """Return the share p of draws apart with p / error = limit + margin sqrt(1 + p growth)."""
    half = error * limit + 0.5 * growth * (MARGIN * error) ** 2
    return half + math.sqrt(max(half**2 - error**2 * (limit**2 - MARGIN**2), 0.0))


def slope_apart(exact: ExactPosterior, draws: Draws) -> tuple[float, float]:
    """Return the modulus of the slope of W on the logit mean where all rates are apart, and V - 1.

    Parameters
    ----------
    draws
        Right draws, (chain, draw) and for rates (chain, draw, group).
    """
    flat = {name: draws[name].ravel() for name in exact.scalars}
    order = np.argsort(DERIVED[_FUNCTION].value(exact.shapes_at(flat)), kind="stable")
    step = max(order.size // _DRAWS, 1)
    at = order[step // 2 :: step][None]
    rates = np.median(draws[exact.plate_variable], axis=(0, 1))
    few = {name: values[at] for name, values in flat.items()}
    joint = joint_scores(exact, {**few, exact.plate_variable: np.tile(rates, (*at.shape, 1))}, (), {})
    score, ranked = joint.normal[_SERIES], joint.functions[_FUNCTION]
    if not ranked.any():
        return 0.0, 0.0
    products, square = score * ranked, float((ranked * ranked).mean())
    return abs(float(products.mean())) / square, float((products * products).mean()) / square

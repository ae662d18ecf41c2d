"""The smallest share of draws whose rates may stand beside the hyper-parameters of other draws and are found.

If that is so in a share p of the draws, their W (`joint`) depends on the logit mean as that of rates does which know
nothing of it, and the others' does not. So the slope of W on the logit mean is p times that of draws all of which are
apart, and p is found where this is the limit and the margin of the power, in standard errors: p is an error in units of
that slope.

The slope of draws that are apart is that of the mean score at rates which are independent of the hyper-parameters.
Scores are nearly linear in the logit of a rate, so that the medians stand for all rates; and the hyper-parameters of
five hundred draws, at equal distances in the order of the logit mean, stand for those of all draws: a twentieth of the
work that the scores themselves are. The draws of right samplers are right for that, and of others nothing is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
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
    slope = slope_apart(exact, draws)
    return [replace(one, error=one.error / slope) if slope and one.kind == _KIND else one for one in every]


def slope_apart(exact: ExactPosterior, draws: Draws) -> float:
    """Return the modulus of the slope of W on the logit mean where all rates are apart from their hyper-parameters.

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
    return abs(float((score * ranked).sum() / (ranked * ranked).sum())) if ranked.any() else 0.0

"""Defects of the harness itself: a small function on trial gets every case right, its defective version does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.checks.effective import Chains, ess_of_mean
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, compared
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.certification import Map, certified
from pplcompare.validation.exact.quadrature.chart import chart
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.lattice import Box
from pplcompare.validation.exact.quadrature.posterior import Posterior
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.selftest.simulated_chains import SAMPLERS
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS
from scipy import special

_REPETITIONS: Final = 200
_LEVEL: Final = 0.01
_NARROW: Final = 0.6


@dataclass(frozen=True, slots=True)
class Defect:
    """A function on trial.

    Attributes
    ----------
    what
        The defect, in words.
    trial
        The trial, which returns the first case that a function gets wrong; empty if there is none.
    sound, defective
        The function as it is, and with the defect.
    """

    what: str
    trial: Callable[[Any], str]
    sound: Any
    defective: Any


def _try_comparison(compare: Callable[[float, float], CheckResult]) -> str:
    within, outside = ((0.5, 1.0), (-0.5, 1.0)), ((1.5, 1.0), (-1.5, 1.0), (np.nan, 1.0), (0.5, np.nan))
    for cases, expected in ((within, Outcome.PASSED), (outside, Outcome.FAILED)):
        for statistic, limit in cases:
            if (found := compare(statistic, limit).outcome) is not expected:
                return f"{statistic} with limit {limit} has {found}"
    return ""


def _try_outcome(outcome_of: Callable[[CheckReport], Outcome]) -> str:
    for outcomes, expected in (
        ((), Outcome.NOT_TESTED),
        ((Outcome.NOT_TESTED,), Outcome.NOT_TESTED),
        ((Outcome.PASSED, Outcome.NOT_TESTED), Outcome.PASSED),
        ((Outcome.PASSED, Outcome.UNDERPOWERED), Outcome.UNDERPOWERED),
        ((Outcome.PASSED, Outcome.NOT_CERTIFIED), Outcome.NOT_CERTIFIED),
        ((Outcome.NOT_CERTIFIED, Outcome.UNDERPOWERED), Outcome.UNDERPOWERED),
        ((Outcome.UNDERPOWERED, Outcome.FAILED, Outcome.PASSED), Outcome.FAILED),
    ):
        report = CheckReport(tuple(CheckResult("check", "subject", 0.0, 1.0, outcome) for outcome in outcomes))
        if (found := outcome_of(report)) is not expected:
            return f"[{', '.join(outcomes)}] is called {found}"
    return ""


def _try_effective_size(size: Callable[[Chains], float]) -> str:
    """Test the mean of correlated chains of the right law, which must be rejected as rarely as promised."""
    rng, sampler = np.random.default_rng(5), SAMPLERS["AR(1) .9"]
    draws = [sampler.normal(rng) for _ in range(_REPETITIONS)]
    scores = np.array([chains.mean() * np.sqrt(size(chains)) for chains in draws])
    rejected = int(np.sum(np.abs(scores) > -special.ndtri(_LEVEL / 2.0)))
    allowed = most(_REPETITIONS, _LEVEL)
    return f"{rejected} of {_REPETITIONS} right means rejected, at most {allowed} may be" if rejected > allowed else ""


def _try_box(box_of: Callable[[Posterior[Shapes]], Box | None]) -> str:
    case = TRIAL_MODELS["shapes"]
    data = BETA_BINOMIAL.data(case.inputs)
    posterior = Posterior.given(BETA_BINOMIAL, hierarchy(case.model, BETA_BINOMIAL), data)
    try:
        certified(posterior, box=box_of(posterior))
    except AccuracyError as error:
        return f"refused: {error}"
    return ""


def _narrow(posterior: Posterior[Shapes]) -> Box:
    """Return the middle of the box that is found."""
    strength, step = 0.5, 0.2
    found = Map(posterior, chart(posterior.log_density, (1, 0), strength, 2.0 * step), step)
    return tuple((_NARROW * low, _NARROW * high) for low, high in found.box)


def _equal_to_nan(statistic: float, limit: float) -> CheckResult:
    outcome = Outcome.FAILED if abs(statistic) > limit else Outcome.PASSED
    return CheckResult("check", "subject", statistic, limit, outcome)


def _one_sided(statistic: float, limit: float) -> CheckResult:
    outcome = Outcome.PASSED if statistic <= limit else Outcome.FAILED
    return CheckResult("check", "subject", statistic, limit, outcome)


def _sound_comparison(statistic: float, limit: float) -> CheckResult:
    return compared("check", "subject", statistic, limit)


def _unless_failed(report: CheckReport) -> Outcome:
    return Outcome.FAILED if any(result.outcome is Outcome.FAILED for result in report.results) else Outcome.PASSED


HARNESS: Final[Mapping[str, Defect]] = {
    "nan-equal": Defect("not a number compares as equal", _try_comparison, _sound_comparison, _equal_to_nan),
    "one-sided": Defect("the absolute value is forgotten", _try_comparison, _sound_comparison, _one_sided),
    "empty-passes": Defect(
        "an empty list of comparisons passes", _try_outcome, lambda report: report.outcome, _unless_failed
    ),
    "n-for-ess": Defect(
        "standard errors have the number of draws, not of effective ones",
        _try_effective_size,
        ess_of_mean,
        lambda chains: float(chains.size),
    ),
    "narrow-box": Defect("the box of the quadrature is too narrow", _try_box, lambda posterior: None, _narrow),
}
"""Defects by name."""

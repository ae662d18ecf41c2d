"""Is the posterior right? Draws against the exact marginal distributions.

Each draw becomes z = Phi^-1(F(draw)) by the exact distribution function F of its quantity: if the sampler is right,
every z is exactly N(0, 1), whatever the model. Mean, variance and distribution of z are tested with the effective
number of draws, each at a level that makes the false alarms of the whole run rarer than the family-wise level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.effective import Chains, EffectiveSizes, effective_sizes, ess_of_mean
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.gates import check_effective_size, check_gates, quantities, quantity_names
from pplcompare.validation.result import CheckReport, CheckResult, Outcome, combined, compared
from scipy import special

QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# Effective draws beyond the quantile; with fewer, the error of the ESS itself makes false alarms.
_LEAST_TAIL: Final = 100.0
_TESTS_PER_QUANTITY: Final = 2 + len(QUANTILES)
_TESTS_PER_PLATE: Final = 2
# Distribution functions are certified to 1e-8; beyond that a normal score would show the table, not the draw.
_LEAST_PROBABILITY: Final = 1e-8


@dataclass(frozen=True, slots=True)
class PosteriorCheck:
    """What the draws of one fit say.

    Attributes
    ----------
    report
        Gates and comparisons.
    sizes
        Effective numbers of draws by quantity; empty where a gate failed.
    """

    report: CheckReport
    sizes: Mapping[str, EffectiveSizes]


def planned_comparisons(structure: Structure, inputs: Inputs) -> int:
    """Return how many comparisons one fit needs at most: the share of the family-wise level depends on it."""
    plates = sum(variable.plate is not None for variable in structure.variables)
    return _TESTS_PER_QUANTITY * len(quantity_names(structure, inputs)) + _TESTS_PER_PLATE * plates


def critical_value(level: float) -> float:
    """Return the two-sided normal limit of a test with this false-alarm probability."""
    return float(-special.ndtri(level / 2.0))


def detectable_variance(ess: float, critical: float) -> float:
    """Return the relative change of the variance that is detected with 99.9 % power."""
    return float((critical - special.ndtri(0.001)) * np.sqrt(2.0 / ess))


def check_posterior(
    exact: ExactPosterior,
    structure: Structure,
    inputs: Inputs,
    draws: Draws,
    settings: NUTSSettings,
    level: float,
) -> PosteriorCheck:
    """Check the draws of one fit: gates, then every quantity, then each plate as a whole.

    Parameters
    ----------
    level
        False-alarm probability of each comparison.
    """
    critical = critical_value(level)
    gates = check_gates(structure, inputs, draws, settings)
    if gates:
        return PosteriorCheck(CheckReport(tuple(gates)), {})
    results: list[CheckResult] = []
    sizes: dict[str, EffectiveSizes] = {}
    scores: dict[str, list[Chains]] = {}
    underpowered: set[str] = set()
    for label, name, group, chains in quantities(structure, inputs, draws):
        sizes[label] = effective_sizes(chains)
        gate = check_effective_size(label, sizes[label])
        results.append(gate)
        probability = exact.marginal(name, group).table().cdf(chains)
        score = normal_scores(probability)
        if group is not None:
            scores.setdefault(name, []).append(score)
        if gate.outcome is not Outcome.PASSED:
            underpowered.add(name)
        else:
            results += moment_results(label, score, critical)
            results += [_quantile(label, probability, q, critical) for q in QUANTILES]
    for name, parts in scores.items():
        if name in underpowered:
            continue
        results += _pooled(f"{name}, all groups", np.stack(parts), critical)
    compared_results = sum(np.isfinite(result.limit) for result in results)
    return PosteriorCheck(CheckReport(tuple(results), int(compared_results)), sizes)


def normal_scores(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Phi^-1 of exact probabilities."""
    return np.asarray(special.ndtri(np.clip(probability, _LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)))


def moment_results(label: str, score: Chains, critical: float) -> list[CheckResult]:
    """Test mean and variance of normal scores (chain, draw)."""
    mean = float(score.mean()) * np.sqrt(ess_of_mean(score))
    squares = score**2
    ess = ess_of_mean(squares)
    return [
        compared("mean of z", label, float(mean), critical, f"mean {score.mean():+.3f} sd off"),
        compared(
            "variance of z",
            label,
            _chi_square_score(float(squares.mean()) * ess, ess),
            critical,
            f"variance {squares.mean():.3f} times the exact one",
        ),
    ]


def _chi_square_score(statistic: float, degrees: float) -> float:
    """Return the normal score with the same tail probability as a chi-square statistic."""
    lower = float(special.gammainc(degrees / 2.0, statistic / 2.0))
    upper = float(special.gammaincc(degrees / 2.0, statistic / 2.0))
    return float(special.ndtri(lower) if lower < upper else -special.ndtri(upper))


def _quantile(label: str, probability: Chains, q: float, critical: float) -> CheckResult:
    check = f"P(below exact {100 * q:g} % quantile)"
    below = (probability <= q).astype(np.float64)
    share = float(below.mean())
    ess = ess_of_mean(below) if 0.0 < share < 1.0 else float(below.size)
    if ess * min(q, 1.0 - q) < _LEAST_TAIL:
        detail = f"{ess:.0f} effective draws are too few"
        return CheckResult(check, label, np.nan, np.nan, Outcome.NOT_TESTED, detail)
    statistic = (share - q) / np.sqrt(q * (1.0 - q) / ess)
    return compared(check, label, float(statistic), critical, f"{share:.4f} of the draws")


def _pooled(label: str, scores: NDArray[np.float64], critical: float) -> list[CheckResult]:
    """Test the mean over groups, draw by draw, with its own spread: groups share hyper-parameters."""
    results = []
    for check, values in (("mean of z", scores), ("variance of z", scores**2 - 1.0)):
        series = values.mean(axis=0)
        ess = ess_of_mean(series)
        statistic = float(series.mean() / series.std(ddof=1) * np.sqrt(ess))
        results.append(compared(check, label, statistic, critical, f"{series.mean():+.4f}, expected 0"))
    return results


__all__ = [
    "PosteriorCheck",
    "check_posterior",
    "combined",
    "critical_value",
    "detectable_variance",
    "moment_results",
    "normal_scores",
    "planned_comparisons",
]

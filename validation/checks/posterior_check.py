"""Is the posterior right? Draws against the exact marginal distributions.

Each draw becomes z = Phi^-1(F(draw)) by the exact distribution function F of its quantity: if the sampler is right,
every z is exactly N(0, 1), whatever the model. Mean, variance and distribution of z are tested with the effective
number of draws, each at a level that makes the false alarms of the whole run rarer than the family-wise level, and so
is each plate as a whole; then quantities of several variables, and that no value recurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.atoms import NAMES as ATOMS
from pplcompare.validation.checks.atoms import atom_results
from pplcompare.validation.checks.comparisons import (
    MOMENTS,
    moment_results,
    not_tested,
    pooled_results,
    quantile_result,
)
from pplcompare.validation.checks.derived import QUANTITIES, derived_results
from pplcompare.validation.checks.effective import Chains, EffectiveSizes, effective_sizes
from pplcompare.validation.checks.gates import check_effective_size, check_gates, quantities, quantity_names
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome
from pplcompare.validation.checks.scores import normal_scores
from pplcompare.validation.exact import ExactPosterior

QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TESTS_PER_QUANTITY: Final = MOMENTS + len(QUANTILES) + len(ATOMS)


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
    return _TESTS_PER_QUANTITY * len(quantity_names(structure, inputs)) + MOMENTS * plates + len(QUANTITIES)


def check_posterior(
    exact: ExactPosterior,
    structure: Structure,
    inputs: Inputs,
    draws: Draws,
    settings: NUTSSettings,
    level: float,
    *,
    derived: bool = True,
) -> PosteriorCheck:
    """Check the draws of one fit: gates, then every quantity, then each plate as a whole.

    Parameters
    ----------
    level
        False-alarm probability of each comparison.
    derived
        Whether quantities of several variables are tested, which need the draws of all groups.
    """
    gates = check_gates(structure, inputs, draws, settings)
    if gates:
        return PosteriorCheck(CheckReport(tuple(gates)), {})
    results: list[CheckResult] = []
    sizes: dict[str, EffectiveSizes] = {}
    scores: dict[str, list[Chains]] = {}
    underpowered: set[str] = set()
    refused: Counter[str] = Counter()
    for label, name, group, chains in quantities(structure, inputs, draws):
        sizes[label] = effective_sizes(chains)
        gate = check_effective_size(label, sizes[label])
        results.append(gate)
        marginal = exact.marginal(name, group)
        if marginal.refusal:
            results.append(not_tested("distribution", label, marginal.refusal))
            refused[name] += 1
            continue
        results += atom_results(label, chains, marginal, level)
        probability = marginal.table().cdf(chains)
        score = normal_scores(probability)
        if group is not None:
            scores.setdefault(name, []).append(score)
        if gate.outcome is not Outcome.PASSED:
            underpowered.add(name)
        else:
            results += moment_results(label, score, level)
            results += [quantile_result(label, probability, q, level) for q in QUANTILES]
    for name, parts in scores.items():
        if name in underpowered:
            continue
        label = f"{name}, all groups" + (f" but {refused[name]}" if refused[name] else "")
        results += pooled_results(label, np.stack(parts), level)
    if derived and not underpowered:
        results += derived_results(exact, draws, level)
    compared_results = sum(np.isfinite(result.limit) for result in results)
    return PosteriorCheck(CheckReport(tuple(results), int(compared_results)), sizes)

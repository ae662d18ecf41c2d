"""Are the counts to come right? Simulated counts against the exact predictive distributions.

A count k becomes u = F(k - 1) + v (F(k) - F(k - 1)) with v uniform on (0, 1), seed recorded: if the count has the exact
distribution F, u is exactly uniform and its normal score exactly N(0, 1), however few values there are (Dunn and Smyth
1996, "Randomized quantile residuals"). Then the same tests of mean and variance as for the posterior.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit
from pplcompare.backends.prediction import new_name
from pplcompare.backends.protocol import Program
from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError, UnsupportedModel
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.comparisons import moment_results, not_tested
from pplcompare.validation.checks.effective import Chains, effective_sizes
from pplcompare.validation.checks.gates import check_effective_size
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.notes import rounding_notes
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, fault
from pplcompare.validation.checks.rounding import Grid, grid_of
from pplcompare.validation.checks.scores import normal_scores
from pplcompare.validation.checks.transform import resolution_results, transformed
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.quadrature.law import Predictive

NEW_TRIALS: Final = 20
"""The number of trials of a group never seen."""

NEW_GROUPS: Final = 1


def planned_predictions(counts: Counts) -> Counter[str]:
    """Return how many comparisons of each kind `check_prediction` makes at most."""
    tested = int(np.count_nonzero(counts.trials)) + 2
    return Counter({"mean": tested, "variance": tested})


def predicted(program: Program, exact: ExactPosterior, fit: Fit, seed: int) -> Draws:
    """Simulate what `check_prediction` checks: the groups' next campaign, and one group never seen.

    Raises
    ------
    UnsupportedModel
        If the program has no simulator.
    """
    if program.simulator is None:
        raise UnsupportedModel("the program has no simulator")
    return program.simulator.posterior(exact.inputs, fit, seed, new_trials=np.full(NEW_GROUPS, NEW_TRIALS))


def check_prediction(exact: ExactPosterior, draws: Draws, fit: Fit, seed: int, levels: Levels) -> CheckReport:
    """Check counts to come, and the rate of the new group, of one fit.

    Parameters
    ----------
    draws
        From `predicted`.
    seed
        The seed of the uniform numbers that break ties.
    levels
        False-alarm probability of each comparison, by kind.
    """
    level = levels.of("mean")
    gates = list(_gates(exact, draws, fit))
    if gates:
        return CheckReport(tuple(gates))
    rng = np.random.default_rng(seed)
    (observed,) = exact.inputs.observed
    results: list[CheckResult] = []
    for index, (group, n) in enumerate(zip(exact.counts.groups, exact.counts.trials.tolist(), strict=True)):
        if n > 0:
            counts = draws[observed][:, :, index]
            results += _tested(f"next {observed}[{group}]", _transform(exact, index, n, counts, rng), level)
    new_counts, new_rate = (draws[new_name(name)][:, :, 0] for name in (observed, exact.plate_variable))
    results += _tested(f"{observed} of a new group", _transform(exact, None, NEW_TRIALS, new_counts, rng), level)
    label, grids = f"{exact.plate_variable} of a new group", tuple(grid_of(chain) for chain in new_rate)
    results += _tested_rate(label, exact, new_rate, grids, level)
    notes = rounding_notes({f"next {observed}": (), label: grids})
    return CheckReport(tuple(results), int(sum(math.isfinite(result.limit) for result in results)), notes)


def randomised(law: Predictive, counts: Chains, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the randomised probability integral transform of counts."""
    k, places = np.unique(counts.astype(np.int64), return_inverse=True)
    below, upto = (law.cdf(at)[places].reshape(counts.shape) for at in (k - 1, k))
    return np.asarray(below + rng.uniform(size=counts.shape) * (upto - below))


def _transform(
    exact: ExactPosterior, group: int | None, trials: int, counts: Chains, rng: np.random.Generator
) -> Callable[[], NDArray[np.float64]]:
    return lambda: randomised(exact.predictive(group, trials), counts, rng)


def _tested(label: str, uniform: Callable[[], NDArray[np.float64]], level: float) -> list[CheckResult]:
    """Test what is uniform if draws are right; say so where the exact distribution could not be certified."""
    try:
        score = normal_scores(uniform())
    except AccuracyError as error:
        return [not_tested("prediction", label, str(error))]
    return _judged(label, score, level)


def _tested_rate(
    label: str, exact: ExactPosterior, rates: Chains, grids: tuple[Grid | None, ...], level: float
) -> list[CheckResult]:
    """Test rates of the new group, which backends may have rounded."""
    try:
        found = transformed(label, rates, exact.new_group(), grids)
    except AccuracyError as error:
        return [not_tested("prediction", label, str(error))]
    return [*resolution_results(label, found, grids), *_judged(label, found.score, level)]


def _judged(label: str, score: Chains, level: float) -> list[CheckResult]:
    gate = check_effective_size(label, effective_sizes(score))
    return [gate, *(moment_results(label, score, level) if gate.outcome is Outcome.PASSED else [])]


def _gates(exact: ExactPosterior, draws: Draws, fit: Fit) -> Iterator[CheckResult]:
    """Yield what is wrong with names, shapes and values."""
    structure: Structure = exact.model.structure
    (observed,), (trials,) = exact.inputs.observed, exact.inputs.counts.values()
    chains, length = fit.draws[structure.variables[0].name].shape[:2]
    groups, rate = len(exact.counts.groups), exact.plate_variable
    highest = {observed: trials, new_name(observed): np.array([NEW_TRIALS]), new_name(rate): np.ones(1)}
    expected = {observed: groups, new_name(observed): 1, new_name(rate): 1}
    if set(draws) != set(expected):
        yield fault("names", "predictive draws", f"{sorted(draws)}, expected {sorted(expected)}")
        return
    for name, size in expected.items():
        values, shape = draws[name], (chains, length, size)
        if values.shape != shape:
            yield fault("shape", name, f"{values.shape}, expected {shape} (chain, draw, group)")
        elif not np.all((values >= 0.0) & (values <= highest[name])):
            yield fault("support", name, "values below 0 or above the number of trials")
        elif name != new_name(rate) and np.any(values != np.rint(values)):
            yield fault("whole", name, "counts that are not whole numbers")

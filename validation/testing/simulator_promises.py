"""What a simulator promises; a backend may go without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from pplcompare.backends.fit import Draws, Fit
from pplcompare.backends.prediction import new_name, on_plate
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.predictive_check import check_prediction, planned_predictions, predicted
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.study.plan import derived_seed
from pplcompare.validation.testing.candidate import SIMULATED, Candidate
from pplcompare.validation.testing.promise import Promise, kept_unless

LEVEL: Final = 1e-7
"""Probability that right counts to come are called wrong: they are compared once."""

_NEW: Final = np.array([13, 0])
_NEARLY: Final = 1e-12


def _wrong(draws: Mapping[str, Any], expected: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    if set(draws) != set(expected):
        yield f"{sorted(draws)}, expected {sorted(expected)}"
        return
    for name, shape in expected.items():
        if np.shape(draws[name]) != shape:
            yield f"{name} is {np.shape(draws[name])}, expected {shape}"
        elif draws[name].dtype != np.float64:
            yield f"{name} is {draws[name].dtype}, expected float64"


def _no_counts(counts: Any, trials: Any, name: str) -> Iterator[str]:
    if np.any(counts != np.rint(counts)):
        yield f"{name} has counts that are not whole numbers"
    elif not np.all((counts >= 0) & (counts <= trials)):
        yield f"{name} has counts below 0 or above the number of trials"


def prior(candidate: Candidate) -> tuple[Outcome, str]:
    """Draw from the prior."""
    drawn, groups = candidate.simulator.prior(candidate.inputs, SIMULATED, 1), len(candidate.inputs.groups)
    leading = 1, SIMULATED
    random = candidate.structure.random
    expected = {item.name: leading if item.plate is None else (*leading, groups) for item in random}
    if wrong := [*_wrong(drawn, expected)]:
        return kept_unless(wrong)
    (observed,), (trials,) = candidate.inputs.observed, candidate.inputs.counts.values()
    outside = [
        f"{name} has draws outside of {interval}"
        for name, interval in candidate.structure.supports(candidate.inputs).items()
        if not interval.holds(drawn[name])
    ]
    return kept_unless([*outside, *_no_counts(drawn[observed], trials, observed)], ours=candidate.simulator_is_ours)


def blind_prior(candidate: Candidate) -> tuple[Outcome, str]:
    """Draw from the prior with other observations."""
    inputs, other = candidate.inputs, candidate.inputs
    for values in other.observed.values():
        values[...] = 0
    one, two = (candidate.simulator.prior(each, SIMULATED, 1) for each in (inputs, other))
    moved = [name for name in one if not np.array_equal(one[name], two[name])]
    wrong = [f"{name} depends on what was observed" for name in moved]
    return kept_unless(wrong, ours=candidate.simulator_is_ours)


def counts_to_come(candidate: Candidate) -> tuple[Outcome, str]:
    """Draw the next campaign, as large as the first and of other sizes."""
    fit, inputs = candidate.exact_fit, candidate.inputs
    (observed,), (trials,) = inputs.observed, inputs.counts.values()
    expected = {observed: fit.draws[candidate.case.exact.plate_variable].shape}
    wrong: list[str] = []
    for given in (None, trials[::-1] + 1):
        drawn = candidate.simulator.posterior(candidate.inputs, fit, 1, trials=given)
        wrong += _wrong(drawn, expected)
        wrong += [] if wrong else _no_counts(drawn[observed], trials if given is None else given, observed)
    return kept_unless(wrong, ours=candidate.simulator_is_ours)


def new_groups(candidate: Candidate) -> tuple[Outcome, str]:
    """Draw groups never seen."""
    fit, inputs = candidate.exact_fit, candidate.inputs
    leading = candidate.case.right.chains, candidate.case.right.draws
    (observed,) = inputs.observed
    expected = {observed: (*leading, len(inputs.groups))}
    expected |= {new_name(name): (*leading, len(_NEW)) for name in on_plate(candidate.structure)}
    drawn = candidate.simulator.posterior(inputs, fit, 1, new_trials=_NEW)
    wrong = [*_wrong(drawn, expected)]
    wrong += [] if wrong else _no_counts(drawn[new_name(observed)], _NEW, new_name(observed))
    return kept_unless(wrong, ours=candidate.simulator_is_ours)


def simulated_seeds(candidate: Candidate) -> tuple[Outcome, str]:
    """Simulate with the same seed and with another."""
    of_prior = [candidate.simulator.prior(candidate.inputs, SIMULATED, seed) for seed in (0, 0, 1)]
    fit = candidate.exact_fit
    of_fit = [candidate.simulator.posterior(candidate.inputs, fit, seed, new_trials=_NEW) for seed in (0, 0, 1)]
    complaints = (wrong for drawn in (of_prior, of_fit) for wrong in _wrong_seeds(*drawn))
    return kept_unless(complaints, ours=candidate.simulator_is_ours)


def _wrong_seeds(first: Draws, again: Draws, other: Draws) -> Iterator[str]:
    for name in first:
        if not np.array_equal(first[name], again[name]):
            yield f"{name} differs though the seed is the same"
        if np.array_equal(first[name], other[name]):
            yield f"{name} is the same for the seeds 0 and 1"


def order(candidate: Candidate) -> tuple[Outcome, str]:
    """Simulate from draws that all but decide what comes: rates near 0 and 1, in turns."""
    exact, inputs = candidate.case.exact, candidate.inputs
    rate, groups = exact.plate_variable, len(inputs.groups)
    (observed,), (trials,) = inputs.observed, inputs.counts.values()
    chains, draws_of_each = candidate.case.right.chains, candidate.case.right.draws
    turns = (np.arange(chains)[:, None, None] + np.arange(draws_of_each)[:, None] + np.arange(groups)) % 2
    draws = {name: np.full(turns.shape[:2], 2.0) for name in exact.scalars}
    draws[rate] = np.where(turns == 1, 1.0 - _NEARLY, _NEARLY)
    drawn = candidate.simulator.posterior(inputs, Fit(draws, {}, candidate.program.timing, 1), 1)
    right = np.array_equal(drawn[observed], turns * trials)
    wrong = [] if right else ["counts are not those of the chain, draw and group whose rates they were given"]
    return kept_unless(wrong, ours=candidate.simulator_is_ours)


def right_counts(candidate: Candidate) -> tuple[Outcome, str]:
    """Compare counts to come with their exact laws, given exact draws."""
    exact, seed = candidate.case.exact, derived_seed(candidate.case.seed, "prediction")
    drawn = predicted(candidate.program, exact, candidate.exact_fit, seed)
    levels = Levels.weighted(LEVEL, planned_predictions(candidate.case.counts))
    report = check_prediction(exact, drawn, candidate.exact_fit, seed, levels)
    if report.outcome is Outcome.PASSED:
        return kept_unless([], ours=candidate.simulator_is_ours)
    return report.outcome, str(report.denied[0]) if report.denied else "nothing was compared"


def _optional(name: str, sentence: str, look: Any, *after: str) -> Promise:
    return Promise(name, sentence, look, after=("program", *after), optional=True)


SIMULATES: Final = (
    _optional("prior", "Draws from the prior have names and shapes.", prior),
    _optional("next counts", "Counts to come are whole, within trials.", counts_to_come),
    _optional("new groups", "Groups never seen have names and shapes.", new_groups),
    _optional("simulated seeds", "The seed decides what is simulated.", simulated_seeds, "prior", "new groups"),
    _optional("blind prior", "Draws from the prior ignore the observed.", blind_prior, "prior", "simulated seeds"),
    _optional("order", "Counts to come follow the draws.", order, "next counts"),
    _optional("right counts", "Counts to come have their exact law.", right_counts, "new groups", "next counts"),
)
"""What is looked at in a simulator."""

"""What the draws of fits promise: names and shapes, what depends on seeds and data, and that they are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Program
from pplcompare.models.counts import Counts
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.testing.candidate import Candidate, own_inputs
from pplcompare.validation.testing.contract_case import SHORT, SHORTEST
from pplcompare.validation.testing.promise import Promise, kept_unless
from pplcompare.validation.testing.right_draws import right_draws


def names(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the names of the draws."""
    found, expected = set(candidate.fit.draws), {variable.name for variable in candidate.structure.variables}
    return kept_unless([] if found == expected else [f"{sorted(found)}, expected {sorted(expected)}"])


def float64(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the type of the draws."""
    draws = candidate.fit.draws
    kinds = {name: getattr(values, "dtype", type(values).__name__) for name, values in draws.items()}
    return kept_unless(f"{name} is {kind}" for name, kind in kinds.items() if kind != np.float64)


def shape(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the shapes of the draws."""
    return kept_unless(_shapes(candidate, candidate.fit, (SHORT.chains, SHORT.draws)))


def _shapes(candidate: Candidate, fit: Fit, leading: tuple[int, int]) -> Iterator[str]:
    sizes = candidate.inputs.sizes
    for variable in candidate.structure.variables:
        expected = leading if variable.plate is None else (*leading, sizes[variable.plate])
        if (found := np.shape(fit.draws[variable.name])) != expected:
            yield f"{variable.name} is {found}, expected {expected}"


def support(candidate: Candidate) -> tuple[Outcome, str]:
    """Look for draws that no variable can have."""
    supports = candidate.structure.supports(candidate.inputs)
    draws = candidate.fit.draws
    return kept_unless(
        f"{name} has draws outside of {interval}"
        for name, interval in supports.items()
        if not (interval.holds(draws[name]) and np.all(np.isfinite(draws[name])))
    )


def same_seed(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample again with the same seed."""
    again = candidate.sampled(candidate.case.counts, 1)
    return kept_unless([] if _same(candidate.fit, again) else ["two fits with the seed 1 differ"])


def another_seed(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample with another seed; 0 is one."""
    other = candidate.sampled(candidate.case.counts, 0)
    return kept_unless(f"{name} is the same for the seeds 0 and 1" for name in _unmoved(candidate.fit, other))


def chains(candidate: Candidate) -> tuple[Outcome, str]:
    """Compare the chains of a fit."""
    return kept_unless(
        f"{name} has equal chains"
        for name, values in candidate.fit.draws.items()
        if len({chain.tobytes() for chain in np.asarray(values)}) < len(values)
    )


def other_draws(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample other data of the same sizes with the same program."""
    other = candidate.sampled(candidate.case.other, 1)
    wrong = [f"{name} is the same for other data" for name in _unmoved(candidate.fit, other)]
    return kept_unless([*wrong, *_shapes(candidate, other, (SHORT.chains, SHORT.draws))])


def many(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample two data sets in both orders."""
    first, second = candidate.case.counts, candidate.case.other
    one, other = _fits(candidate.program, [first, second], [7, 8]), _fits(candidate.program, [second, first], [8, 7])
    if (len(one), len(other)) != (2, 2):
        return kept_unless([f"{len(one)} fits of 2 data sets"])
    shapes = [*_shapes(candidate, one[0], (SHORTEST.chains, SHORTEST.draws))]
    wrong = [] if [fit.seed for fit in one] == [7, 8] else ["fits are not in the order of their seeds"]
    wrong += [] if _same(one[0], other[1]) and _same(one[1], other[0]) else ["a fit depends on what stands beside it"]
    wrong += [f"{name} is the same for other data" for name in _unmoved(*one)]
    return kept_unless([*shapes, *wrong])


def _fits(program: Program, data: list[Counts], seeds: list[int]) -> list[Fit]:
    return list(program.sample_many([own_inputs(counts) for counts in data], SHORTEST, seeds))


def many_seeds(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample two data sets with one seed."""
    data = [candidate.case.counts, candidate.case.other]
    try:
        found = _fits(candidate.program, data, [7])
    except ValueError:
        return kept_unless([])
    return kept_unless([f"{len(found)} fits of 2 data sets with 1 seed, expected a ValueError"])


def unchanged(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at what the backend was given, after all that it was asked."""
    return kept_unless(candidate.changed)


def _same(one: Fit, other: Fit) -> bool:
    return one.draws.keys() == other.draws.keys() and not any(
        not np.array_equal(values, other.draws[name]) for name, values in one.draws.items()
    )


def _unmoved(one: Fit, other: Fit) -> list[str]:
    return [name for name, values in one.draws.items() if np.array_equal(values, other.draws[name])]


_SOUND: Final = ("names", "float64", "shape")
_KNOWN: Final = (*_SOUND, "record")
_COMPARABLE: Final = (*_SOUND, "support", "chains", "unchanged")

DRAWN: Final = (
    Promise("names", "Draws have the names of the variables.", names, after=("sample",)),
    Promise("float64", "Draws are float64.", float64, after=("names",)),
    Promise("shape", "Draws are (chain, draw, *plate), as asked.", shape, after=("names",)),
    Promise("support", "Draws are finite and inside the support.", support, after=_SOUND),
    Promise("same seed", "The same seed gives the same draws.", same_seed, after=_SOUND),
    Promise("another seed", "Another seed gives other draws.", another_seed, after=_SOUND),
    Promise("chains", "Chains differ.", chains, after=_SOUND),
    Promise("other data", "The program samples other data, too.", other_draws, after=_SOUND),
    Promise("many", "Many fits are the same in any company.", many, after=(*_KNOWN, "same seed", "other data")),
    Promise("many seeds", "Each of many fits has a seed of its own.", many_seeds, after=_SOUND),
    Promise("unchanged", "What it is given stays as it is.", unchanged, after=_SOUND),
    Promise("right draws", "Draws are those of the exact posterior.", right_draws, after=_COMPARABLE),
)
"""What is looked at in draws."""

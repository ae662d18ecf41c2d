"""Draws that are right on nearly all data, ours among them: a check on one data set passes them.

Others are right draws that depend on each other too much to have a rank among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.mutants.mutation import Mutation, each

Values = NDArray[np.float64]
"""(chain, draw, *plate)."""

_REPEATED: Final = 10


def _higher(structure: Structure, inputs: Inputs, fit: Fit, by: float) -> Draws:
    """Move the unbounded coordinates of all variables up by so many of their standard deviations."""
    found: dict[str, Values] = {}
    for name, support in structure.supports(inputs).items():
        u = np.asarray(support.unconstrain(fit.draws[name]))
        found[name] = np.asarray(support.constrain(u + by * u.std(axis=(0, 1), keepdims=True)))
    return found


def _where_none(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    ((successes),) = inputs.observed.values()
    return fit.draws if successes[-1] else _higher(structure, inputs, fit, 1.0)


def _everywhere(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    return _higher(structure, inputs, fit, 0.1)


def _repeated(values: Values) -> Values:
    """Let every draw stand for ten, so that those beside each other are correlated by 0.9."""
    return np.repeat(values, _REPEATED, axis=1)[:, : values.shape[1]]


ELSEWHERE: Final[Mapping[str, Mutation]] = {
    "wrong-where-none": Mutation("draws lie an sd higher where the last group has no success", draws=_where_none),
    "shift-0.1": Mutation("every draw lies 0.1 sd higher", draws=_everywhere),
    "repeated": Mutation("every draw comes ten times", draws=each(_repeated)),
}
"""Mutations by name that a calibration must notice."""

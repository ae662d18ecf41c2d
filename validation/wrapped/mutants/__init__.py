"""Wrong samplers on purpose: wrappers of the protocol that alter model, data, density, draws or predictions on the way.

Each is one row of a table, by kind in a module of its own; a checker that does not notice one of them is not a checker.
Those of `RIGHT` leave draws as right as they were: a checker that calls one of them wrong is no checker either.
Those of `CLOCK` leave draws as they are and alter what is said of seconds: the benchmark must notice them. Those of
`ELSEWHERE` are for calibrations: a check on one data set need not notice them. What cannot be wrapped, because it is a
part of the harness itself, is in `harness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pplcompare.validation.wrapped.mutants.equivalent import EQUIVALENT, Equivalent
from pplcompare.validation.wrapped.mutants.mutation import MutantBackend, MutantProgram, Mutation
from pplcompare.validation.wrapped.mutants.right import RIGHT
from pplcompare.validation.wrapped.mutants.wrong_chains import CHAINS
from pplcompare.validation.wrapped.mutants.wrong_clock import CLOCK
from pplcompare.validation.wrapped.mutants.wrong_coordinates import COORDINATES
from pplcompare.validation.wrapped.mutants.wrong_draws import DRAWS
from pplcompare.validation.wrapped.mutants.wrong_elsewhere import ELSEWHERE
from pplcompare.validation.wrapped.mutants.wrong_groups import GROUPS
from pplcompare.validation.wrapped.mutants.wrong_joint import JOINT
from pplcompare.validation.wrapped.mutants.wrong_model import MODEL
from pplcompare.validation.wrapped.mutants.wrong_numbers import NUMBERS
from pplcompare.validation.wrapped.mutants.wrong_prediction import PREDICTION

MUTANTS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {**MODEL, **COORDINATES, **GROUPS, **DRAWS, **CHAINS, **JOINT, **NUMBERS, **PREDICTION}
)
"""Mutations by name that checks must notice."""

FOR_CALIBRATIONS: Final[Mapping[str, Mutation]] = MappingProxyType({**ELSEWHERE, **MUTANTS})
"""Mutations by name that calibrations take."""

__all__ = [
    "CLOCK",
    "ELSEWHERE",
    "EQUIVALENT",
    "FOR_CALIBRATIONS",
    "MUTANTS",
    "RIGHT",
    "Equivalent",
    "MutantBackend",
    "MutantProgram",
    "Mutation",
]

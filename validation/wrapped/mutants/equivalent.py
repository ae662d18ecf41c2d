"""Equivalent mutants: what a check cannot see, and why, so that nobody looks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that cannot be seen on a case.

    Attributes
    ----------
    mutant, on
        Their names.
    reason
        Why it cannot be seen.
    density, draws
        By which checks: of the density, of the draws.
    """

    mutant: str
    on: str
    reason: str
    density: bool = True
    draws: bool = True


EQUIVALENT: Final = (
    Equivalent("swap-alpha-beta", "symmetric", "where the shapes are equal nothing changes"),
    Equivalent("groups-sorted", "sorted", "the names stand in the order of the text"),
    Equivalent("roll-trials", "equal", "where all n are equal nothing changes"),
    Equivalent("neighbour-trials", "equal", "where all n are equal nothing changes"),
    Equivalent("int8-shapes", "rates", "shapes that are not whole are not passed on as integers"),
    Equivalent("no-jacobian-rate", "million", "a million trials leave a change of 0.001 sd", density=False),
    Equivalent("prior-dropped", "million", "a million trials leave a change of 0.002 sd", density=False),
)

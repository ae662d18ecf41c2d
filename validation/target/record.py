"""What was checked in the course of something that somebody watches, for example of one test."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of draws, as it is told afterwards.

    Attributes
    ----------
    what
        The data and the model.
    quantities
        What was compared: variables, and of how many groups.
    level
        Probability that right draws are called wrong.
    looks
        How many times draws were made: 1 or 2; 1 where they were given.
    found_smallest
        The smallest error that every comparison of a kind would have found, by kind, as `detectable` returns them;
        empty where nothing was compared.
    outcome
        The word of the outcome.
    """

    what: str
    quantities: str
    level: float
    looks: int
    found_smallest: Mapping[str, float]
    outcome: str


CHECKED: Final[ContextVar[list[Checked] | None]] = ContextVar("pplcompare_checked", default=None)
"""The list that checks are appended to; None where nobody watches."""


def record(checked: Checked) -> None:
    """Append a check to the list of whoever watches."""
    watched = CHECKED.get()
    if watched is not None:
        watched.append(checked)

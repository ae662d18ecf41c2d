"""The limits beyond which a diagnostic is worth a word: one table, with the source of each number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.validation.checks.diagnostics import Diagnostics


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic of a fit.

    Attributes
    ----------
    value
        Its worst value.
    where
        The quantity or chain that it belongs to; empty where it belongs to all.
    """

    value: float
    where: str = ""


@dataclass(frozen=True, slots=True)
class DiagnosticLimit:
    """A limit of one diagnostic; NaN is beyond it.

    Attributes
    ----------
    says
        A clause for people, of the value.
    worst
        The function that returns the worst value; None where there is none.
    least, most
        The values that are within.
    source
        The publication or program that the limit comes from.
    """

    says: str
    worst: Callable[[Diagnostics], Finding | None]
    source: str
    least: float = -np.inf
    most: float = np.inf


def _of_all(number: int | None) -> Finding | None:
    return None if number is None else Finding(number)


def _rhat(found: Diagnostics) -> Finding | None:
    return None if found.rhat is None else Finding(found.rhat.value, found.rhat.quantity)


def _ebfmi(found: Diagnostics) -> Finding | None:
    if found.ebfmi is None:
        return None
    chain = int(np.argmin(found.ebfmi))
    return Finding(found.ebfmi[chain], f"chain {chain + 1}")


def _ess(found: Diagnostics) -> Finding | None:
    every = [
        Finding(one.value, f"{kind}, {one.quantity}, chain {chain}")
        for chain, sizes in enumerate(found.sizes, start=1)
        for kind, one in (("bulk", sizes.bulk), ("tail", sizes.tail))
    ]
    return every[int(np.argmin([one.value for one in every]))] if every else None


_VEHTARI: Final = "Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2)"

LIMITS: Final = {
    "divergences": DiagnosticLimit(
        "{:,.0f} divergences",
        lambda found: _of_all(found.divergences),
        "Betancourt (2017), arXiv 1701.02434, section 6.2: any",
        most=0.0,
    ),
    "rhat": DiagnosticLimit("largest R-hat {:.3f}", _rhat, f"{_VEHTARI}, section 4", most=1.01),
    "ebfmi": DiagnosticLimit(
        "least E-BFMI {:.2f}", _ebfmi, "Stan's diagnose, after Betancourt (2016), arXiv 1604.00695", least=0.3
    ),
    "at_greatest_depth": DiagnosticLimit(
        "{:,.0f} transitions at the greatest tree depth",
        lambda found: _of_all(found.at_greatest_depth),
        "Stan's diagnose: any",
        most=0.0,
    ),
    "ess": DiagnosticLimit(
        "least ESS of a chain {:,.0f}", _ess, f"{_VEHTARI}, section 4: 50 for each half of a chain", least=100.0
    ),
}
"""Diagnostic -> the limit beyond which the terminal speaks of it. None of them makes a verdict."""


def beyond_limits(found: Diagnostics) -> dict[str, str]:
    """Return the diagnostics that are beyond their limits, a clause for people each."""
    clauses = {}
    for name, limit in LIMITS.items():
        worst = limit.worst(found)
        if worst is not None and not limit.least <= worst.value <= limit.most:
            text = limit.says.format(worst.value)
            clauses[name] = f"{text} ({worst.where})" if worst.where else text
    return clauses

"""The draws of one quantity as scores that can be compared, with what rounding and the exact answer leave open."""

from __future__ import annotations

from dataclasses import dataclass

from pplcompare.models.errors import AccuracyError
from pplcompare.validation.checks.atoms import atom_results, recurrence
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.result import CheckResult
from pplcompare.validation.checks.rounding import Grid, grid_of
from pplcompare.validation.checks.transform import FITS, Transformed, resolution_results, tolerance, transformed
from pplcompare.validation.exact.quadrature.marginal import Marginal


@dataclass(frozen=True, slots=True)
class Scored:
    """The draws of one quantity.

    Attributes
    ----------
    results
        What was found of their values, and what could not be tested.
    found
        Their scores; None where the exact distribution is not known well enough for them.
    grids
        The grid of each chain that was rounded.
    """

    results: list[CheckResult]
    found: Transformed | None = None
    grids: tuple[Grid | None, ...] = ()

    @property
    def coarse(self) -> bool:
        """Whether nothing that follows from these draws can be tested."""
        return self.found is not None and self.found.coarse


def scored(label: str, chains: Chains, marginal: Marginal, level: float, *, enough: bool) -> Scored:
    """Transform the draws of one quantity, and look at their values: what recurs, lies on the border or is too coarse.

    Parameters
    ----------
    enough
        Whether there are enough effective draws for comparisons.
    """
    try:
        recurs = recurrence(chains, marginal, level)
        found = transformed(label, chains, marginal, recurs.grids)
    except AccuracyError as error:
        # Other laws than the marginal one may be known, and the draws have their cells there too.
        grids = tuple(grid_of(chain) for chain in chains)
        return Scored([not_tested("exact distribution", label, str(error))], grids=grids)
    unfit = "draws are too coarse" if found.coarse else "" if enough else "too few effective draws"
    results = atom_results(label, chains, marginal, level, recurs, unfit)
    return Scored([*results, *resolution_results(label, found, recurs.grids)], found, recurs.grids)


def pooled_scores(label: str, one: Scored, groups: int) -> tuple[list[Chains], list[CheckResult]]:
    """Return the scores that a quantity adds to those of all groups: none, with the reason, if their error would show.

    Errors of exact answers may be the same in all groups and in all fits whose statistics are pooled.
    """
    if one.found is None:
        return [], []
    score = one.found.score
    if one.found.error <= tolerance(score.size * groups * FITS):
        return [score], []
    reason = f"its exact distribution is known to {one.found.error:.0e} only"
    return [], [not_tested("share in all groups", label, reason)]

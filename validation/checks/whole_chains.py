"""Chains as wholes: none is a copy of another one, in parts or in another order, and none stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pplcompare.backends.fit import Draws
from pplcompare.validation.checks.close_rows import NAME as CLOSE_ROWS
from pplcompare.validation.checks.close_rows import close_row_results, planned_close_rows
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.copies import NAMES as COPIES
from pplcompare.validation.checks.copies import copy_results, planned_copies
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.projections import projections
from pplcompare.validation.checks.result import IMPOSSIBLE, CheckResult, as_reasons
from pplcompare.validation.checks.stalls import planned_stalls, stall_results, stays_of


def planned_whole_chains() -> Counter[str]:
    """Return how many comparisons of each kind `whole_chain_results` makes at most."""
    return Counter({"stay": planned_stalls(), "copy": planned_copies(), "close rows": planned_close_rows()})


def whole_chain_results(draws: Draws, scores: Sequence[Chains], levels: Levels, *, enough: bool) -> list[CheckResult]:
    """Test that chains go on and that none is a copy of another one.

    Parameters
    ----------
    scores
        The normal scores (chain, draw) of the quantities whose exact distribution is known well enough.
    levels
        False-alarm probability of each comparison, by kind.
    enough
        Whether there are enough effective draws: chains that hardly move stay where they are, and resemble each other,
        by right.
    """
    stays = stays_of(draws)
    stalls = stall_results(stays, levels.of("stay"))
    if not enough:
        return as_reasons(stalls)
    if not scores:
        reason = "no exact distribution is known well enough"
        return [*stalls, *(not_tested(name, "all chains", reason) for name in (*COPIES, CLOSE_ROWS))]
    series = projections(scores)
    return [*stalls, *copy_results(series), *close_row_results(series, stays, IMPOSSIBLE)]

"""The draws of a fit as what pictures keep of them, with the comparisons of shares that the checks made."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.checks.atoms import recurrence
from pplcompare.validation.checks.comparisons import below_quantile
from pplcompare.validation.checks.cut_tails import QUANTILES
from pplcompare.validation.checks.effective import Chains, ess_of_quantile
from pplcompare.validation.checks.gates import quantities
from pplcompare.validation.checks.result import CheckResult, ratio_to_limit
from pplcompare.validation.checks.share_bounds import share_bounds
from pplcompare.validation.checks.transform import transformed
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.posterior_pictures import MOST_PANELS
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.pictures.trace import PLACES, QuantityTrace, ShareTested

_WORST: Final = 1
# It decides on nothing here: the grids of draws do not depend on it unless values recur.
_LEVEL: Final = 1e-6


def traced_labels(exact: ExactPosterior, results: Iterable[CheckResult]) -> tuple[str, ...]:
    """Return the quantities that pictures show: all where they are few, else those nearest to a limit."""
    plate, groups = exact.plate_variable, exact.counts.groups
    rates = [f"{plate}[{group}]" for group in groups]
    if len(groups) > MOST_PANELS:
        ratios: dict[str, float] = {}
        for result in results:
            if math.isfinite(result.limit):
                ratios[result.subject] = max(ratio_to_limit(result), ratios.get(result.subject, 0.0))
        rates = sorted(set(rates) & set(ratios), key=lambda label: -ratios[label])[:_WORST]
    return (*exact.scalars, *rates)


def traced_quantities(
    exact: ExactPosterior, draws: Draws, results: Sequence[CheckResult], labels: Collection[str]
) -> tuple[Mapping[str, QuantityTrace], Mapping[str, str]]:
    """Return what is kept of the draws of each quantity, and why nothing is kept of some.

    Parameters
    ----------
    draws
        Draws that the gates have let through.
    results
        The comparisons that were made of these draws.
    labels
        The quantities that are wanted.
    """
    limits = {(result.check, result.subject): result.limit for result in results}
    kept: dict[str, QuantityTrace] = {}
    left_out: dict[str, str] = {}
    for label, name, group, chains in quantities(exact.model.structure, exact.inputs, draws):
        if label in labels:
            try:
                kept[label] = _traced(label, chains, exact.marginal(name, group), limits)
            except AccuracyError as error:
                left_out[label] = error.reason
    return kept, left_out


def _traced(label: str, chains: Chains, marginal: Marginal, limits: Mapping[tuple[str, str], float]) -> QuantityTrace:
    grids = recurrence(chains, marginal, _LEVEL).grids
    probability = transformed(label, chains, marginal, grids).probability
    ranked = np.sort(probability, axis=None)
    below = np.searchsorted(ranked, PLACES, side="right") / ranked.size
    q = np.array(QUANTILES)
    limit = np.array([limits.get((below_quantile(each), label), math.nan) for each in QUANTILES])
    share = np.searchsorted(ranked, q, side="right") / ranked.size
    low, high = np.full(q.size, math.nan), np.full(q.size, math.nan)
    if (made := np.isfinite(limit)).any():
        ess = np.array([ess_of_quantile(probability, each) for each in q[made]])
        low[made], high[made] = share_bounds(q[made], ess, limit[made])
    tested = tuple(ShareTested(*row) for row in np.stack([q, share, low, high], axis=1).tolist())
    return QuantityTrace(tuple(below.tolist()), tested)

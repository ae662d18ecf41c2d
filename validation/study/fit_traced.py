"""What pictures keep of a finished row, so that its draws need not be kept for them."""

from __future__ import annotations

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.checks.traced import traced_labels, traced_quantities
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.answer_pictures import counted_groups
from pplcompare.validation.exact.quadrature.counts_panel import count_bins
from pplcompare.validation.pictures.trace import FitTrace
from pplcompare.validation.study.fit_result import FitResult


def traced(row: FitResult, exact: ExactPosterior) -> FitTrace:
    """Return what pictures keep of a row: nothing of draws that its gates have not let through, or that there are not.

    After a second look the limits are those of the comparisons that were made of the fresh draws.
    """
    if row.fit is None or row.ess is None:
        reason = {"draws": row.reason or "there are none"}
        return FitTrace(row.backend, left_out=reason)
    earlier = frozenset(() if row.first_look is None else row.first_look.posterior.results)
    results = [result for result in row.posterior.results if result not in earlier]
    labels = traced_labels(exact, row.posterior.results)
    kept, left_out = traced_quantities(exact, row.fit.draws, results, labels)
    return FitTrace(row.backend, kept, left_out, _counts(row, exact))


def _counts(row: FitResult, exact: ExactPosterior) -> dict[str, tuple[float, ...]]:
    """Return the shares of the counts to come that were drawn, in the bins of their picture."""
    drawn = None if row.simulated is None else row.simulated.posterior_predictive
    found: dict[str, tuple[float, ...]] = {}
    if drawn is None:
        return found
    ((_, counts),) = drawn.items()
    for group in counted_groups(exact):
        try:
            bins = count_bins(exact.predictive(group))
        except AccuracyError:
            continue
        shares = np.histogram(counts[:, :, group], [*(bins[:-1] - 0.5), bins[-1] - 0.5])[0] / counts[:, :, group].size
        found[exact.counts.groups[group]] = tuple(shares.tolist())
    return found

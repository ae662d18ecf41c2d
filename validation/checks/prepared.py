"""What draws are compared with, computed before there are draws: what is refused then is left out, by name."""

from __future__ import annotations

from pplcompare.validation.checks.derived_check import prepare_derived
from pplcompare.validation.checks.predictive_check import NEW_TRIALS
from pplcompare.validation.exact import ExactPosterior


def prepare(exact: ExactPosterior, *, predicts: bool = True) -> None:
    """Compute all distributions and quantities that draws of all groups are compared with.

    Nothing is raised for what cannot be certified: a marginal and a predictive distribution say it by their
    ``refusal``, and the comparisons with them are not made.

    Parameters
    ----------
    predicts
        Whether predictions will be compared, too.
    """
    groups = range(len(exact.counts.groups))
    rates = [exact.marginal(exact.plate_variable, group) for group in groups]
    for marginal in (*map(exact.marginal, exact.scalars), *rates):
        _ = marginal.refusal
    prepare_derived(exact)
    if predicts:
        to_come = [exact.predictive(group) for group in groups if exact.counts.trials[group]]
        _ = exact.new_group().refusal
        for predictive in (*to_come, exact.predictive(None, NEW_TRIALS)):
            _ = predictive.refusal

"""Whether the data are much more probable under another model that ships with the package."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.counts import Counts
from pplcompare.models.errors import PplCompareError
from pplcompare.validation.exact.answer_document import MoreProbableDocument
from pplcompare.validation.exact.exact import ExactPosterior, exact_posterior
from scipy import special

STRONG: Final = 20.0
"""A ratio of evidences from which one model is told; Kass and Raftery (1995) call it strong."""
_MOST_GROUPS: Final = 1000


def more_probable(shown: Sequence[ExactPosterior]) -> MoreProbableDocument | None:
    """Return the model under which the data are most probable, if they are so 20 times as much as under the last one.

    The models are those that are shown, and every other family with its own priors. Nothing is said where a prior is
    improper, because such a model has no evidence, and of more than a thousand groups, which would take seconds.

    Parameters
    ----------
    shown
        Exact posteriors of the same data, the one that the answer is of last.
    """
    main = shown[-1]
    if main.log_evidence is None or len(main.counts.groups) > _MOST_GROUPS:
        return None
    known = {each.model.name: each.log_evidence for each in shown}
    if log_most(main.counts) - main.log_evidence < math.log(STRONG):
        return None
    known |= {name: _log_evidence(name, main.counts) for name in FAMILIES if name not in known}
    model, evidence = max(((name, value) for name, value in known.items() if value is not None), key=lambda one: one[1])
    return {"model": model, "log_evidence": evidence} if evidence - main.log_evidence >= math.log(STRONG) else None


def log_most(counts: Counts) -> float:
    """Return the log probability of the counts at the rates that make them most probable: no model gives more."""
    k, n = counts.successes.astype(np.float64), counts.trials.astype(np.float64)
    ways = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(n > 0.0, k / n, 0.0)
    return float(np.sum(ways + special.xlogy(k, rate) + special.xlogy(n - k, 1.0 - rate)))


def _log_evidence(family: str, counts: Counts) -> float | None:
    try:
        return exact_posterior(FAMILIES[family](), counts).log_evidence
    except PplCompareError:  # what cannot be certified is not compared
        return None

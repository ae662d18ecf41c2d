"""The same probabilities of hyper-parameters by the general quadrature: slow, and certified for each data set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Model
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.quadrature.certification import certified
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.outer_lattice import outer_lattice
from pplcompare.validation.exact.quadrature.posterior import Posterior
from scipy import special

TOLERANCE: Final = 1e-6
"""The largest error of a probability: ten thousand replications do not show it."""


def reference_probabilities(model: Model, counts: Counts, u: Sequence[Float]) -> Float:
    """Return P(first <= u) and P(second <= u | first), (point, hyper-parameter).

    Parameters
    ----------
    u
        Unbounded coordinates, (point,) for each of one or two hyper-parameters.

    Raises
    ------
    AccuracyError
        If the posterior could not be certified.
    """
    structure = hierarchy(model, BETA_BINOMIAL)
    found = certified(Posterior.given(BETA_BINOMIAL, structure, BETA_BINOMIAL.data(model.bind(counts))))
    nodes, error = outer_lattice(found, 0)
    if not error <= TOLERANCE:
        what = "the CDF of a hyper-parameter could not be certified"
        raise AccuracyError(what, where="exact answer", seen=f"an error of {error:.1e}")
    probability = [nodes.line.cdf(0, u[0])]
    if len(u) == 2:
        line, t = nodes.chart.inner(u[0][:, None]), nodes.t[1]
        log_terms = found.posterior.log_density((u[0][:, None], line.u(t))) + line.log_slope(t)
        weights = np.exp(log_terms - log_terms.max(axis=1, keepdims=True))
        distance = (line.t(u[1][:, None]) - t) / nodes.steps[1]
        rise = 0.5 + special.sici(math.pi * distance)[0] / math.pi
        probability.append((rise * weights).sum(axis=1) / weights.sum(axis=1))
    return np.stack(probability, axis=1)

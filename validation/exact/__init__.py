"""Exact posteriors: what is known without a sampler, and how well.

`exact` is the door. `quadrature` integrates over hyper-parameters and knows no family; what it needs to know of one is
a value, `quadrature.conjugate_pair.ConjugatePair`. `beta_binomial` holds the one there is, `beta_binomial.row`.
"""

from pplcompare.validation.exact.exact import ExactPosterior as ExactPosterior
from pplcompare.validation.exact.exact import check_structure as check_structure
from pplcompare.validation.exact.exact import exact_posterior as exact_posterior

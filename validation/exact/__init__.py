"""Exact posteriors: what is known without a sampler, and how well."""

from pplcompare.validation.exact.exact import ExactPosterior as ExactPosterior
from pplcompare.validation.exact.exact import exact_posterior as exact_posterior

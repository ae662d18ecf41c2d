"""The closed set of distributions: what each takes, where it lives, its log density, its tail, how to simulate it.

A log density is given as its *terms*, the numbers that are added up. Their sum is the log density, the sum of their
absolute values is the scale of its rounding error, and since every term is analytic in all its arguments, a complex
step differentiates it to full precision (Squire and Trapp 1998, SIAM Review 40, 110-112). All constants are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from pplcompare.models.bounded import Beta, BetaProportion, Uniform
from pplcompare.models.discrete import BetaBinomial, Binomial
from pplcompare.models.distribution import Distribution
from pplcompare.models.marginal.sufficient import (
    BetaBinomialProportionTails,
    BetaBinomialTails,
    WeightedBetaBinomial,
    WeightedBetaBinomialProportion,
)
from pplcompare.models.positive import (
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Pareto,
    PowerLaw,
)

__all__ = [
    "DISTRIBUTIONS",
    "Beta",
    "BetaBinomial",
    "BetaBinomialProportionTails",
    "BetaBinomialTails",
    "BetaProportion",
    "Binomial",
    "Exponential",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "InverseGamma",
    "LogNormal",
    "Pareto",
    "PowerLaw",
    "Uniform",
    "WeightedBetaBinomial",
    "WeightedBetaBinomialProportion",
]

DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    kind.__name__: kind
    for kind in (
        Beta,
        BetaProportion,
        Gamma,
        InverseGamma,
        Exponential,
        LogNormal,
        HalfNormal,
        HalfCauchy,
        HalfStudentT,
        Pareto,
        Uniform,
        PowerLaw,
        Binomial,
        BetaBinomial,
        WeightedBetaBinomial,
        WeightedBetaBinomialProportion,
        BetaBinomialTails,
        BetaBinomialProportionTails,
    )
}
"""By name, in the order in which they are listed to people."""

"""The model families: independent and hierarchical beta-binomial models of success counts in groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, Pareto, Uniform
from pplcompare.models.spec import Input, Model, Observed, Variable


def independent(rate: Distribution = Beta(2, 5)) -> Model:
    """Every group has a rate of its own, with the same known prior."""
    return Model(
        "independent",
        Input("trials", plate="group"),
        Variable("rate", rate, plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )


def hierarchical(alpha: Distribution = Gamma(16, 9), beta: Distribution = Gamma(40, 8)) -> Model:
    """Rates share a Beta distribution whose two shape parameters are unknown."""
    return Model(
        "hierarchical",
        Input("trials", plate="group"),
        Variable("alpha", alpha),
        Variable("beta", beta),
        Variable("rate", Beta("alpha", "beta"), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )


def hierarchical_proportion(mean: Distribution = Uniform(0, 1), concentration: Distribution = Pareto(1, 1.5)) -> Model:
    """Rates share a Beta distribution whose mean and concentration (alpha + beta) are unknown.

    The default prior is that of Bob Carpenter's Stan case study of repeated binary trials (2016); with
    ``PowerLaw(1.5)`` on the concentration it is that of Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.3.
    """
    return Model(
        "hierarchical_proportion",
        Input("trials", plate="group"),
        Variable("mean", mean),
        Variable("concentration", concentration),
        Variable("rate", BetaProportion("mean", "concentration"), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )


FAMILIES: Mapping[str, Callable[..., Model]] = {
    family.__name__: family for family in (independent, hierarchical, hierarchical_proportion)
}
"""Model families by name; each takes the priors of its variables by the variables' names."""

DEFAULT_FAMILY: Final = hierarchical.__name__
"""The family that a question is about unless it names a model."""

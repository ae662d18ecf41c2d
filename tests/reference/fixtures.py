"""Models, counts and points that leave errors no place to hide.

Priors are asymmetric and not whole numbers (a symmetric prior hides an exchange of alpha and beta for ever), trials are
unequal (equal ones hide trials shifted against successes), names are not sorted, and 13 groups share no factor with the
usual numbers of chains and draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import (
    Beta,
    BetaBinomial,
    BetaBinomialProportionTails,
    BetaBinomialTails,
    BetaProportion,
    Binomial,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Pareto,
    PowerLaw,
    Uniform,
    WeightedBetaBinomial,
    WeightedBetaBinomialProportion,
)
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.models.structure import Structure


class Fixture(NamedTuple):
    """A model with data."""

    name: str
    model: Model
    counts: Counts


HARMLESS_NAMES = (
    "g10",
    "g2",
    "10",
    "9",
    "שלום",
    "🦊",
    "<script>alert(1)</script>",
    "$(touch x)",
    "real",
    "target",
    "lp__",
    "'); DROP TABLE fits;--",
    "../../etc/passwd",
)
"""Names that are shown as they are and interpreted nowhere."""


def awkward_counts() -> Counts:
    """13 groups: n = 0, k = 0, k = n, and n from 1 to a million."""
    trials = [1, 2, 5, 14, 20, 100, 1000, 10**6, 0, 17, 11, 10, 200]
    successes = [1, 0, 2, 4, 0, 100, 37, 123_457, 0, 3, 11, 0, 19]
    return Counts(HARMLESS_NAMES, trials, successes)


def small_counts() -> Counts:
    """Seven groups with few trials, where a lost Jacobian shows soonest."""
    return Counts(["g10", "g2", "10", "9", "é", "z", "A"], [10, 1, 2, 5, 14, 20, 0], [0, 1, 1, 5, 4, 7, 0])


def independent_asymmetric() -> Fixture:
    """Beta(2.5, 7.25)."""
    return Fixture("independent", independent(Beta(2.5, 7.25)), awkward_counts())


def independent_integers() -> Fixture:
    """Beta(100, 100), given as integers: their sum overflows 8 bits."""
    return Fixture("independent-integers", independent(Beta(100, 100)), awkward_counts())


def independent_below_8() -> Fixture:
    """Both shape parameters just below 8, where implementations of the beta function change their method."""
    return Fixture("independent-below-8", independent(Beta(2.5, 7.9)), small_counts())


def independent_above_8() -> Fixture:
    """The larger shape parameter just above 8."""
    return Fixture("independent-above-8", independent(Beta(2.5, 8.1)), small_counts())


def independent_across_128() -> Fixture:
    """Shape parameters on both sides of 128."""
    return Fixture("independent-across-128", independent(Beta(128.5, 127.25)), small_counts())


def independent_proportion() -> Fixture:
    """BetaProportion with numbers only."""
    return Fixture("independent-proportion", independent(BetaProportion(0.23, 9.75)), awkward_counts())


def hierarchical_asymmetric() -> Fixture:
    """Gamma(2.5, 7.25) and Gamma(40.5, 8)."""
    return Fixture("hierarchical", hierarchical(Gamma(2.5, 7.25), Gamma(40.5, 8)), awkward_counts())


def hierarchical_integers() -> Fixture:
    """Gamma(100, 100) twice, given as integers."""
    return Fixture("hierarchical-integers", hierarchical(Gamma(100, 100), Gamma(100, 100)), small_counts())


def proportion_bounded() -> Fixture:
    """Uniform(0.05, 0.9) and Pareto(0.7, 1.3): edges inside the domain of the argument."""
    model = hierarchical_proportion(Uniform(0.05, 0.9), Pareto(0.7, 1.3))
    return Fixture("proportion-bounded", model, awkward_counts())


def proportion_improper() -> Fixture:
    """Bayesian Data Analysis's prior: uniform mean, concentration^-1.5."""
    return Fixture("proportion-improper", hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5)), awkward_counts())


def proportion_beta() -> Fixture:
    """A Beta prior on the mean, a Gamma prior on the concentration."""
    return Fixture("proportion-beta", hierarchical_proportion(Beta(2.5, 7.25), Gamma(1.75, 0.21)), small_counts())


def foreign() -> Fixture:
    """A model that is not ours: other names, one hyper-parameter, a number beside it."""
    model = Model(
        "shops",
        Input("visits", plate="shop"),
        Variable("b", Gamma(2.5, 0.75)),
        Variable("theta", Beta(2.5, "b"), plate="shop"),
        Observed("sales", Binomial("visits", "theta"), plate="shop"),
    )
    return Fixture("foreign", model, awkward_counts())


def foreign_chain() -> Fixture:
    """A prior whose argument is a variable, of which the rate knows nothing."""
    model = Model(
        "chain",
        Input("m", plate="lab"),
        Variable("tempo", Gamma(3.5, 1.25)),
        Variable("size", Gamma(2.25, "tempo")),
        Variable("q", BetaProportion(0.3, "size"), plate="lab"),
        Observed("hits", Binomial("m", "q"), plate="lab"),
    )
    return Fixture("foreign-chain", model, awkward_counts())


def pooled() -> Fixture:
    """One rate for all groups, off the plate."""
    model = Model(
        "pooled",
        Input("trials", plate="group"),
        Variable("rate", Beta(2.5, 7.25)),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )
    return Fixture("pooled", model, small_counts())


def long_chain() -> Fixture:
    """A prior on a prior on a prior; the location of a logarithm may be negative."""
    model = Model(
        "long chain",
        Input("m", plate="lab"),
        Variable("pace", Exponential(0.7)),
        Variable("reach", HalfNormal("pace")),
        Variable("width", HalfCauchy("reach")),
        Variable("place", Uniform(-3.5, 2.3)),
        Variable("first", LogNormal("place", "width")),
        Variable("second", LogNormal(-0.35, 0.8)),
        Variable("q", Beta("first", "second"), plate="lab"),
        Observed("hits", Binomial("m", "q"), plate="lab"),
    )
    return Fixture("long-chain", model, awkward_counts())


def positive_priors() -> Fixture:
    """Numbers that binary32 cannot hold, in distributions with one argument."""
    return Fixture("positive-priors", hierarchical(HalfCauchy(1.3), HalfNormal(2.7)), small_counts())


def heavy_priors() -> Fixture:
    """Priors of two arguments with tails like powers."""
    return Fixture("heavy-priors", hierarchical(InverseGamma(3.5, 9.25), HalfStudentT(4.5, 8.75)), small_counts())


def beta_binomial() -> Fixture:
    """Counts whose rates are integrated out; few trials, so that an error of 1e-6 in log B(8.01, 0.3) shows."""
    model = Model(
        "beta-binomial",
        Input("trials", plate="group"),
        Variable("a", Exponential(0.3)),
        Variable("b", LogNormal(1.1, 0.7)),
        Observed("successes", BetaBinomial("trials", "a", "b"), plate="group"),
    )
    return Fixture("beta-binomial", model, small_counts())


def beta_binomial_rates() -> Fixture:
    """One shape on the plate, the other a number just above 8; a million trials."""
    model = Model(
        "beta-binomial-rates",
        Input("trials", plate="group"),
        Variable("a", HalfNormal(9.3), plate="group"),
        Observed("successes", BetaBinomial("trials", "a", 8.1), plate="group"),
    )
    return Fixture("beta-binomial-rates", model, awkward_counts())


def every_distribution() -> tuple[Structure, Inputs]:
    """All distributions of the set, on and off the plate, in one program; several observations of the same trials.

    Only as a structure: counts are bound to models with one observation.
    """
    ladders = "m", "fewer", "half", "total", "twice"
    model = Model(
        "every distribution",
        *(Input(name, plate="group") for name in ("n", "times", "m", "fewer", "half", "total", "twice")),
        Variable("pace", Exponential(0.7)),
        Variable("reach", HalfNormal("pace")),
        Variable("width", HalfCauchy("reach")),
        Variable("place", Uniform(-3.5, 2.3)),
        Variable("size", LogNormal("place", "width")),
        Variable("scale", Gamma(2.5, "size")),
        Variable("tail", Pareto(0.7, "scale")),
        Variable("vague", PowerLaw(1.3)),
        Variable("inverse", InverseGamma("size", "tail")),
        Variable("heavy", HalfStudentT("inverse", "reach")),
        Variable("share", BetaProportion(0.23, "vague")),
        Variable("rate", Beta("size", "tail"), plate="group"),
        Variable("other", BetaProportion("share", "scale"), plate="group"),
        Variable("spread", HalfCauchy("reach"), plate="group"),
        Variable("wide", HalfNormal("spread"), plate="group"),
        Variable("noise", InverseGamma(2.3, "heavy"), plate="group"),
        Variable("far", HalfStudentT(3.7, "noise"), plate="group"),
        Observed("k", Binomial("n", "rate"), plate="group"),
        Observed("pooled", Binomial("n", "share"), plate="group"),
        Observed("mixed", BetaBinomial("n", "size", "spread"), plate="group"),
        Observed("rows", WeightedBetaBinomial("n", "times", 1.3, "size", "scale"), plate="group"),
        Observed("shares", WeightedBetaBinomialProportion("n", "times", -0.4, "share", "scale"), plate="group"),
        Observed("more", BetaBinomialTails(*ladders, 0.7, "size", "scale"), plate="group"),
        Observed("most", BetaBinomialProportionTails(*ladders, -0.3, "share", "scale"), plate="group"),
    )
    counts = small_counts()
    times = np.array([3, 0, 1, 2, 7, 1, 5])
    amounts = {
        "m": np.array([0.0, 2.75, 1.0, 2.0, 17.0, 5.0, 6.125]),
        "fewer": np.array([11.0, 2.5, 0.0, 7.0, 3.0, 1.3, 0.0]),
        "half": np.array([0.0, 1.375, 0.5, 1.0, 8.5, 2.5, 3.1]),
        "total": np.array([14.0, 3.0, 0.7, 0.0, 12.6, 1.0, 9.0]),
        "twice": np.array([0.0, 5.5, 2.0, 4.0, 34.0, 10.0, 12.25]),
    }
    observed = {
        item.name: counts.successes * (0.7 if item.name in model.structure.amounts else 1)
        for item in model.structure.observed
    }
    inputs = {"n": counts.trials, "times": times, **amounts}
    return model.structure, Inputs(dict(model.constants), inputs, observed, counts.groups, "group")


def reserved_words() -> Fixture:
    """Names that mean something in Stan, Python, PyMC or NumPyro, or that generated names might run into."""
    model = Model(
        "reserved words",
        Input("data", plate="parameters"),
        Variable("real", HalfNormal(7.25)),
        Variable("size", HalfCauchy("real")),
        Variable("real_scale", Gamma(3.5, 1.25)),
        Variable("target", Beta("size", "real_scale"), plate="parameters"),
        Observed("lambda", Binomial("data", "target"), plate="parameters"),
    )
    return Fixture("reserved-words", model, small_counts())


FIXTURES: tuple[Callable[[], Fixture], ...] = (
    independent_asymmetric,
    independent_integers,
    independent_below_8,
    independent_above_8,
    independent_across_128,
    independent_proportion,
    hierarchical_asymmetric,
    hierarchical_integers,
    proportion_bounded,
    proportion_improper,
    proportion_beta,
    foreign,
    foreign_chain,
    pooled,
    long_chain,
    positive_priors,
    heavy_priors,
    beta_binomial,
    beta_binomial_rates,
    reserved_words,
)
"""Every fixture, for ``pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.__name__)``."""

_EDGE = float(np.log(1e-6) - np.log1p(-1e-6))
# Larger shape parameters where implementations of the beta function change their method, and far from there.
_POSITIVE = (0.01, 0.3, 1.0, 2.0, 7.99, 8.0, 8.01, 127.9, 128.1, 1500.0)


def points(structure: Structure, inputs: Inputs, count: int = 20) -> dict[str, NDArray[np.float64]]:
    """Return points fixed in unconstrained space, as constrained values: name -> (point, *plate).

    The first three have every bounded variable at the fraction 1e-6 of its support, at 1 - 1e-6, and at both in turn;
    variables bounded on one side run through values on both sides of 8 and of 128. The rest is random, seed fixed.
    """
    rng = np.random.default_rng(20_260_101)
    chosen: dict[str, NDArray[np.float64]] = {}
    for place, variable in enumerate(structure.variables):
        shape = (count,) if variable.plate is None else (count, inputs.sizes[variable.plate])
        unconstrained = rng.normal(0.0, 2.0, shape)
        low, high = structure.supports(inputs)[variable.name].low, structure.supports(inputs)[variable.name].high
        if np.isfinite(high):
            for row, signs in enumerate(((1, 1), (-1, -1), (1, -1))[:count]):
                unconstrained[row] = _EDGE * np.resize(signs, shape[1:])
            chosen[variable.name] = low + (high - low) / (1.0 + np.exp(-unconstrained))
        else:
            fixed = np.log(np.roll(_POSITIVE, 3 * place))[:count]
            unconstrained[: len(fixed)] = fixed.reshape(-1, *(1 for _ in shape[1:]))
            chosen[variable.name] = low + np.exp(unconstrained)
    return chosen

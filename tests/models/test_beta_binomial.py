"""The model families are those of the literature, priors in place."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from pplcompare.models.beta_binomial import FAMILIES, hierarchical, hierarchical_proportion, independent
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, Pareto, PowerLaw, Uniform
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Input, Model, Observed, Variable

LIKELIHOOD = Observed("successes", Binomial("trials", "rate"), plate="group")
TRIALS = Input("trials", plate="group")


def test_the_independent_model() -> None:
    assert independent() == Model("", TRIALS, Variable("rate", Beta(2, 5), plate="group"), LIKELIHOOD)


def test_the_hierarchical_model() -> None:
    assert hierarchical() == Model(
        "",
        TRIALS,
        Variable("alpha", Gamma(16, 9)),
        Variable("beta", Gamma(40, 8)),
        Variable("rate", Beta("alpha", "beta"), plate="group"),
        LIKELIHOOD,
    )


def test_the_hierarchical_model_by_mean_and_concentration() -> None:
    assert hierarchical_proportion() == Model(
        "",
        TRIALS,
        Variable("mean", Uniform(0, 1)),
        Variable("concentration", Pareto(1, 1.5)),
        Variable("rate", BetaProportion("mean", "concentration"), plate="group"),
        LIKELIHOOD,
    )


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_family_takes_the_priors_of_its_variables_by_name(family: Callable[..., Model]) -> None:
    default = family()
    assert FAMILIES[default.name] is family
    variables = {variable.name: variable for variable in default.items if isinstance(variable, Variable)}
    for name in inspect.signature(family).parameters:
        other = Beta(3.5, 4.5)
        changed = {v.name: v.distribution for v in family(**{name: other}).items if isinstance(v, Variable)}
        assert changed == {n: other if n == name else v.distribution for n, v in variables.items()}


def test_a_prior_that_cannot_feed_its_place_is_refused() -> None:
    with pytest.raises(SpecificationError, match=r"must be within \(0, 1\), but mean may be anywhere in \(0, 2\)"):
        hierarchical_proportion(mean=Uniform(0, 2))
    with pytest.raises(SpecificationError, match=r"must be within \(0, inf\), but alpha may be anywhere in \(-1, 1\)"):
        hierarchical(alpha=Uniform(-1, 1))


def test_the_prior_of_bayesian_data_analysis_can_be_written() -> None:
    model = hierarchical_proportion(concentration=PowerLaw(1.5))
    assert model.constants["concentration_exponent"] == 1.5

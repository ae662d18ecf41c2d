"""Exact posteriors against the 50-digit reference, written by other hands and sharing no density code."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.datasets import load
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import (
    Beta,
    BetaProportion,
    Binomial,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Uniform,
)
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import exact_posterior

from tests.reference.fixtures import Fixture, foreign, small_counts
from tests.reference.posterior import HierarchicalPosterior

pytestmark = pytest.mark.slow

STATED = 1e-9
LEFT = pytest.mark.nightly(
    twin="tests/validation/test_exact_against_50_digits.py::test_every_answer_is_right_to_the_stated_error"
)


def campaigns() -> Fixture:
    return Fixture("campaigns", hierarchical(), load("campaigns"))


def small_foreign() -> Fixture:
    name, model, _ = foreign()
    return Fixture(name, model, small_counts())


def proportion() -> Fixture:
    return Fixture("proportion", hierarchical_proportion(Beta(2.5, 7.25), Gamma(1.75, 0.21)), small_counts())


def one_hyperparameter(prior: Distribution) -> Fixture:
    model = Model(
        "one",
        Input("trials", plate="group"),
        Variable("size", prior),
        Variable("rate", BetaProportion(0.3, "size"), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )
    return Fixture("one", model, small_counts())


def half_normal() -> Fixture:
    return one_hyperparameter(HalfNormal(2.7))


def log_normal() -> Fixture:
    return one_hyperparameter(LogNormal(1.1, 0.7))


def half_student_t() -> Fixture:
    return one_hyperparameter(HalfStudentT(4.5, 8.75))


def inverse_gamma() -> Fixture:
    return one_hyperparameter(InverseGamma(4.5, 9.25))


def assert_same_cdf(found: Callable[..., Any], reference: Callable[[float], Any], x: float) -> None:
    assert float(np.ravel(found(np.array([x])))[0]) == pytest.approx(float(reference(x)), abs=STATED)


# A value of a CDF of a rate takes the reference a minute, if a prior has a heavy tail or there are two of them.
@pytest.mark.parametrize(
    ("make", "cdfs"),
    [
        (campaigns, True),
        (small_foreign, True),
        pytest.param(proportion, False, marks=LEFT),
        (half_normal, True),
        (log_normal, True),
        (half_student_t, False),
        (inverse_gamma, False),
    ],
)
def test_every_answer_is_right_to_the_stated_error(make: Callable[[], Fixture], cdfs: bool) -> None:
    _, model, counts = make()
    exact = exact_posterior(model, counts)
    reference = HierarchicalPosterior(model.structure, model.bind(counts))
    assert exact.log_evidence == pytest.approx(float(reference.log_evidence), abs=STATED)
    for name in exact.scalars:
        marginal = exact.marginal(name)
        mean, sd = map(float, reference.moments(name))
        assert marginal.mean == pytest.approx(mean, rel=STATED)
        assert marginal.sd == pytest.approx(sd, rel=STATED)
        if cdfs:
            assert_same_cdf(
                marginal.cdf, partial(reference.cdf, name), float(np.ravel(marginal.quantile(np.array([0.9])))[0])
            )
    for group in (0, len(counts.groups) - 1):
        rate = exact.marginal(exact.plate_variable, group)
        mean, sd = map(float, reference.rate_moments(group))
        assert rate.mean == pytest.approx(mean, abs=STATED)
        assert rate.sd == pytest.approx(sd, abs=STATED)
    if cdfs:
        assert_same_cdf(exact.marginal(exact.plate_variable, 0).cdf, lambda x: reference.rate_cdf(0, x), 0.3)
    mean, sd = map(float, reference.rate_moments(None))
    assert exact.new_group().mean == pytest.approx(mean, abs=STATED)
    assert exact.new_group().sd == pytest.approx(sd, abs=STATED)


@pytest.mark.parametrize("prior", [HalfCauchy(1.3), HalfStudentT(0.9, 2.7), InverseGamma(0.8, 1.25)], ids=str)
def test_a_heavy_prior_leaves_a_tail_without_a_mean(prior: Distribution) -> None:
    """A concentration of which the likelihood tells nothing as it goes to infinity."""
    _, model, counts = one_hyperparameter(prior)
    exact = exact_posterior(model, counts)
    reference = HierarchicalPosterior(model.structure, model.bind(counts))
    assert exact.log_evidence == pytest.approx(float(reference.log_evidence), abs=STATED)
    size = exact.marginal("size")
    assert size.mean == size.sd == math.inf
    for x in (0.5, 3.0, 40.0):
        assert_same_cdf(size.cdf, partial(reference.cdf, "size"), x)
    for group in (0, None):
        rate = exact.new_group() if group is None else exact.marginal("rate", group)
        mean, sd = map(float, reference.rate_moments(group))
        assert (rate.mean, rate.sd) == pytest.approx((mean, sd), abs=STATED)


@pytest.mark.parametrize("prior", [LogNormal(1.1, 0.7), HalfNormal(2.7), Exponential(0.3)], ids=str)
def test_light_tails_have_every_moment(prior: Distribution) -> None:
    exact = exact_posterior(hierarchical_proportion(Uniform(0, 1), prior), small_counts())
    assert math.isfinite(exact.marginal("concentration").sd)

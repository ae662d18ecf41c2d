"""Exact posteriors against the 50-digit reference, written by other hands and sharing no density code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Gamma
from pplcompare.validation.exact import exact_posterior

from tests.reference.fixtures import Fixture, foreign, small_counts
from tests.reference.posterior import HierarchicalPosterior

pytestmark = pytest.mark.slow

STATED = 1e-9


def campaigns() -> Fixture:
    return Fixture("campaigns", hierarchical(), load("campaigns"))


def small_foreign() -> Fixture:
    name, model, _ = foreign()
    return Fixture(name, model, small_counts())


def proportion() -> Fixture:
    return Fixture("proportion", hierarchical_proportion(Beta(2.5, 7.25), Gamma(1.75, 0.21)), small_counts())


def assert_same_cdf(found: Callable[..., Any], reference: Callable[[float], Any], x: float) -> None:
    assert float(np.ravel(found(np.array([x])))[0]) == pytest.approx(float(reference(x)), abs=STATED)


# A value of a CDF of the last one takes the reference a minute.
@pytest.mark.parametrize(("make", "cdfs"), [(campaigns, True), (small_foreign, True), (proportion, False)])
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

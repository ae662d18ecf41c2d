"""Simulation from the prior: shapes, order of arguments and groups, laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import Beta, Gamma
from pplcompare.models.errors import SpecificationError
from pplcompare.models.simulation import simulate
from scipy import stats

from tests.models.test_distributions import SURE, ks
from tests.reference.fixtures import FIXTURES, Fixture, awkward_counts, proportion_improper, small_counts

PROPER = [make for make in FIXTURES if make is not proportion_improper]


@pytest.mark.parametrize("make", PROPER, ids=lambda make: make.__name__)
def test_everything_is_drawn_in_its_shape_and_support(make: Callable[[], Fixture]) -> None:
    _, model, counts = make()
    inputs = model.bind(counts)
    drawn = simulate(model.structure, inputs, np.random.default_rng(3), 17)
    assert list(drawn) == [item.name for item in model.structure.random]
    for variable in model.structure.variables:
        values = drawn[variable.name]
        assert values.shape == ((17,) if variable.plate is None else (17, len(counts.groups)))
        assert values.dtype == np.float64
        assert model.structure.supports(inputs)[variable.name].holds(values)
    for observed in model.structure.observed:
        values = drawn[observed.name]
        assert values.shape == (17, len(counts.groups))
        assert values.dtype == np.int64
        assert np.all((values >= 0) & (values <= counts.trials))


def test_alpha_and_beta_go_to_their_places() -> None:
    """Gamma(200, 100) and Gamma(800, 100): shapes near 2 and 8, so rates average 0.2 and not 0.8."""
    model = hierarchical(Gamma(200, 100), Gamma(800, 100))
    drawn = simulate(model.structure, model.bind(awkward_counts()), np.random.default_rng(3), 4001)
    assert abs(drawn["alpha"].mean() - 2) < 6 * np.sqrt(200 / 100**2 / 4001)
    assert abs(drawn["beta"].mean() - 8) < 6 * np.sqrt(800 / 100**2 / 4001)
    assert abs(drawn["rate"].mean() - 0.2) < 0.01


def test_each_draw_of_a_rate_uses_its_own_hyper_parameters() -> None:
    model = hierarchical(Gamma(0.5, 0.01), Gamma(0.5, 0.01))
    drawn = simulate(model.structure, model.bind(awkward_counts()), np.random.default_rng(3), 2003)
    alpha, beta, rate = drawn["alpha"], drawn["beta"], drawn["rate"]
    u = np.asarray(stats.beta.cdf(rate, alpha[:, None], beta[:, None]))[alpha + beta > 1]
    assert ks(u.ravel(), stats.uniform.cdf) < SURE


def test_each_group_has_its_own_trials_and_rate() -> None:
    """Given rate and trials, counts are binomial: group by group, where a shift would show."""
    model = independent(Beta(2.5, 7.25))
    counts = awkward_counts()
    drawn = simulate(model.structure, model.bind(counts), np.random.default_rng(3), 4001)
    for group, trials in enumerate(counts.trials.tolist()):
        law = stats.betabinom(trials, 2.5, 7.25) if trials <= 1000 else None
        if law is not None:
            assert ks(drawn["successes"][:, group], law.cdf) < SURE
        assert ks(drawn["rate"][:, group], stats.beta(2.5, 7.25).cdf) < SURE
    large = int(np.argmax(counts.trials))
    off = drawn["successes"][:, large] / counts.trials[large] - drawn["rate"][:, large]
    assert np.abs(off).max() < 6 * np.sqrt(0.25 / counts.trials[large])


def test_the_observed_counts_are_not_looked_at() -> None:
    model = independent()
    inputs = model.bind(small_counts())
    blank = replace(inputs, observed={name: np.zeros_like(k) for name, k in inputs.observed.items()})
    one, other = (simulate(model.structure, i, np.random.default_rng(3), 5) for i in (inputs, blank))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_the_generator_alone_decides() -> None:
    model = hierarchical()
    inputs = model.bind(small_counts())
    one, same, other = (simulate(model.structure, inputs, np.random.default_rng(seed), 5) for seed in (0, 0, 1))
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
        assert not np.array_equal(one[name], other[name])


def test_draws_that_round_to_an_end_stay_inside_the_support() -> None:
    """Beta(0.001, 0.001) and Gamma(0.001, 1) draws are 0 or 1 in float64 more often than not."""
    model = hierarchical(Gamma(0.001, 1), Gamma(0.001, 1))
    for built in (model, independent(Beta(0.001, 0.001))):
        inputs = built.bind(small_counts())
        drawn = simulate(built.structure, inputs, np.random.default_rng(3), 101)
        for name, support in built.structure.supports(inputs).items():
            assert support.holds(drawn[name])
        points = {v.name: np.asarray(drawn[v.name], dtype=np.float64) for v in built.structure.variables}
        found = reference_density(built.structure, inputs, points, jacobian=False)
        assert not np.isnan(found.value).any()


def test_an_improper_prior_is_refused() -> None:
    _, model, counts = proportion_improper()
    with pytest.raises(SpecificationError, match="an improper prior cannot be simulated"):
        simulate(model.structure, model.bind(counts), np.random.default_rng(3), 5)

"""Tables, quantiles and draws agree with the exact distribution functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Gamma, Pareto, PowerLaw, Uniform
from pplcompare.models.errors import AccuracyError
from pplcompare.models.spec import Model
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.quadrature.certification import certified
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.posterior import Posterior
from pplcompare.validation.exact.quadrature.rejection import draw
from pplcompare.validation.exact.quadrature.update import Increments

CASES = {
    "independent": (independent(Beta(0.5, 2)), load("campaigns")),
    "campaigns": (hierarchical(), load("campaigns")),
    "pareto": (hierarchical_proportion(Uniform(0, 1), Pareto(1, 1.5)), load("campaigns")),
    "rats": (hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5)), load("rats")),
    "small shapes": (hierarchical(Gamma(0.5, 0.5), Gamma(0.5, 0.5)), Counts("abc", [10, 10, 3], [0, 10, 1])),
    "large counts": (hierarchical(), Counts("ab", [10**9, 10**6], [10**8, 1])),
}
P = np.array([1e-4, 0.03, 0.3, 0.5, 0.8, 0.999])


@pytest.fixture(scope="module", params=CASES)
def posterior(request: pytest.FixtureRequest) -> ExactPosterior:
    return exact_posterior(*CASES[request.param])


def marginals(posterior: ExactPosterior) -> list[Marginal]:
    rates = [posterior.marginal(posterior.plate_variable, g) for g in (0, 1)]
    return [*(posterior.marginal(name) for name in posterior.scalars), *rates, posterior.new_group()]


def test_tables_agree_with_the_distribution_functions(posterior: ExactPosterior) -> None:
    for marginal in marginals(posterior):
        x = marginal.quantile(P)
        assert marginal.table().cdf(x) == pytest.approx(marginal.cdf(x), abs=1e-8)
        assert marginal.table().sf(x) == pytest.approx(marginal.sf(x), abs=1e-8)
        assert marginal.table() is marginal.table()
        ends = np.array([marginal.support.low, marginal.support.high])
        assert marginal.table().cdf(ends) == pytest.approx([0.0, 1.0], abs=1e-8)


def test_quantiles_invert_the_distribution_functions(posterior: ExactPosterior) -> None:
    for marginal in marginals(posterior):
        x = marginal.quantile(P)
        shown = (x > 1e-290) & (x < 1.0 - 1e-9)
        assert marginal.cdf(x)[shown] == pytest.approx(P[shown], abs=1e-8)
        assert marginal.quantile(np.array([0.0, 1.0])) == pytest.approx([marginal.support.low, marginal.support.high])


def test_densities_are_slopes(posterior: ExactPosterior) -> None:
    for marginal in marginals(posterior):
        x = marginal.quantile(np.array([0.2, 0.6]))
        step = 1e-4 * np.minimum(x - marginal.support.low, x[1] - x[0])
        slope = (marginal.cdf(x + step) - marginal.cdf(x - step)) / (2 * step)
        assert marginal.density(x) == pytest.approx(slope, rel=1e-4)
        outside = np.array([marginal.support.low - 1.0])
        assert marginal.density(outside) == pytest.approx([0.0])
        assert marginal.cdf(outside) == pytest.approx([0.0], abs=1e-12)


def test_sums_at_equidistant_points_are_those_anywhere(posterior: ExactPosterior) -> None:
    for line in (marginal.line for marginal in marginals(posterior)):
        below, density = line.cdf_between(3), line.density_between(3)
        t = np.linspace(line.t[0][0], line.t[0][-1], below.size)
        assert below == pytest.approx(line.cdf(line.chart.order[0], line.chart.outer.u(t)), abs=1e-12)
        assert density == pytest.approx(line.density(t), abs=1e-12)


def test_shapes_of_arguments_are_kept(posterior: ExactPosterior) -> None:
    for marginal in marginals(posterior):
        x = marginal.quantile(np.array([[0.2, 0.6, 0.7]]))
        for of in (marginal.cdf, marginal.sf, marginal.density, marginal.table().cdf):
            assert of(x).shape == (1, 3)
            assert np.shape(of(x[0, 0])) == ()


def test_exact_draws_have_the_exact_distribution(posterior: ExactPosterior) -> None:
    draws, level = 20_000, 1e-6
    drawn = posterior.simulate(draws, np.random.default_rng(20240501))
    rates = drawn.pop(posterior.plate_variable)
    assert rates.shape == (draws, len(posterior.counts.groups))
    samples = [*((posterior.marginal(name), drawn[name]) for name in posterior.scalars)]
    samples += [(posterior.marginal(posterior.plate_variable, g), rates[:, g]) for g in (0, 1)]
    bound = math.sqrt(math.log(2 / level) / (2 * draws))  # Dvoretzky, Kiefer, Wolfowitz; Massart 1990
    for marginal, x in samples:
        x = np.sort(x)
        u = marginal.table().cdf(x)
        # Where shapes are small, rates pile up at 0 and 1, the nearest float64 numbers.
        seen = (x > 1e-300) & (x != 1.0)
        distance = np.maximum(np.arange(1, draws + 1) / draws - u, u - np.arange(draws) / draws)
        assert distance[seen].max() <= bound


def test_draws_are_reproducible_and_none_is_allowed() -> None:
    posterior = exact_posterior(*CASES["campaigns"])
    one, two = (posterior.simulate(5, np.random.default_rng(7)) for _ in range(2))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert posterior.simulate(0, np.random.default_rng(7))["rate"].shape == (0, 2)


def test_a_bound_that_is_exceeded_is_noticed() -> None:
    model: Model
    model, counts = CASES["campaigns"]
    data = Increments(counts.successes, counts.trials)
    on = Posterior.given(BETA_BINOMIAL, hierarchy(model, BETA_BINOMIAL), data)
    nodes = certified(on).nodes
    with pytest.raises(AccuracyError, match="bound"):
        draw(lambda u: on.log_density(u) + 1.0, nodes, 100, np.random.default_rng(1))

"""Laws that exact posteriors obey, whatever the right numbers are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, Pareto, PowerLaw, Uniform
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from scipy import special

CAMPAIGNS = load("campaigns")
MODELS = [
    independent(Beta(2.5, 7.25)),
    hierarchical(Gamma(2.5, 1), Gamma(7.25, 2)),
    hierarchical_proportion(Beta(2.5, 7.25), Gamma(2, 0.1)),
    hierarchical_proportion(Uniform(0.1, 0.7), Pareto(1, 3)),
]


def counts(*pairs: tuple[int, int]) -> Counts:
    return Counts([f"g{i}" for i in range(len(pairs))], [n for n, _ in pairs], [k for _, k in pairs])


def evidence(model: Model, *pairs: tuple[int, int]) -> float:
    found = exact_posterior(model, counts(*pairs)).log_evidence
    assert found is not None
    return found


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_probabilities_of_all_outcomes_sum_to_one(model: Model) -> None:
    assert math.fsum(math.exp(evidence(model, (5, k))) for k in range(6)) == pytest.approx(1.0, abs=1e-9)


def test_a_flat_prior_makes_all_outcomes_equally_likely() -> None:
    assert evidence(independent(Beta(1, 1)), (6, 2)) == pytest.approx(-math.log(7), abs=1e-13)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_groups_without_trials_change_nothing(model: Model) -> None:
    two, four = (exact_posterior(model, counts(*p)) for p in ([(9, 2), (14, 5)], [(0, 0), (9, 2), (0, 0), (14, 5)]))
    assert four.log_evidence == pytest.approx(two.log_evidence, abs=1e-9)
    assert four.marginal("rate", 1).sd == pytest.approx(two.marginal("rate", 0).sd, rel=1e-9)
    assert four.marginal("rate", 0).mean == pytest.approx(two.new_group().mean, rel=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_order_of_groups_does_not_matter(model: Model) -> None:
    pairs = [(9, 2), (14, 5), (100, 31)]
    one, other = exact_posterior(model, counts(*pairs)), exact_posterior(model, counts(*pairs[::-1]))
    assert other.log_evidence == pytest.approx(one.log_evidence, abs=1e-12)
    assert [other.marginal("rate", 2 - g).mean for g in range(3)] == pytest.approx(
        [one.marginal("rate", g).mean for g in range(3)], rel=1e-12
    )


def test_success_and_failure_are_only_names() -> None:
    pairs = [(9, 2), (14, 5), (3, 0)]
    one = exact_posterior(hierarchical(Gamma(2.5, 1), Gamma(7.25, 2)), counts(*pairs))
    other = exact_posterior(hierarchical(Gamma(7.25, 2), Gamma(2.5, 1)), counts(*((n, n - k) for n, k in pairs)))
    assert other.log_evidence == pytest.approx(one.log_evidence, abs=1e-9)
    assert other.marginal("alpha").sd == pytest.approx(one.marginal("beta").sd, rel=1e-9)
    x = np.array([0.1, 0.3, 0.8])
    assert other.marginal("rate", 0).cdf(1 - x) == pytest.approx(one.marginal("rate", 0).sf(x), abs=1e-9)


def test_evidence_obeys_the_chain_rule() -> None:
    model = hierarchical(Gamma(2.5, 1), Gamma(7.25, 2))
    first = exact_posterior(model, counts((9, 2)))
    predicted = first.expectation(
        lambda v: (
            special.binom(14, 5)
            * np.exp(special.betaln(v["alpha"] + 5, v["beta"] + 9) - special.betaln(v["alpha"], v["beta"]))
        )
    )
    assert first.log_evidence is not None
    assert evidence(model, (9, 2), (14, 5)) == pytest.approx(first.log_evidence + math.log(predicted), abs=1e-9)


def test_two_campaigns_in_one_group_are_their_sum() -> None:
    after_first = exact_posterior(independent(Beta(2 + 3, 5 + 6)), counts((11, 4)))
    at_once = exact_posterior(independent(Beta(2, 5)), counts((20, 7)))
    x = np.linspace(0.05, 0.95, 7)
    assert after_first.marginal("rate", 0).cdf(x) == pytest.approx(at_once.marginal("rate", 0).cdf(x), abs=1e-14)


def same(one: ExactPosterior, other: ExactPosterior) -> None:
    assert other.log_evidence == pytest.approx(one.log_evidence, abs=1e-9)
    for name, moments in one.derived().items():
        assert other.derived()[name] == pytest.approx(moments, rel=1e-8), name
    x = np.array([0.02, 0.1, 0.3, 0.7])
    assert other.new_group().cdf(x) == pytest.approx(one.new_group().cdf(x), abs=1e-9)


def test_independent_gammas_of_one_rate_are_a_beta_mean_and_a_gamma_concentration() -> None:
    same(
        exact_posterior(hierarchical(Gamma(2, 1.5), Gamma(5, 1.5)), CAMPAIGNS),
        exact_posterior(hierarchical_proportion(Beta(2, 5), Gamma(7, 1.5)), CAMPAIGNS),
    )


def test_equal_shapes_are_half_the_concentration() -> None:
    def model(prior: Gamma, rate: Beta | BetaProportion) -> Model:
        seen = Observed("k", Binomial("n", "p"), plate="g")
        return Model("m", Input("n", plate="g"), Variable("x", prior), Variable("p", rate, plate="g"), seen)

    same(
        exact_posterior(model(Gamma(2, 3), Beta("x", "x")), CAMPAIGNS),
        exact_posterior(model(Gamma(2, 1.5), BetaProportion(0.5, "x")), CAMPAIGNS),
    )


def test_changing_variables_by_hand_gives_the_same_posterior() -> None:
    # Density alpha^-1.5 beta^-1.7 is mean^-1.5 (1 - mean)^-1.7 concentration^-2.2: reweight from another prior.
    pairs = [(20, 6), (14, 5), (9, 4), (30, 12), (25, 5), (8, 3)]
    shapes = exact_posterior(hierarchical(PowerLaw(1.5), PowerLaw(1.7)), counts(*pairs))
    proportion = exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(2.2)), counts(*pairs))
    scale = proportion.expectation(lambda v: v["mean"] ** -1.5 * (1 - v["mean"]) ** -1.7)
    expected = proportion.expectation(
        lambda v: v["mean"] ** -1.5 * (1 - v["mean"]) ** -1.7 * np.log(v["concentration"]) / scale
    )
    assert shapes.derived()["log concentration"].mean == pytest.approx(expected, abs=1e-8)


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.floats(0, 1)).map(lambda p: (p[0], round(p[0] * p[1]))), min_size=1, max_size=6
    ),
    st.floats(0.5, 20),
    st.floats(0.5, 20),
    st.floats(0.2, 5),
)
def test_marginals_are_consistent(pairs: list[tuple[int, int]], shape: float, other: float, rate: float) -> None:
    posterior = exact_posterior(hierarchical(Gamma(shape, rate), Gamma(other, rate)), counts(*pairs))
    assert posterior.error.accepted
    new = posterior.new_group()
    assert new.mean == pytest.approx(posterior.derived()["mean"].mean, abs=1e-9)
    x = np.array([1e-6, 0.01, 0.2, 0.5, 0.99])
    assert new.cdf(x) + new.sf(x) == pytest.approx(np.ones(5), abs=1e-12)
    alpha = posterior.marginal("alpha")
    at = alpha.quantile(np.array([0.1, 0.5, 0.9]))
    assert alpha.cdf(at) == pytest.approx(np.array([0.1, 0.5, 0.9]), abs=1e-9)
    assert np.all(alpha.density(at) > 0)
    for g, (n, k) in enumerate(pairs):
        marginal = posterior.marginal("rate", g)
        expected = posterior.expectation(lambda v, n=n, k=k: (v["alpha"] + k) / (v["alpha"] + v["beta"] + n))  # type: ignore[misc]
        assert marginal.mean == pytest.approx(expected, abs=1e-9)

"""Exact posteriors give the published numbers, and refuse what they do not cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, Pareto, PowerLaw, Uniform
from pplcompare.models.errors import AccuracyError, ImproperPosterior, UnsupportedModel, UsageError
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary

CAMPAIGNS = load("campaigns")
RATS = load("rats")
NO_GROUP = Counts(["nobody"], [0], [0])


@pytest.fixture(scope="module")
def campaigns() -> ExactPosterior:
    return exact_posterior(hierarchical(), CAMPAIGNS)


@pytest.fixture(scope="module")
def rats() -> ExactPosterior:
    return exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(1.5)), RATS)


def test_independent_campaigns_are_in_closed_form() -> None:
    posterior = exact_posterior(independent(Beta(2, 5)), CAMPAIGNS)
    a, b = posterior.marginal("rate", 0), posterior.marginal("rate", 1)
    assert posterior.log_evidence == pytest.approx(-6.4508800, abs=5e-8)
    assert posterior.error.closed_form
    assert posterior.scalars == ()
    assert (a.mean, b.mean) == pytest.approx((21 / 207, 5 / 17), rel=1e-14)
    assert (a.sd, b.sd) == pytest.approx(
        (math.sqrt(21 * 186 / 207**2 / 208), math.sqrt(5 * 12 / 17**2 / 18)), rel=1e-13
    )
    assert posterior.new_group().mean == pytest.approx(2 / 7, rel=1e-14)
    assert posterior.derived()["concentration"] == pytest.approx((7.0, 0.0), rel=1e-14)


def test_hierarchical_campaigns(campaigns: ExactPosterior) -> None:
    assert campaigns.log_evidence == pytest.approx(-6.3947433, abs=5e-8)
    assert campaigns.marginal("alpha").mean == pytest.approx(1.69727568, abs=5e-9)
    assert campaigns.marginal("beta").mean == pytest.approx(5.11334546, abs=5e-9)
    a, b, new = campaigns.marginal("rate", 0), campaigns.marginal("rate", 1), campaigns.new_group()
    assert a.mean == pytest.approx(0.10007621, abs=5e-9)
    assert a.sd == pytest.approx(0.020888, abs=5e-7)
    assert b.mean == pytest.approx(0.279610, abs=5e-7)
    assert (new.mean, new.sd) == pytest.approx((0.249821, 0.162821), abs=5e-7)
    assert float(a.cdf(np.array(0.095))) == pytest.approx(0.42709, abs=5e-6)
    assert campaigns.error.largest <= 1e-9
    assert campaigns.error.accepted


def test_a_prior_is_the_posterior_of_no_data() -> None:
    assert exact_posterior(hierarchical(), NO_GROUP).new_group().mean == pytest.approx(0.26269, abs=5e-6)


def test_an_exact_posterior_can_be_read_and_its_groups_names_are_no_html() -> None:
    posterior = exact_posterior(independent(), Counts(["<b>a</b>", "c"], [3, 5], [1, 2]))
    assert repr(posterior).startswith("<exact posterior of independent, 2 groups, log evidence -")
    shown = posterior._repr_html_()
    assert "rate of a new group" in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;a&lt;/b&gt;" in shown


def test_a_summary_says_what_could_not_be_certified_and_tells_the_rest() -> None:
    # Before the data a uniform mean lets logits of rates have a tail that no float64 table holds.
    quantities = exact_summary(exact_posterior(hierarchical_proportion(), CAMPAIGNS))["quantities"]
    before = quantities["rate before the data"]
    assert set(before["quantiles"].values()) == {"not certified"}
    assert before["mean"] == pytest.approx(0.5, abs=1e-9)
    assert all(isinstance(x, float) for x in quantities["rate of a new group"]["quantiles"].values())


def test_rats_with_the_prior_of_bda3(rats: ExactPosterior) -> None:
    derived = rats.derived()
    assert derived["logit mean"] == pytest.approx((-1.7842524, 0.1088319), abs=5e-8)
    assert derived["log concentration"] == pytest.approx((2.7555961, 0.3442009), abs=5e-8)
    assert derived["mean"].mean == pytest.approx(0.14429731, abs=5e-9)
    last = rats.marginal("rate", 70)
    assert (last.mean, last.sd) == pytest.approx((0.21085684, 0.07526001), abs=5e-9)
    for name in ("shape 1", "shape 2", "concentration"):
        assert derived[name] == (math.inf, math.inf)
    assert rats.marginal("concentration").mean == math.inf
    assert rats.log_evidence is None


def test_rats_with_the_prior_of_the_stan_case_study() -> None:
    posterior = exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(2.5)), RATS)
    derived = posterior.derived()
    assert derived["shape 1"].mean == pytest.approx(2.14265, abs=5e-6)
    assert derived["shape 2"].mean == pytest.approx(12.70621, abs=5e-6)
    assert derived["log concentration"].mean == pytest.approx(2.64166902, abs=5e-9)
    assert posterior.marginal("rate", 70).mean == pytest.approx(0.21511904, abs=5e-9)
    assert derived["shape 1"].sd == math.inf


def test_an_edge_inside_the_half_line_is_seen() -> None:
    posterior = exact_posterior(hierarchical_proportion(Uniform(0, 1), Pareto(1, 1.5)), CAMPAIGNS)
    assert posterior.derived()["log concentration"].mean == pytest.approx(0.8408086, abs=5e-8)


@pytest.mark.parametrize(("sd", "expected"), [(0.001, 3.13752e-7), (0.01, 4.55349e-7), (0.1, 1.21336e-3)])
def test_failure_of_five_components(sd: float, expected: float) -> None:
    concentration = 0.05 * 0.95 / sd**2 - 1.0
    prior = independent(Beta(0.05 * concentration, 0.95 * concentration))
    assert exact_posterior(prior, NO_GROUP).failure(None, 5) == pytest.approx(expected, rel=5e-6)


def test_failure_of_no_component_is_certain_and_of_one_is_the_mean(campaigns: ExactPosterior) -> None:
    assert campaigns.failure(0, 0) == pytest.approx(1.0, rel=1e-12)
    assert campaigns.failure(0, 1) == pytest.approx(campaigns.marginal("rate", 0).mean, rel=1e-12)
    assert campaigns.failure(None, 1) == pytest.approx(campaigns.new_group().mean, rel=1e-12)


def test_groups_with_equal_counts_share_a_marginal(rats: ExactPosterior) -> None:
    assert rats.marginal("rate", 0) is rats.marginal("rate", 1)


def test_expectations_without_a_mean_are_refused(rats: ExactPosterior) -> None:
    assert rats.expectation(lambda v: v["mean"]) == pytest.approx(0.14429731, abs=5e-9)
    with pytest.raises(AccuracyError, match="could not be certified"):
        rats.expectation(lambda v: v["concentration"])
    with pytest.raises(AccuracyError, match="jumps"):
        rats.expectation(lambda v: (v["mean"] < 0.14).astype(float))


def test_unknown_variables_and_missing_groups_are_refused(campaigns: ExactPosterior) -> None:
    for name, group in [("gamma", None), ("rate", None), ("rate", 2), ("alpha", 0)]:
        with pytest.raises(UsageError):
            campaigns.marginal(name, group)
    with pytest.raises(UsageError):
        campaigns.failure(0, -1)


TRIALS = Input("n", plate="g")
SEEN = Observed("k", Binomial("n", "p"), plate="g")
RATE = Variable("p", Beta(2, 5), plate="g")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Model("m", TRIALS, RATE, SEEN, Observed("j", Binomial("n", "p"), plate="g")), "one observation"),
        (Model("m", TRIALS, RATE), "one observation"),
        (Model("m", TRIALS, Variable("p", Uniform(0, 1), plate="g"), SEEN), "Beta or BetaProportion"),
        (Model("m", TRIALS, Variable("p", Beta(2, 5)), SEEN), "on the plate"),
        (Model("m", TRIALS, Variable("a", Gamma(1, 1)), RATE, SEEN), "do not feed"),
        (
            Model("m", TRIALS, Variable("a", Gamma(1, 1), plate="g"), Variable("p", Beta("a", 1), plate="g"), SEEN),
            "scalar",
        ),
        (
            Model(
                "m",
                TRIALS,
                Variable("a", Gamma(1, 1)),
                Variable("b", Gamma("a", 1)),
                Variable("p", Beta("a", "b"), plate="g"),
                SEEN,
            ),
            "made of numbers",
        ),
    ],
)
def test_other_structures_are_refused(model: Model, words: str) -> None:
    with pytest.raises(UnsupportedModel, match=words):
        exact_posterior(model, Counts(["a"], [5], [2]))


def test_names_do_not_matter() -> None:
    other = Model(
        "x",
        Input("size", plate="clinic"),
        Variable("mean", Gamma(16, 9)),
        Variable("log concentration".replace(" ", "_"), Gamma(40, 8)),
        Variable("alpha", Beta("mean", "log_concentration"), plate="clinic"),
        Observed("y", Binomial("size", "alpha"), plate="clinic"),
    )
    posterior = exact_posterior(other, CAMPAIGNS)
    assert posterior.plate_variable == "alpha"
    assert posterior.scalars == ("mean", "log_concentration")
    assert posterior.log_evidence == pytest.approx(-6.3947433, abs=5e-8)
    assert posterior.marginal("mean").mean == pytest.approx(1.69727568, abs=5e-9)


MIXED = Counts("abc", [10, 10, 10], [3, 4, 0])


@pytest.mark.parametrize("exponent", [0.5, 1.0, 3.0, 3.5])
def test_posteriors_that_do_not_exist_are_refused(exponent: float) -> None:
    # Two groups with 0 < k < n: the posterior exists if and only if 1 < exponent < 3.
    with pytest.raises(ImproperPosterior, match="does not exist"):
        exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(exponent)), MIXED)


@pytest.mark.parametrize("exponent", [1.2, 2.9])
def test_improper_priors_with_a_posterior_are_answered_without_evidence(exponent: float) -> None:
    posterior = exact_posterior(hierarchical_proportion(Uniform(0, 1), PowerLaw(exponent)), MIXED)
    assert posterior.log_evidence is None
    assert math.isfinite(posterior.derived()["log concentration"].sd)


def test_a_shape_with_an_improper_prior_needs_groups_of_its_own() -> None:
    model = hierarchical(PowerLaw(1.5), Gamma(2, 1))
    with pytest.raises(ImproperPosterior, match="alpha goes to 0"):
        exact_posterior(model, Counts("ab", [5, 5], [0, 0]))
    assert exact_posterior(model, Counts("ab", [5, 5], [2, 3])).log_evidence is None


@pytest.mark.parametrize(
    "rate", [Beta("x", 3), Beta(2, "x"), Beta("x", "x"), BetaProportion(0.3, "x"), BetaProportion("x", 8)]
)
def test_one_hyperparameter_is_enough(rate: Beta | BetaProportion) -> None:
    prior = Beta(2, 3) if rate == BetaProportion("x", 8) else Gamma(3, 1)
    model = Model("m", TRIALS, Variable("x", prior), Variable("p", rate, plate="g"), SEEN)
    posterior = exact_posterior(model, MIXED)
    assert posterior.error.largest <= 1e-9
    assert posterior.marginal("p", 0).mean < posterior.marginal("p", 1).mean
    assert posterior.simulate(3, np.random.default_rng(1))["p"].shape == (3, 3)

"""Answers to questions, against closed forms in rational numbers and quadrature in 50 digits, and by identities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, Gamma, PowerLaw
from pplcompare.models.errors import ImproperPosterior, UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.questions.coins import BinomialMixture, binomial_mixture
from pplcompare.validation.questions.counts_to_come import CountsToCome, counts_to_come
from pplcompare.validation.questions.redundant import all_fail, redundant_failure, redundant_failure_of
from pplcompare.validation.questions.together import failing_together, failing_together_of

from tests.reference.density import Real, context
from tests.reference.posterior import HierarchicalPosterior

CERTIFIED = 1e-8
CLOSED = 1e-11
CAMPAIGNS = load("campaigns")
MEANS = st.floats(1e-6, 1.0 - 1e-6)
SHARES = st.floats(0.0, 1.0)


@pytest.fixture(scope="module")
def after() -> ExactPosterior:
    return exact_posterior(hierarchical(), CAMPAIGNS)


@pytest.fixture(scope="module")
def before(after: ExactPosterior) -> ExactPosterior:
    return after.before_the_data()


def in_50_digits(counts: Counts) -> HierarchicalPosterior:
    model = hierarchical()
    return HierarchicalPosterior(model.structure, model.bind(counts))


@pytest.fixture(scope="module")
def reference() -> HierarchicalPosterior:
    return in_50_digits(CAMPAIGNS)


@pytest.fixture(scope="module")
def reference_before() -> HierarchicalPosterior:
    return in_50_digits(Counts(["none"], [0], [0]))


# Redundant components: one rate.


@pytest.mark.parametrize(("sd", "expected"), [(0.001, 3.13752e-7), (0.01, 4.55349e-7), (0.1, 1.21336e-3)])
def test_five_components_fail_more_often_as_the_spread_of_their_rate_grows(sd: float, expected: float) -> None:
    assert redundant_failure(0.05, sd, 5).probability == pytest.approx(expected, rel=2e-6)
    assert redundant_failure(0.05, 1.02 * sd, 5).probability != pytest.approx(expected, rel=2e-6)


def power_in_50_digits(mean: float, sd: float, m: int) -> Real:
    """E p^m as a ratio of two beta functions, with the shapes from the moments."""
    mu, variance = context.mpf(mean), context.mpf(sd) ** 2
    total = mu * (1 - mu) / variance - 1
    a, b = mu * total, (1 - mu) * total
    return context.exp(
        context.loggamma(a + m) - context.loggamma(a) + context.loggamma(a + b) - context.loggamma(a + b + m)
    )


@pytest.mark.parametrize("m", [1, 2, 5, 30, 1000])
@pytest.mark.parametrize(
    ("mean", "sd"), [(0.05, 1e-7), (0.05, 0.01), (0.05, 0.1), (0.3, 0.45), (1e-6, 1e-5), (0.999, 0.01)]
)
def test_the_mean_of_a_power_is_that_of_50_digits(mean: float, sd: float, m: int) -> None:
    expected = power_in_50_digits(mean, sd, m)
    found = redundant_failure(mean, sd, m).probability
    assert found == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize(("mean", "sd"), [(0.05, 0.02), (0.05, 0.1), (0.3, 0.2)])
@pytest.mark.parametrize("m", [1, 5])
def test_quantiles_of_a_power_are_those_of_50_digits(mean: float, sd: float, m: int) -> None:
    total = mean * (1 - mean) / sd**2 - 1
    found = redundant_failure(mean, sd, m)
    for probability, value in found.quantiles.items():
        rate = context.mpf(value) ** (context.mpf(1) / m)
        reached = context.betainc(mean * total, (1 - mean) * total, 0, rate, regularized=True)
        assert float(reached) == pytest.approx(probability, abs=1e-9)


def test_a_known_rate_has_one_power() -> None:
    known = redundant_failure(0.05, 0.0, 5)
    assert known.probability == pytest.approx(0.05**5, rel=1e-14)
    assert set(known.quantiles.values()) == {0.05**5}
    assert known.ratio == pytest.approx(1.0, rel=1e-14)
    nearly = redundant_failure(0.05, 1e-9, 5)
    assert nearly.probability == pytest.approx(known.probability, rel=1e-13)
    assert list(nearly.quantiles.values()) == pytest.approx([0.05**5] * 3, rel=1e-6)


@given(MEANS, SHARES, st.integers(1, 50))
def test_it_lies_between_independent_and_common_failure(mean: float, share: float, m: int) -> None:
    found = float(all_fail(mean, np.array(share), m))
    assert mean**m * (1.0 - 1e-12) <= found <= mean * (1.0 + 1e-12)


@given(MEANS, st.lists(SHARES, min_size=2, max_size=8), st.integers(2, 50))
def test_it_grows_with_the_correlation(mean: float, shares: list[float], m: int) -> None:
    found = all_fail(mean, np.sort(np.array(shares)), m)
    assert np.all(np.diff(found) >= -1e-12 * found[1:])


@given(MEANS, st.integers(1, 50))
def test_its_limits_are_independence_and_all_or_none(mean: float, m: int) -> None:
    ends = all_fail(mean, np.array([0.0, 1e-12, 1.0 - 1e-12, 1.0]), m)
    assert ends[0] == pytest.approx(mean**m, rel=1e-12)
    assert ends[3] == pytest.approx(mean, rel=1e-12)
    # Near an end it is within m^2 / mean, and m, times the distance from it.
    assert ends[1] == pytest.approx(ends[0], rel=1e-12 * m * m / mean)
    assert ends[2] == pytest.approx(ends[3], rel=1e-12 * m * m)


@pytest.mark.parametrize("group", ["A", 1, None])
@pytest.mark.parametrize("m", [2, 5])
def test_the_rate_of_a_group_gives_the_power_of_50_digits(
    after: ExactPosterior, reference: HierarchicalPosterior, group: str | int | None, m: int
) -> None:
    n, k = {"A": (200, 19), 1: (10, 3), None: (0, 0)}[group]

    def power(v: Mapping[str, Real]) -> Real:
        return context.rf(v["a"] + k, m) / context.rf(v["a"] + v["b"] + n, m)

    found = redundant_failure_of(after, group, m)
    assert found.probability == pytest.approx(float(reference.expectation(power)), rel=CERTIFIED)
    mean, sd = reference.rate_moments({"A": 0, 1: 1, None: None}[group])
    assert (found.mean, found.sd) == pytest.approx((float(mean), float(sd)), rel=CERTIFIED)
    assert found.at_mean == found.mean**m < found.probability
    quantiles = list(found.quantiles.values())
    assert quantiles == sorted(quantiles)


def test_quantiles_of_a_power_are_powers_of_those_of_the_rate(after: ExactPosterior) -> None:
    expected = after["rate", "B"].quantile(np.array([0.03, 0.5, 0.97])) ** 3
    assert list(redundant_failure_of(after, "B", 3).quantiles.values()) == expected.tolist()


# Components with rates of their own.


@pytest.mark.parametrize("m", [1, 2, 5])
def test_components_of_a_hierarchy_fail_as_in_50_digits(
    after: ExactPosterior, reference: HierarchicalPosterior, m: int
) -> None:
    found = failing_together_of(after, m)

    def mu(v: Mapping[str, Real]) -> Real:
        return v["a"] / (v["a"] + v["b"])

    mean = reference.expectation(mu)
    own = reference.expectation(lambda v: mu(v) ** m)
    common = reference.expectation(lambda v: context.rf(v["a"], m) / context.rf(v["a"] + v["b"], m))
    assert found.mean == pytest.approx(float(mean), rel=CERTIFIED)
    assert found.probability.tolist() == pytest.approx([float(mean**m), float(own), float(common)], rel=CERTIFIED)
    shared = reference.expectation(lambda v: (mu(v) - mean) ** 2) / (mean * (1 - mean))
    alike = reference.rate_moments(None)[1] ** 2 / (mean * (1 - mean))
    assert found.correlation.tolist() == pytest.approx([0.0, float(shared), float(alike)], rel=1e-7)


@pytest.mark.parametrize("which", ["after", "before"])
def test_two_components_fail_as_their_correlation_says(which: str, request: pytest.FixtureRequest) -> None:
    """P(both) = mean^2 + correlation mean (1 - mean), whatever the hierarchy."""
    found = failing_together_of(request.getfixturevalue(which), 2)
    said = found.mean**2 + found.correlation * found.mean * (1.0 - found.mean)
    assert found.probability == pytest.approx(said, rel=CERTIFIED)
    assert np.all(np.diff(found.probability) > 0.0)


def test_a_hierarchy_that_is_known_makes_components_independent() -> None:
    found = failing_together_of(exact_posterior(independent(Beta(2, 5)), CAMPAIGNS), 5)
    mean = Fraction(2, 7)
    assert found.probability[:2].tolist() == pytest.approx([float(mean**5)] * 2, rel=CLOSED)
    common = math.prod(Fraction(2 + i, 7 + i) for i in range(5))
    assert found.probability[2] == pytest.approx(float(common), rel=CLOSED)
    assert found.correlation.tolist() == pytest.approx([0.0, 0.0, 1.0 / 8.0], abs=1e-14)


@given(MEANS, st.floats(1e-6, 1.0 - 1e-6), st.integers(1, 20))
def test_a_table_by_correlation_is_the_power_of_the_beta_that_has_it(mean: float, rho: float, m: int) -> None:
    """The correlation of two failures at one Beta(a, b) rate is 1 / (a + b + 1)."""
    found = failing_together(mean, m, [0.0, rho, 1.0])
    total = 1.0 / rho - 1.0
    expected = math.prod((mean * total + i) / (total + i) for i in range(m))
    assert found.probability.tolist() == pytest.approx([mean**m, expected, mean], rel=1e-9)
    assert found.ratio[0] == pytest.approx(1.0, rel=1e-12)


# Coins.


def in_fractions(n: int, rates: list[Fraction], weights: list[Fraction]) -> list[Fraction]:
    return [
        sum((w * math.comb(n, k) * p**k * (1 - p) ** (n - k) for p, w in zip(rates, weights, strict=True)), Fraction())
        for k in range(n + 1)
    ]


def test_fair_and_biased_coins_have_one_mean_and_other_tails() -> None:
    found = binomial_mixture(10, [0.3, 0.7])
    three, half = Fraction(3, 10), Fraction(1, 2)
    expected = in_fractions(10, [three, 1 - three], [half, half])
    assert found.pmf.tolist() == pytest.approx([float(p) for p in expected], rel=1e-12)
    plain = in_fractions(10, [half], [Fraction(1)])
    assert found.plain_pmf.tolist() == pytest.approx([float(p) for p in plain], rel=1e-12)
    assert (found.mean, found.variance, found.plain_variance) == pytest.approx((5.0, 6.1, 2.5), rel=1e-14)
    assert (found.epistemic, found.aleatoric) == pytest.approx((4.0, 2.1), rel=1e-14)
    tails = float(sum(expected[9:])), float(Fraction(11, 1024))
    assert found.at_least(9) == pytest.approx(tails, rel=1e-12)
    assert found.at_least(8) != pytest.approx(tails, rel=1e-3)


def moments(counts: NDArray[np.int64], pmf: Float) -> tuple[float, float, float]:
    """The sum of the probabilities, mean and variance."""
    total, mean = float(pmf.sum()), float(counts @ pmf)
    return total, mean, float((counts - mean) ** 2 @ pmf)


@given(st.integers(0, 200), st.lists(st.tuples(SHARES, st.floats(1e-3, 1.0)), min_size=1, max_size=5))
def test_the_variance_of_coins_is_that_of_their_probabilities(n: int, kinds: list[tuple[float, float]]) -> None:
    whole = sum(weight for _, weight in kinds)
    found = binomial_mixture(n, [rate for rate, _ in kinds], [weight / whole for _, weight in kinds])
    for pmf, variance in ((found.pmf, found.variance), (found.plain_pmf, found.plain_variance)):
        assert moments(found.counts, pmf) == pytest.approx((1.0, found.mean, variance), rel=1e-9, abs=1e-9)
    assert found.variance >= found.plain_variance * (1.0 - 1e-12) or n <= 1


def test_coins_that_always_fall_alike_are_counted() -> None:
    found = binomial_mixture(3, [0.0, 1.0], [0.25, 0.75])
    assert found.pmf.tolist() == [0.25, 0.0, 0.0, 0.75]
    assert (found.epistemic, found.aleatoric) == (9 * 0.1875, 0.0)


# Counts to come.


def beta_binomial(n: int, a: Fraction, b: Fraction) -> list[Fraction]:
    def rising(x: Fraction, m: int) -> Fraction:
        return math.prod((x + i for i in range(m)), start=Fraction(1))

    return [math.comb(n, k) * rising(a, k) * rising(b, n - k) / rising(a + b, n) for k in range(n + 1)]


@pytest.mark.parametrize(("group", "a", "b"), [("A", 21, 186), ("B", 5, 12), (None, 2, 5)])
def test_counts_of_a_closed_form_are_rational(group: str | None, a: int, b: int) -> None:
    found = counts_to_come(exact_posterior(independent(Beta(2, 5)), CAMPAIGNS), group, 12)
    expected = beta_binomial(12, Fraction(a), Fraction(b))
    assert found.pmf.tolist() == pytest.approx([float(p) for p in expected], rel=1e-11)
    mean, total = Fraction(a, a + b), a + b
    variance = mean * (1 - mean) / (total + 1)
    assert found.mean == pytest.approx(float(12 * mean), rel=CLOSED)
    assert found.epistemic == pytest.approx(float(144 * variance), rel=CLOSED)
    assert found.aleatoric == pytest.approx(float(12 * (mean * (1 - mean) - variance)), rel=CLOSED)


@pytest.mark.parametrize(("group", "n", "k"), [("B", 10, 3), (None, 0, 0)])
def test_counts_of_a_hierarchy_are_those_of_50_digits(
    after: ExactPosterior, reference: HierarchicalPosterior, group: str | None, n: int, k: int
) -> None:
    compare_counts(counts_to_come(after, group, 10), reference, n, k)


def test_prior_counts_are_those_of_50_digits(before: ExactPosterior, reference_before: HierarchicalPosterior) -> None:
    found = counts_to_come(before, None, 10)
    compare_counts(found, reference_before, 0, 0)
    assert found.rate_mean == pytest.approx(0.26269, abs=5e-6)


def compare_counts(found: CountsToCome, reference: HierarchicalPosterior, n: int, k: int) -> None:
    """Compare ten trials to come, after k of n."""
    ten = found.trials

    def probability(j: int) -> Callable[[Mapping[str, Real]], Real]:
        def at(v: Mapping[str, Real]) -> Real:
            a, b = v["a"] + k, v["b"] + n - k
            return context.binomial(ten, j) * context.rf(a, j) * context.rf(b, ten - j) / context.rf(a + b, ten)

        return at

    for j in (0, 3):
        assert found.pmf[j] == pytest.approx(float(reference.expectation(probability(j))), rel=CERTIFIED)
    first = reference.expectation(lambda v: (v["a"] + k) / (v["a"] + v["b"] + n))
    second = reference.expectation(lambda v: context.rf(v["a"] + k, 2) / context.rf(v["a"] + v["b"] + n, 2))
    assert found.epistemic == pytest.approx(float(ten**2 * (second - first**2)), rel=1e-7)
    assert found.aleatoric == pytest.approx(float(ten * (first - second)), rel=1e-7)


@pytest.mark.parametrize("trials", [0, 1, 10, 200, 2000])
def test_both_parts_add_up_to_the_variance_of_the_probabilities(after: ExactPosterior, trials: int) -> None:
    found = counts_to_come(after, "B", trials)
    total, mean, variance = moments(found.counts, found.pmf)
    assert total == pytest.approx(1.0, abs=CERTIFIED)
    assert mean == pytest.approx(found.mean, abs=CERTIFIED * max(trials, 1))
    assert variance == pytest.approx(found.epistemic + found.aleatoric, abs=CERTIFIED * max(trials, 1) ** 2)
    for q, count in found.quantiles.items():
        assert found.pmf[: count + 1].sum() >= q > found.pmf[:count].sum()


def test_many_trials_have_quantiles_and_no_list(after: ExactPosterior) -> None:
    found = counts_to_come(after, "A", 10**6)
    assert found.counts.size == found.pmf.size == 0
    expected = after["rate", "A"].quantile(np.array(list(found.quantiles)))
    assert np.array(list(found.quantiles.values())) / 1e6 == pytest.approx(expected, rel=1e-4)


def test_a_prior_that_is_none_has_no_counts_to_come() -> None:
    rats = exact_posterior(hierarchical_proportion(concentration=PowerLaw(1.5)), load("rats"))
    with pytest.raises(ImproperPosterior):
        counts_to_come(rats.before_the_data(), None, 10)


# What cannot be asked.


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda _: redundant_failure(0.05, 0.3, 5), ["sd", "0.217945", "got 0.3"]),
        (lambda _: redundant_failure(0.05, -0.1, 5), ["sd", "got -0.1"]),
        (lambda _: redundant_failure(0.05, math.nan, 5), ["sd", "got nan"]),
        (lambda _: redundant_failure(1.0, 0.0, 5), ["mean", "got 1.0"]),
        (lambda _: redundant_failure(0.05, 0.1, 0), ["components", "got 0"]),
        (lambda _: redundant_failure(0.05, 0.1, 1001), ["components", "1000", "got 1001"]),
        (lambda _: redundant_failure(0.05, 0.1, True), ["components", "got True"]),
        (lambda _: failing_together(0.05, 5, [1.5]), ["correlation", "got [1.5]"]),
        (lambda _: failing_together(0.05, 5, []), ["correlation", "got []"]),
        (lambda after: redundant_failure_of(after, "C", 5), ["no such group", "'C'"]),
        (lambda after: counts_to_come(after, "A", -1), ["trials", "got -1"]),
        (lambda after: counts_to_come(after, None), ["trials"]),
        (lambda _: binomial_mixture(-1, [0.5]), ["trials", "got -1"]),
        (lambda _: binomial_mixture(10, [1.5]), ["rates", "got [1.5]"]),
        (lambda _: binomial_mixture(10, []), ["rates", "got []"]),
        (lambda _: binomial_mixture(10, [0.3, 0.7], [0.5, 0.6]), ["weights", "sum to 1"]),
        (lambda _: binomial_mixture(10, [0.3, 0.7], [1.0]), ["weights", "give 2"]),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    after: ExactPosterior, asked: Callable[[ExactPosterior], object], words: list[str]
) -> None:
    with pytest.raises(UsageError) as refused:
        asked(after)
    for word in words:
        assert word in str(refused.value)


def test_answers_are_plain_data(after: ExactPosterior) -> None:
    coins: BinomialMixture = binomial_mixture(2, [0.3, 0.7])
    assert coins.to_dict()["pmf"] == coins.pmf.tolist()
    assert counts_to_come(after, "A", 3).to_dict()["quantiles"].keys() == {"3 %", "50 %", "97 %"}
    assert redundant_failure_of(after, "A", 2).to_dict()["components"] == 2
    assert failing_together_of(after, 2).to_dict()["kinds"] == ["nothing", "one hierarchy", "one rate"]


def test_one_hyperparameter_is_enough() -> None:
    model = hierarchical(Gamma(2, 1), Gamma(3, 1))
    found = failing_together_of(exact_posterior(model, CAMPAIGNS), 3)
    assert found.probability[0] < found.probability[1] < found.probability[2]

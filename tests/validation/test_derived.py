"""Quantities of several variables: exact moments by another route, and wrong draws that only these find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.checks.comparisons import moment_results
from pplcompare.validation.checks.derived_check import QUANTITIES, derived_results, too_skewed
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.scores import normal_scores
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.moments import Standardised
from scipy import special

COUNTS = Counts(["b", "a", "c"], [20, 5, 90], [4, 5, 11])
LEVEL = 1e-6


@pytest.fixture(scope="module")
def exact() -> ExactPosterior:
    return exact_posterior(hierarchical(), COUNTS)


@pytest.fixture(scope="module")
def draws(exact: ExactPosterior) -> Draws:
    flat = exact.simulate(20_000, np.random.default_rng(7))
    return {name: values.reshape(4, 5000, *values.shape[1:]) for name, values in flat.items()}


def test_cumulants_of_the_log_likelihood_are_those_of_an_integral_to_50_digits() -> None:
    """One group, given shapes: moments of k log p + (n - k) log(1 - p) under its Beta, by quadrature."""
    counts = Counts(["a"], [20], [4])
    shapes = Shapes(np.array([1.5]), np.array([4.25]), np.array([5.75]), np.zeros(1), np.zeros(1))
    found = [float(value[0]) for value in exact_posterior(hierarchical(), counts).log_likelihood_cumulants(shapes)]
    with mpmath.workdps(50):
        a, b = mpmath.mpf("5.5"), mpmath.mpf("20.25")

        def central(power: int, about: Any) -> Any:
            def integrand(p: Any) -> Any:
                value = 4 * mpmath.log(p) + 16 * mpmath.log(1 - p)
                return (value - about) ** power * p ** (a - 1) * (1 - p) ** (b - 1) / mpmath.beta(a, b)

            return mpmath.quad(integrand, [0, 0.1, 0.25, 0.5, 1])

        first = central(1, 0)
        second, third, fourth = (central(power, first) for power in (2, 3, 4))
        expected = [float(v) for v in (first, second, third, fourth - 3 * second**2)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_cumulants_of_many_groups_are_sums_of_polygamma_functions() -> None:
    """Counts near and far from each other: by recurrence, and anew."""
    n, k = np.array([20, 20, 23, 0, 90, 4000, 10**6]), np.array([4, 0, 23, 0, 11, 60, 9])
    counts = Counts(list("abcdefg"), n, k)
    first, second = np.array([1e-3, 1.5, 300.0]), np.array([2.0, 4.25, 1e5])
    shapes = Shapes(first, second, first + second, np.zeros(3), np.zeros(3))
    found = exact_posterior(independent(), counts).log_likelihood_cumulants(shapes)
    for order, values in enumerate(found):
        terms = np.zeros(3), np.zeros(3)
        for c, shape, sign in ((k, first, 1), (n - k, second, 1), (n, first + second, -1)):
            for count in c[c > 0]:
                of = special.psi(shape + count) if order == 0 else special.polygamma(order, shape + count)
                term = sign * float(count) ** (order + 1) * of
                terms = terms[0] + term, terms[1] + np.abs(term)
        assert np.all(np.abs(values - terms[0]) <= 1e-14 * terms[1])


def test_total_cumulance_agrees_with_a_brute_force_double_integral() -> None:
    """One group and a plain grid over (alpha, beta), rates included as moments about a fixed point."""
    counts = Counts(["a"], [20], [4])
    exact = exact_posterior(hierarchical(), counts)
    found = exact.standardised(exact.log_likelihood_cumulants)
    x = np.exp(np.linspace(-2.5, 3.5, 241))
    first, second = (g.ravel() for g in np.meshgrid(x, x, indexing="ij"))
    p = 1.0 / (1.0 + np.exp(-np.linspace(-14.0, 9.0, 461)))
    log_prior = 15 * np.log(first) - 9 * first + 39 * np.log(second) - 8 * second + np.log(first) + np.log(second)
    keep = log_prior > log_prior.max() - 40.0
    first, second, log_prior = first[keep], second[keep], log_prior[keep]
    joint = np.zeros_like(p)
    for a, b, w in zip(first, second, np.exp(log_prior - log_prior.max()), strict=True):
        joint += w * np.exp((a + 4) * np.log(p) + (b + 16) * np.log1p(-p) - special.betaln(a, b))
    joint /= joint.sum()
    value = 4 * np.log(p) + 16 * np.log1p(-p)
    mean = joint @ value
    variance = joint @ (value - mean) ** 2
    assert found.mean == pytest.approx(mean, abs=1e-7)
    assert found.sd == pytest.approx(np.sqrt(variance), rel=1e-7)
    assert found.skewness == pytest.approx(joint @ (value - mean) ** 3 / variance**1.5, rel=1e-6)
    assert found.excess_kurtosis == pytest.approx(joint @ (value - mean) ** 4 / variance**2 - 3.0, rel=1e-6)


@pytest.mark.parametrize("model", [hierarchical(), independent()], ids=["hierarchical", "independent"])
def test_exact_draws_have_the_exact_moments(model: object) -> None:
    """Each quantity, by simulation with its own error: the table is complete, none is left out."""
    exact = exact_posterior(model, COUNTS)  # type: ignore[arg-type]
    flat = exact.simulate(400_000, np.random.default_rng(3))
    sample = {name: values.reshape(1, -1, *values.shape[1:]) for name, values in flat.items()}
    tested = [quantity for quantity in QUANTITIES if quantity.applies(exact)]
    assert len(tested) == (7 if exact.scalars else 3)
    for quantity in tested:
        known, values = quantity.exact(exact), quantity.from_draws(exact, sample).ravel()
        if isinstance(known, float):
            assert abs((values > 0.0).mean() - known) < 4.5 * np.sqrt(known * (1 - known) / values.size)
            continue
        z = (values - known.mean) / known.sd
        powers = [z, z**2 - 1.0, z**3 - known.skewness, z**4 - 3.0 - known.excess_kurtosis]
        for power in powers[: 4 if abs(known.skewness) < 3.0 else 2]:
            assert abs(power.mean()) < 4.5 * power.std() / np.sqrt(values.size), quantity.name


def test_the_power_of_a_rate_has_the_mean_of_the_joint_failure(exact: ExactPosterior) -> None:
    known = QUANTITIES[-1].exact(exact)
    assert isinstance(known, Standardised)
    assert known.mean == pytest.approx(exact.failure(0, 5), rel=1e-7)
    second = exact.failure(0, 10)
    assert known.sd == pytest.approx(np.sqrt(second - known.mean**2), rel=1e-6)


def test_exact_draws_pass_and_every_quantity_is_tested(exact: ExactPosterior, draws: Draws) -> None:
    results = derived_results(exact, draws, LEVEL)
    assert [result.subject for result in results] == [quantity.name for quantity in QUANTITIES]
    assert [result.outcome for result in results] == [Outcome.PASSED] * len(QUANTITIES), results
    assert all("computed here from the draws" in result.detail for result in results)


def permuted(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    flat = values.reshape(20_000, *values.shape[2:])
    return np.random.default_rng(seed).permutation(flat).reshape(values.shape)


WRONG: list[tuple[str, Callable[[Draws], Draws], str]] = [
    (
        "rates have their marginal laws, but go up and down together",
        lambda d: {**d, "rate": np.sort(d["rate"].reshape(-1, 3), axis=0)[_order(d)].reshape(4, 5000, 3)},
        "log likelihood|first rate above second",
    ),
    ("a group is shifted", lambda d: {**d, "rate": d["rate"] * [1.05, 1.0, 1.0]}, "first rate"),
    ("alpha is shifted", lambda d: {**d, "alpha": d["alpha"] * 1.05}, "logit mean"),
]


def _order(draws: Draws) -> NDArray[np.intp]:
    return np.argsort(np.argsort(draws["rate"][:, :, 0].ravel()))


@pytest.mark.parametrize(("alter", "caught"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_draws_are_found_by_name(
    exact: ExactPosterior, draws: Draws, alter: Callable[[Draws], Draws], caught: str
) -> None:
    failed = [r.subject for r in derived_results(exact, alter(draws), LEVEL) if r.outcome is Outcome.FAILED]
    assert any(name in subject for name in caught.split("|") for subject in failed), failed


def test_wrong_dependence_is_invisible_to_marginal_distributions_and_found_here() -> None:
    """Every variable has its marginal law, but alpha and beta are independent."""
    exact = exact_posterior(hierarchical(), Counts([f"g{i}" for i in range(12)], [200] * 12, [20, 30, 40, 50] * 3))
    flat = exact.simulate(20_000, np.random.default_rng(2))
    sample = {name: values.reshape(4, 5000, *values.shape[1:]) for name, values in flat.items()}
    sample["alpha"] = permuted(sample["alpha"], 1)
    results = moment_results("alpha", normal_scores(exact.marginal("alpha").table().cdf(sample["alpha"])), LEVEL)
    assert all(result.outcome is Outcome.PASSED for result in results)
    failed = [r.subject for r in derived_results(exact, sample, LEVEL) if r.outcome is Outcome.FAILED]
    assert "spread of the logit mean of the rates" in failed


def test_what_is_too_skewed_is_not_tested_and_says_so() -> None:
    assert too_skewed(Standardised(0.0, 1.0, 50.0, 7000.0), 20_000.0, 1e-8).startswith("20000 effective draws are too")
    assert too_skewed(Standardised(0.0, 1.0, 2.0, 6.0), 400.0, 1e-8) == ""
    rats_like = exact_posterior(independent(), Counts(["a"], [20], [0]))
    flat = rats_like.simulate(20_000, np.random.default_rng(1))
    sample = {name: values.reshape(4, 5000, -1) for name, values in flat.items()}
    outcomes = {result.subject: result for result in derived_results(rats_like, sample, 1e-8)}
    assert "first rate above second" not in outcomes
    assert outcomes["first rate to the power 5"].outcome is Outcome.NOT_TESTED
    assert "excess kurtosis" in outcomes["first rate to the power 5"].detail


@pytest.mark.parametrize("model", [hierarchical(), independent()], ids=["hierarchical", "independent"])
def test_without_a_trial_there_is_no_likelihood_to_test(model: Model) -> None:
    exact = exact_posterior(model, Counts(["a", "b"], [0, 0], [0, 0]))
    names = [quantity.name for quantity in QUANTITIES if quantity.applies(exact)]
    assert "log likelihood" not in names
    flat = exact.simulate(8000, np.random.default_rng(4))
    drawn = {name: values.reshape(4, -1, *values.shape[1:]) for name, values in flat.items()}
    results = derived_results(exact, drawn, LEVEL)
    assert [result.subject for result in results] == names
    assert Outcome.FAILED not in {result.outcome for result in results}

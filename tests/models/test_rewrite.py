"""Rates integrated out: the likelihood that is left against 50 digits, extremes included, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import (
    Beta,
    BetaBinomialTails,
    BetaProportion,
    Binomial,
    Gamma,
    WeightedBetaBinomial,
)
from pplcompare.models.errors import SpecificationError, UnsupportedModel
from pplcompare.models.marginal.rewrite import log_choose, marginalise
from pplcompare.models.simulation import simulate
from pplcompare.models.spec import Input, Model, Observed, Variable
from scipy import special

from tests.reference.density import TERMS, context, digamma, log_gamma
from tests.reference.fixtures import (
    Fixture,
    beta_binomial,
    foreign,
    foreign_chain,
    hierarchical_asymmetric,
    independent_asymmetric,
    pooled,
    proportion_bounded,
    reserved_words,
)

EPS = float(np.finfo(np.float64).eps)
SHAPES = (1e-6, 0.3, 1.0, 2.5, 7.9, 8.1, 100.0, 1e4, 1e8, 1e12)
TRIALS = (1, 2, 10, 1000, 10**6, 10**9)


def few_trials() -> Counts:
    """60 groups with at most 7 trials: more distinct pairs than trials."""
    pairs = [(n, k) for n in range(8) for k in range(n + 1)] * 2
    return Counts([f"g{i}" for i in range(len(pairs))], [n for n, _ in pairs], [k for _, k in pairs])


def tall() -> Counts:
    """40 groups of up to a million trials."""
    trials = [17 * (i + 1) ** 2 for i in range(39)] + [2**20]
    return Counts([f"g{i}" for i in range(40)], trials, [n * (i % 5) // 4 for i, n in enumerate(trials)])


def many_trials() -> Counts:
    return Counts(list("abcdef"), [200, 10, 10**6, 10, 0, 10], [19, 3, 123_457, 3, 0, 0])


@pytest.mark.parametrize(("a", "b", "n"), list(product(SHAPES, SHAPES, TRIALS)))
def test_a_row_is_exact_to_a_few_units_of_the_number_of_trials(a: float, b: float, n: int) -> None:
    row = WeightedBetaBinomial("n", "w", 0.0, "a", "b")
    for k in {0, 1, n // 3, n - 1, n}:
        exact, (*_, by_a, _) = TERMS["BetaBinomial"](*map(context.mpf, (k, n, a, b)))
        exact -= log_gamma(context.mpf(n + 1)) - log_gamma(context.mpf(k + 1)) - log_gamma(context.mpf(n - k + 1))
        values: list[Any] = [np.array(float(n)), np.array(1.0), np.array(0.0), np.array(a), np.array(b)]
        found = sum(row.log_terms(np.array(float(k)), values))
        limit = 16 * EPS * (n + 20 + abs(float(exact)))
        assert abs(float(exact - context.mpf(float(found)))) <= limit
        values[3] = a + 1j * 1e-100 * a
        change = sum(np.imag(term) for term in row.log_terms(np.array(float(k)), values)) / 1e-100
        assert abs(float(by_a * a - context.mpf(float(change)))) <= limit


def test_differences_of_log_gamma_would_not_be() -> None:
    a, b, n, k = 1e12, 1e12, 10, 3
    naive = special.betaln(a + k, b + n - k) - special.betaln(a, b)
    exact = TERMS["BetaBinomial"](*map(context.mpf, (k, n, a, b)))[0] - context.log(context.binomial(n, k))
    assert abs(float(exact) - naive) > 1e6 * 16 * EPS * (n + 20)


def by_tails(counts: Counts, a: float, b: float) -> tuple[Any, Any, float]:
    """Return log likelihood and derivative by log a, and the sum of the moduli of the terms of the first."""
    structure, inputs = marginalise(hierarchical()).sufficient(counts)
    assert isinstance(structure.observed[0].distribution, BetaBinomialTails)
    (found,) = inputs.observed.values()
    given = [*inputs.counts.values(), *map(np.array, (0.0, a + 1j * 1e-100 * a, b))]
    terms = structure.observed[0].distribution.log_terms(found, given)
    value, change = (
        context.mpf(float(np.sum([part(term).sum() for term in terms])))
        for part in (np.real, lambda term: np.imag(term) / 1e-100)
    )
    return value, change, float(sum(np.abs(term.real).sum() for term in terms))


def by_log_gamma(counts: Counts, a: float, b: float) -> tuple[Any, Any]:
    x, y = context.mpf(a), context.mpf(b)
    exact, by_log_a = context.zero, context.zero
    for n, k in zip(counts.trials.tolist(), counts.successes.tolist(), strict=True):
        exact += log_gamma(x + k) - log_gamma(x) + log_gamma(y + n - k) - log_gamma(y)
        exact -= log_gamma(x + y + n) - log_gamma(x + y)
        by_log_a += x * (digamma(x + k) - digamma(x) - digamma(x + y + n) + digamma(x + y))
    return exact, by_log_a


@pytest.mark.parametrize(("a", "b"), list(product(SHAPES, SHAPES)))
def test_tails_are_exact_to_a_few_units_of_the_number_of_trials(a: float, b: float) -> None:
    counts = few_trials()
    value, change, _ = by_tails(counts, a, b)
    exact, by_log_a = by_log_gamma(counts, a, b)
    limit = 16 * EPS * (float(counts.trials.sum()) + abs(float(exact)))
    assert abs(float(value - exact)) <= limit
    assert abs(float(change - by_log_a)) <= limit


@pytest.mark.parametrize(("a", "b"), list(product((1e-6, 2.5, 1e12), (1e-6, 2.5, 1e12))))
def test_tails_of_a_million_trials_are_exact_to_a_few_units_of_their_terms(a: float, b: float) -> None:
    value, change, scale = by_tails(tall(), a, b)
    exact, by_log_a = by_log_gamma(tall(), a, b)
    assert abs(float(value - exact)) <= 16 * EPS * scale
    assert abs(float(change - by_log_a)) <= 16 * EPS * float(tall().trials.sum())


@pytest.mark.parametrize(("a", "b"), [(1e-6, 2.5), (2.5, 7.25), (1e12, 1e12)])
def test_tails_of_all_the_trials_that_are_allowed_are_exact_to_a_few_units_of_their_terms(a: float, b: float) -> None:
    """A billion trials in each of a thousand groups: a unit is at most 0.02, small beside what a sampler notices.

    Rounding a result loses at most half a unit. Each term is rounded for the sum of the shapes, the quotient and the
    product, and SciPy's complex logarithm loses up to five halves. NumPy adds 256 terms eight at a time in two halves,
    so that each passes through at most 15 + 3 + 1 additions, and six totals one by one through five: 32 halves in all.
    The ladders may lose 16 units (`test_ladder.py`). Together these are at most 32 units, on every processor.
    """
    trials = np.full(1000, 10**9)
    counts = Counts([f"g{i}" for i in range(1000)], trials, np.arange(1000) * 10**6 + 17)
    value, _, scale = by_tails(counts, a, b)
    exact, _ = by_log_gamma(counts, a, b)
    unit = EPS * scale
    assert unit <= 0.02
    assert abs(float(value - exact)) <= 32 * unit
    more = Counts([*counts.groups, "one more"], [*trials, 1], [*counts.successes, 0])
    structure, _ = marginalise(hierarchical()).sufficient(more)
    assert isinstance(structure.observed[0].distribution, WeightedBetaBinomial)


@pytest.mark.parametrize(
    ("groups", "trials", "kind"),
    [(16, 1025, WeightedBetaBinomial), (17, 1025, BetaBinomialTails), (16, 1024, BetaBinomialTails)],
)
def test_a_pair_of_counts_is_worth_four_places(groups: int, trials: int, kind: type[Distribution]) -> None:
    counts = Counts([f"g{i}" for i in range(groups)], np.full(groups, trials), np.arange(groups))
    structure, _ = marginalise(hierarchical()).sufficient(counts)
    assert isinstance(structure.observed[0].distribution, kind)


@pytest.mark.parametrize("counts", [few_trials(), tall(), many_trials()], ids=["tails", "tall", "rows"])
@pytest.mark.parametrize("model", [hierarchical(), hierarchical_proportion()], ids=lambda model: model.name)
def test_what_is_left_is_the_density_of_the_counts_with_all_constants(model: Model, counts: Counts) -> None:
    """The prior at a point, and BetaBinomial counts one by one, in 50 digits."""
    structure, inputs = marginalise(model).sufficient(counts)
    point = {variable.name: np.array([0.3 + 1.2 * place]) for place, variable in enumerate(structure.variables)}
    if model.name == "hierarchical_proportion":
        point = {name: np.array([x]) for name, x in zip(point, (0.3, 2.7), strict=True)}
    found = reference_density(structure, inputs, point, jacobian=False)
    x, y = (context.mpf(float(values[0])) for values in point.values())
    a, b = (x, y) if model.name == "hierarchical" else (x * y, (1 - x) * y)
    exact = context.zero
    for variable, at in zip(structure.variables, (x, y), strict=True):
        constants = [context.mpf(inputs.constants[str(name)]) for name in variable.distribution.arguments.values()]
        exact += TERMS[type(variable.distribution).__name__](at, *constants)[0]
    for n, k in zip(counts.trials.tolist(), counts.successes.tolist(), strict=True):
        exact += TERMS["BetaBinomial"](context.mpf(k), context.mpf(n), a, b)[0]
    assert abs(float(exact - context.mpf(float(found.value[0])))) <= 64 * EPS * found.scale[0]


@pytest.mark.parametrize("n", TRIALS)
def test_binomial_coefficients_are_exact_to_a_few_units_of_the_number_of_trials(n: int) -> None:
    for k in {0, 1, n // 3, n}:
        exact = context.log(context.binomial(n, k)) if n <= 1000 else None
        if exact is None:
            exact = log_gamma(context.mpf(n + 1)) - log_gamma(context.mpf(k + 1)) - log_gamma(context.mpf(n - k + 1))
        assert abs(float(exact) - log_choose(np.array([n]), np.array([k]))[0]) <= 16 * EPS * (n + 20)


def test_the_cheaper_statistics_are_taken_and_one_structure_serves_many_data_sets() -> None:
    marginal = marginalise(hierarchical())
    tails, of_tails = marginal.sufficient(few_trials())
    rows, of_rows = marginal.sufficient(many_trials())
    assert len(of_tails.groups) == len(of_rows.groups) == 16
    assert of_rows.counts["successes_weight"].tolist() == [1, 2, 1, 1] + [0] * 12
    assert of_tails.counts["successes_trials"][:8].tolist() == [70, 66, 60, 52, 42, 30, 16, 0]
    assert of_tails.counts["successes_trial_step"][:8].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert tails.amounts == {*of_tails.counts, "successes"}
    assert not rows.amounts
    more = Counts([f"g{i}" for i in range(17)], [10**9] * 17, list(range(17)))
    assert marginal.sufficient(more)[0] == rows
    assert len(marginal.sufficient(more)[1].groups) == 32
    assert marginal.sufficient(Counts(["a"], [0], [0]))[0] == tails
    assert len(marginal.sufficient(tall())[1].groups) == 256


@pytest.mark.parametrize("make", [foreign, foreign_chain, proportion_bounded, reserved_words], ids=lambda m: m.__name__)
def test_names_do_not_matter(make: Callable[[], Fixture]) -> None:
    _, model, counts = make()
    marginal = marginalise(model)
    structure, _ = marginal.sufficient(counts)
    assert [v.name for v in structure.variables] == [
        v.name for v in model.structure.variables if v.name != marginal.rate.name
    ]


def test_names_that_are_taken_are_avoided() -> None:
    model = Model(
        "taken",
        Input("row", plate="step"),
        Variable("x_weight", Gamma(2, 3)),
        Variable("x_offset", Beta("x_weight", 2), plate="step"),
        Observed("x", Binomial("row", "x_offset"), plate="step"),
    )
    structure, inputs = marginalise(model).sufficient(many_trials())
    assert inputs.plate == "row_2"
    assert "x_weight_2" in inputs.counts
    assert structure.variables == (model.structure.variables[0],)


def feeds_another() -> Model:
    return Model(
        "feeds another",
        Input("n", plate="g"),
        Variable("a", Gamma(2, 3)),
        Variable("p", Beta("a", 2), plate="g"),
        Variable("q", Gamma("p", 2), plate="g"),
        Observed("k", Binomial("n", "p"), plate="g"),
    )


def shape_on_the_plate() -> Model:
    return Model(
        "shape on the plate",
        Input("n", plate="g"),
        Variable("a", Gamma(2, 3), plate="g"),
        Variable("p", Beta("a", 2), plate="g"),
        Observed("k", Binomial("n", "p"), plate="g"),
    )


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (independent_asymmetric().model, "rate has no hyper-parameters"),
        (pooled().model, "on the plate of its counts"),
        (beta_binomial().model, "one observed Binomial is needed"),
        (feeds_another(), r"p feeds something besides its counts, got \['q'\]"),
        (shape_on_the_plate(), r"only p and one input may live on the plate of the counts, got \['n', 'a'\]"),
    ],
    ids=lambda value: value.name if isinstance(value, Model) else "",
)
def test_what_cannot_be_integrated_out_is_refused_with_the_reason(model: Model, words: str) -> None:
    with pytest.raises(UnsupportedModel, match=words):
        marginalise(model)


def test_sufficient_statistics_are_not_simulated() -> None:
    structure, inputs = marginalise(hierarchical_asymmetric().model).sufficient(many_trials())
    with pytest.raises(SpecificationError, match="sufficient statistics cannot be simulated"):
        simulate(structure, inputs, np.random.default_rng(1), 3)


def test_both_ways_to_write_a_rate_are_known() -> None:
    for prior in (Beta("a", 2.5), BetaProportion(0.3, "a")):
        model = Model(
            "one",
            Input("n", plate="g"),
            Variable("a", Gamma(2, 3)),
            Variable("p", prior, plate="g"),
            Observed("k", Binomial("n", "p"), plate="g"),
        )
        assert marginalise(model).rate.distribution == prior

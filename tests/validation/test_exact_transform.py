"""Draws as exact probabilities: by 50 digits, by the general quadrature, by the textbook, and uniform when right."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, LogNormal
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.float_array import Float
from pplcompare.models.simulated_counts import simulate_counts
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.calibrate.exact_transform import ExactTransform, Probabilities, exact_components
from pplcompare.validation.calibrate.hyper_density import HyperDensity
from pplcompare.validation.calibrate.hyper_probabilities import hyper_probabilities
from pplcompare.validation.calibrate.reference_probabilities import reference_probabilities
from pplcompare.validation.calibrate.replication_source import PriorSource
from pplcompare.validation.calibrate.rising_factorials import ERROR, RisingFactorials
from pplcompare.validation.calibrate.sinc_antiderivative import sinc_antiderivative
from pplcompare.validation.calibrate.table_certificate import table_certificate
from pplcompare.validation.exact import exact_posterior
from scipy import integrate, special, stats

from tests.reference.density import context
from tests.reference.posterior import HierarchicalPosterior

TRIALS = {"A": 200, "B": 10, "C": 35, "D": 60, "E": 5}
TOLERANCE = 1e-6
"""What is promised of distribution functions."""


def with_rates(rate: BetaProportion | Beta, *hyperparameters: Variable) -> Model:
    return Model(
        "of_its_own",
        Input("trials", plate="group"),
        *hyperparameters,
        Variable("rate", rate, plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )


MODELS = {
    "hierarchical": hierarchical(),
    "wide": hierarchical(Gamma(2, 0.1), Gamma(3, 0.2)),
    "proportion": hierarchical_proportion(Beta(2.5, 7.25), Gamma(1.75, 0.21)),
    "heavy tail": hierarchical_proportion(),
    "one": with_rates(BetaProportion(0.3, "size"), Variable("size", LogNormal(1, 0.8))),
}


def simulated(model: Model, rng: np.random.Generator, draws: int) -> tuple[Counts, dict[str, Float]]:
    """Return counts, and draws around the truth behind them, which is the first draw."""
    found = simulate_counts(model, TRIALS, rng)
    supports = model.structure.supports(model.bind(found.counts))
    apart = np.append(0.0, rng.normal(scale=0.3, size=draws - 1))
    values = {
        name: supports[name].constrain(supports[name].unconstrain(np.array(value)) + apart)
        for name, value in found.hyperparameters.items()
    }
    return found.counts, {**values, "rate": np.tile(found.rates["rate"], (draws, 1))}


def probabilities(model: Model, counts: Counts, draws: dict[str, Float]) -> Probabilities:
    return ExactTransform.of(model, int(counts.trials.sum())).probabilities(counts, draws)


@pytest.mark.parametrize("name", MODELS)
def test_hyperparameters_are_as_the_general_quadrature_has_them(name: str) -> None:
    model, rng = MODELS[name], np.random.default_rng(20)
    transform = ExactTransform.of(model, sum(TRIALS.values()))
    by_table = 0
    for _ in range(6):
        counts, draws = simulated(model, rng, 30)
        found = transform.probabilities(counts, draws)
        items = transform.hierarchy.hyperparameters
        expected = reference_probabilities(
            model, counts, [item.support.unconstrain(draws[item.name]) for item in items]
        )
        assert np.abs(found.values[:, : len(items)] - expected).max() <= TOLERANCE
        by_table += found.by_table
    assert by_table >= 5


def test_hyperparameters_are_right_in_50_digits() -> None:
    model, counts = hierarchical(Gamma(2.5, 0.75), Gamma(3.25, 0.5)), Counts("ABC", [9, 14, 4], [0, 6, 4])
    draws = {"alpha": np.array([1.5, 3.75]), "beta": np.array([9.25, 2.5]), "rate": np.full((2, 3), 0.3)}
    found = probabilities(model, counts, draws)
    reference = HierarchicalPosterior(model.structure, model.bind(counts), step=0.35, cutoff="1e-13")
    assert found.by_table
    for i, (alpha, beta) in enumerate(zip(draws["alpha"].tolist(), draws["beta"].tolist(), strict=True)):
        given = with_rates(Beta(alpha, "beta"), Variable("beta", Gamma(3.25, 0.5)))
        conditional = HierarchicalPosterior(given.structure, given.bind(counts), step=0.25, cutoff="1e-13")
        expected = [float(reference.cdf("alpha", alpha)), float(conditional.cdf("beta", beta))]
        assert found.values[i, :2] == pytest.approx(expected, abs=TOLERANCE)


def test_rates_are_right_given_the_hyperparameters() -> None:
    counts = Counts("AB", [200, 10], [19, 10])
    draws = {"alpha": np.array([2.0, 0.4]), "beta": np.array([7.0, 3.0]), "rate": np.array([[0.1, 0.8], [0.08, 0.95]])}
    expected = [
        stats.beta.cdf(draws["rate"][i], draws["alpha"][i] + [19, 10], draws["beta"][i] + [181, 0]) for i in range(2)
    ]
    assert probabilities(hierarchical(), counts, draws).values[:, 2:] == pytest.approx(np.array(expected), rel=1e-12)
    alone = probabilities(independent(Beta(2, 5)), counts, draws)
    assert alone.by_table
    assert alone.values == pytest.approx(stats.beta.cdf(draws["rate"], [21, 12], [186, 5]), rel=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_truths_are_uniform(name: str) -> None:
    model, rng = MODELS[name], np.random.default_rng(21)
    transform = ExactTransform.of(model, sum(TRIALS.values()))
    found = np.concatenate([transform.probabilities(*simulated(model, rng, 1)).values for _ in range(60)])
    assert found.shape == (60, len(exact_components(model, tuple(TRIALS))))
    for column in found.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-5
    wrong = np.concatenate(
        [transform.probabilities(_one_more(counts), draws).values for counts, draws in _many(model, rng, 60)]
    )
    assert stats.kstest(wrong[:, -len(TRIALS) :].ravel(), "uniform").pvalue < 1e-5


def _many(model: Model, rng: np.random.Generator, number: int) -> list[tuple[Counts, dict[str, Float]]]:
    return [simulated(model, rng, 1) for _ in range(number)]


def _one_more(counts: Counts) -> Counts:
    return Counts(counts.groups, counts.trials, np.minimum(counts.successes + 1, counts.trials))


def test_draws_of_a_posterior_are_uniform_under_the_sums_of_counts() -> None:
    model, old, rng = hierarchical(), Counts("AB", [200, 10], [19, 3]), np.random.default_rng(22)
    transform = ExactTransform.of(model, 2 * int(old.trials.sum()), given=old)
    drawn = exact_posterior(model, old).simulate(300, rng)
    found = []
    for i in range(300):
        truth = {name: value[i : i + 1] for name, value in drawn.items()}
        successes = old.successes + rng.binomial(old.trials, truth["rate"][0])
        one = transform.probabilities(Counts(old.groups, 2 * old.trials, successes), truth)
        assert one.by_table
        found.append(one.values[0])
    for column in np.array(found).T:
        assert stats.kstest(column, "uniform").pvalue > 1e-5


@pytest.mark.parametrize(
    ("trials", "successes"),
    [([200, 10], [0, 0]), ([200, 10], [200, 10]), ([0, 0], [0, 0]), ([100_000, 7], [31_000, 7]), ([3], [1])],
    ids=["none", "all", "no trials", "many", "one group"],
)
def test_extreme_counts(trials: list[int], successes: list[int]) -> None:
    model, counts = hierarchical(), Counts("AB"[: len(trials)], trials, successes)
    rng = np.random.default_rng(23)
    u = [np.log(1.8) + rng.normal(scale=0.3, size=20), np.log(5.0) + rng.normal(scale=0.3, size=20)]
    draws = {"alpha": np.exp(u[0]), "beta": np.exp(u[1]), "rate": np.full((20, len(trials)), 0.3)}
    found = probabilities(model, counts, draws)
    assert found.by_table
    assert np.abs(found.values[:, :2] - reference_probabilities(model, counts, u)).max() <= TOLERANCE


def test_where_tables_do_not_do_the_general_quadrature_does() -> None:
    model, counts = hierarchical(), Counts("AB", [200, 10], [19, 3])
    transform = ExactTransform.of(model, 210)
    # A box that does not hold the posterior.
    low, high = transform.box[0][0], np.log(1.7)
    narrow = ExactTransform(model, transform.hierarchy, ((low, high), transform.box[1]), transform.rising)
    draws = {"alpha": np.array([1.2, 1.6]), "beta": np.array([4.0, 6.0]), "rate": np.full((2, 2), 0.2)}
    found, expected = narrow.probabilities(counts, draws), transform.probabilities(counts, draws)
    assert (found.by_table, expected.by_table) == (False, True)
    assert found.values == pytest.approx(expected.values, abs=TOLERANCE)


@pytest.mark.parametrize("name", ["hierarchical", "wide", "proportion"])
def test_draws_far_from_the_posterior_have_lines_of_their_own(name: str) -> None:
    """The second given the first, where the first is so improbable that its line leaves the part that was scanned."""
    model, rng = MODELS[name], np.random.default_rng(27)
    counts, draws = simulated(model, rng, 1)
    transform = ExactTransform.of(model, sum(TRIALS.values()))
    items, apart = transform.hierarchy.hyperparameters, np.linspace(-6.0, 6.0, 13)
    first, second = (item.support.unconstrain(draws[item.name]) for item in items)
    u = [np.clip(at, *side) for at, side in zip((first + apart, second + 0.1 * apart), transform.box, strict=True)]
    density = HyperDensity.given(transform.hierarchy, transform.rising, counts)
    found = hyper_probabilities(density, transform.box, u)
    assert found is not None
    t = np.linspace(*transform.box[1], 40_001)
    for i, (one, other) in enumerate(zip(*u, strict=True)):
        log = density.log((np.array([one]), t))
        weights = np.exp(log - log.max())
        sums = integrate.cumulative_trapezoid(weights, t, initial=0)
        assert found[i, 1] == pytest.approx(np.interp(other, t, sums) / sums[-1], abs=TOLERANCE)


def test_a_lattice_is_left_before_nodes_that_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pplcompare.validation.calibrate.hyper_probabilities.HALVED", -1.0)  # nothing is so certain
    asked, log = [], HyperDensity.log

    def counted(density: HyperDensity, u: Sequence[Float]) -> Float:
        asked.append(max(np.broadcast(*u).shape))
        return log(density, u)

    monkeypatch.setattr(HyperDensity, "log", counted)
    model = MODELS["hierarchical"]
    counts, draws = simulated(model, np.random.default_rng(5), 3)
    transform = ExactTransform.of(model, int(counts.trials.sum()))
    items = transform.hierarchy.hyperparameters
    u = [item.support.unconstrain(draws[item.name]) for item in items]
    density = HyperDensity.given(transform.hierarchy, transform.rising, counts)
    assert hyper_probabilities(density, transform.box, u) is None
    assert 256 < max(asked) <= 513


def test_draws_that_are_no_numbers_count_as_the_largest() -> None:
    draws = {
        "alpha": np.array([np.nan, 1.8, np.inf]),
        "beta": np.array([5.0, np.nan, 5.0]),
        "rate": np.array([[0.1, np.nan], [0.1, 0.2], [1.0, 0.0]]),
    }
    found = probabilities(hierarchical(), Counts("AB", [200, 10], [19, 3]), draws).values
    assert np.isfinite(found).all()
    assert [found[0, 0], found[1, 1], found[2, 0]] == pytest.approx([1.0, 1.0, 1.0])
    assert found[0, 3] == 1.0
    assert found[2, 3] == 0.0


def test_components_are_named() -> None:
    assert exact_components(hierarchical(), "AB") == (
        *("alpha", "beta given alpha"),
        *("rate A given alpha, beta", "rate B given alpha, beta"),
    )
    assert exact_components(independent(), "AB") == ("rate A", "rate B")


def test_models_without_an_exact_answer_are_refused() -> None:
    deep = with_rates(Beta("alpha", 3), Variable("scale", Gamma(3, 3)), Variable("alpha", Gamma(2, "scale")))
    with pytest.raises(UnsupportedModel, match=r"made of numbers|do not feed"):
        ExactTransform.of(deep, 10)
    assert exact_components(deep, "AB") == ()


@pytest.mark.parametrize("counts", [[0, 0, 3], [1], [200, 10, 10, 5], [100_000, 7]])
def test_curves_are_within_their_error(counts: list[int]) -> None:
    rising = RisingFactorials.covering(-12.0, 9.0, sum(counts))
    curve = rising.curve(np.array(counts))
    log_z = np.random.default_rng(24).uniform(-12.0, 9.0, 25)
    exact = [
        float(sum(context.loggamma(z + k) - context.loggamma(z) for k in counts))
        for z in map(context.exp, map(context.mpf, log_z))
    ]
    assert np.abs(curve.at(log_z) - exact).max() <= ERROR + 1e-14 * np.abs(exact).max()


def test_the_antiderivative_of_sinc() -> None:
    at = np.random.default_rng(25).uniform(-300.0, 300.0, 2000)
    expected = 0.5 + special.sici(np.pi * at)[0] / np.pi
    assert np.abs(sinc_antiderivative(at) - expected).max() <= 2e-8


def test_tables_are_certified_on_data_sets_of_the_run_and_wrong_ones_are_not() -> None:
    model, counts = MODELS["wide"], Counts(TRIALS, TRIALS.values(), [0] * len(TRIALS))
    chosen = [PriorSource(model, counts).replication(26, number, "run") for number in range(4)]
    transform = ExactTransform.of(model, sum(TRIALS.values()))
    found = table_certificate(transform, chosen)
    assert found
    assert (found.compared, found.largest < 1e-7) == (4, True)
    # Places so far apart that the curves between them are wrong.
    rising = transform.rising
    coarse = dataclasses.replace(transform, rising=RisingFactorials(rising.low, rising.high, 24))
    assert not table_certificate(coarse, chosen)
    assert table_certificate(ExactTransform.of(independent(), 10), []).compared == 0

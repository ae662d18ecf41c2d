"""The ranking of groups against pairs, sums that are known, and mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, HalfCauchy
from pplcompare.models.model_choice import chosen_model
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact.beta_binomial import tilted_rates
from pplcompare.validation.exact.exact import exact_posterior

FEW = Counts(list("ABCDEFG"), [200, 10, 0, 12, 12, 5, 300], [19, 3, 0, 0, 0, 5, 40])


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: model.name)
@pytest.mark.parametrize("counts", [load("rats"), FEW], ids=["rats", "few"])
def test_sums_are_known_and_pairs_are_those_of_pairs(model: Model, counts: Counts) -> None:
    posterior = exact_posterior(model, counts)
    ranked, groups = posterior.ranked(), len(counts.groups)
    assert ranked.error <= 1e-4
    assert ranked.best.sum() == pytest.approx(1.0, abs=1e-8)
    assert ranked.rank.sum() == pytest.approx(groups * (groups + 1) / 2, rel=1e-8)
    assert np.all(np.diff(ranked.mean) <= 0.0)
    for i in (0, 2, groups - 2):
        one, other = ranked.order[i : i + 2].tolist()
        assert ranked.above[i] == pytest.approx(posterior.probability_greater(one, other), abs=ranked.error + 1e-9)
    assert np.isnan(ranked.above[-1])


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: model.name)
def test_expected_ranks_are_sums_over_pairs(model: Model) -> None:
    posterior = exact_posterior(model, FEW)
    ranked = posterior.ranked()
    for place in (0, 3, 6):
        group = int(ranked.order[place])
        others = [other for other in range(7) if other != group]
        expected = 1.0 + sum(posterior.probability_greater(other, group) for other in others)
        assert ranked.rank[place] == pytest.approx(expected, abs=7.0 * ranked.error + 1e-8)


def test_the_best_of_three_against_mpmath() -> None:
    counts = Counts(["A", "B", "C"], [200, 10, 4], [19, 3, 0])
    ranked = exact_posterior(independent(Beta(2, 5)), counts).ranked()
    shapes = [(21, 186), (5, 12), (2, 9)]
    with mpmath.workdps(30):
        for place, group in enumerate(ranked.order.tolist()):
            a, b = shapes[group]
            others = [shape for i, shape in enumerate(shapes) if i != group]

            def term(x: mpmath.mpf, a: int = a, b: int = b, others: list[tuple[int, int]] = others) -> mpmath.mpf:
                below = mpmath.fprod(mpmath.betainc(*shape, 0, x, regularized=True) for shape in others)
                return x ** (a - 1) * (1 - x) ** (b - 1) / mpmath.beta(a, b) * below

            expected = mpmath.quad(term, [0, 0.05, 0.1, 0.15, 0.3, 0.6, 1])
            assert ranked.best[place] == pytest.approx(float(expected), abs=1e-9)


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: model.name)
def test_the_expected_loss_of_two_is_that_of_the_pair(model: Model) -> None:
    posterior = exact_posterior(model, Counts(["A", "B"], [200, 10], [19, 3]))
    ranked = posterior.ranked()
    assert ranked.order.tolist() == [1, 0]
    expected = [posterior.pair(1, 0).loss.value, posterior.pair(0, 1).loss.value]
    assert ranked.loss.tolist() == pytest.approx(expected, abs=ranked.error + 1e-8)


def test_the_mean_of_the_highest_of_three_against_mpmath() -> None:
    ranked = exact_posterior(independent(Beta(2, 5)), Counts(["A", "B", "C"], [200, 10, 4], [19, 3, 0])).ranked()
    shapes = [(21, 186), (5, 12), (2, 9)]
    with mpmath.workdps(30):

        def above(x: mpmath.mpf) -> mpmath.mpf:
            return 1 - mpmath.fprod(mpmath.betainc(*shape, 0, x, regularized=True) for shape in shapes)

        highest = mpmath.quad(above, [0, 0.05, 0.1, 0.15, 0.3, 0.6, 1])
        for place, group in enumerate(ranked.order.tolist()):
            a, b = shapes[group]
            assert ranked.loss[place] == pytest.approx(float(highest - mpmath.mpf(a) / (a + b)), abs=1e-9)


def test_losses_differ_as_means_do() -> None:
    for counts in (FEW, load("rats")):
        ranked = exact_posterior(hierarchical(), counts).ranked()
        assert ranked.loss - ranked.loss[0] == pytest.approx(ranked.mean[0] - ranked.mean, abs=3.0 * ranked.error)


@pytest.mark.parametrize("most", [0.0, 1.0])
def test_ranks_are_the_same_by_densities_of_their_own(most: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes that are far apart are not made of each other: here all, or most of them, are called far apart."""
    posterior = exact_posterior(hierarchical(), FEW)
    tilted = posterior.ranked()
    monkeypatch.setattr(tilted_rates, "_MOST_TILT", most)
    alone = exact_posterior(hierarchical(), FEW).ranked()
    assert tilted.best == pytest.approx(alone.best, abs=1e-12)
    assert tilted.rank == pytest.approx(alone.rank, abs=1e-11)
    assert tilted.above[:-1] == pytest.approx(alone.above[:-1], abs=1e-12)


def test_shapes_whose_masses_have_no_product() -> None:
    """A heavy tail has shapes by which two masses are too small to be multiplied, though neither is by itself."""
    heavy = chosen_model("hierarchical_proportion", ["concentration=PowerLaw(1.5)"])
    posterior = exact_posterior(heavy, load("rats"))
    ranked = posterior.ranked()
    assert np.isfinite(ranked.above[:-1]).all()
    for i in (0, 35, 69):
        one, other = ranked.order[i : i + 2].tolist()
        assert ranked.above[i] == pytest.approx(posterior.probability_greater(one, other), abs=ranked.error + 1e-9)


def test_a_narrow_rate_beside_a_wide_one() -> None:
    """Either of a pair may be the narrower, which is the one that is integrated over."""
    counts = Counts(list("ABCD"), [10**5, 3, 2, 10**6], [12_000, 0, 1, 110_000])
    posterior = exact_posterior(hierarchical(), counts)
    ranked = posterior.ranked()
    for i in range(3):
        one, other = ranked.order[i : i + 2].tolist()
        assert ranked.above[i] == pytest.approx(posterior.probability_greater(one, other), abs=ranked.error + 1e-9)


def test_ten_thousand_groups_by_a_hierarchy() -> None:
    rng = np.random.default_rng(1)
    trials = rng.integers(1, 201, 10_000)
    counts = Counts([str(i) for i in range(10_000)], trials, rng.binomial(trials, rng.beta(2, 15, 10_000)))
    posterior = exact_posterior(hierarchical(), counts)
    ranked = posterior.ranked()
    assert ranked.error <= 1e-5
    assert ranked.best.sum() == pytest.approx(1.0, abs=1e-8)
    assert ranked.rank.sum() == pytest.approx(10_000 * 10_001 / 2, rel=1e-8)
    for i in (0, 4_000, 9_998):
        one, other = ranked.order[i : i + 2].tolist()
        assert ranked.above[i] == pytest.approx(posterior.probability_greater(one, other), abs=ranked.error + 1e-9)


def test_many_groups_cost_no_pairs() -> None:
    rng = np.random.default_rng(1)
    trials = np.full(2000, 10**5)
    counts = Counts([str(i) for i in range(2000)], trials, rng.binomial(trials, rng.beta(2, 15, 2000)))
    ranked = exact_posterior(independent(), counts).ranked()
    assert ranked.best.sum() == pytest.approx(1.0, abs=1e-8)
    assert ranked.rank.sum() == pytest.approx(2000 * 2001 / 2, rel=1e-8)


def test_a_ranking_has_names() -> None:
    rows = exact_posterior(hierarchical(), FEW).ranking()
    assert rows[0].group == "F"
    assert rows[-1].above is None
    assert next(row.above for row in rows if row.group in "DE") == 0.5


def test_a_law_that_may_be_far_narrower_than_its_nodes_is_ranked_with_its_error() -> None:
    """The concentration has a heavy tail: by some of its shapes all rates are one number."""
    model = Model(
        "one",
        Input("trials", plate="group"),
        Variable("size", HalfCauchy(10)),
        Variable("rate", BetaProportion(0.27, "size"), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )
    posterior = exact_posterior(model, Counts(list("ABC"), [45] * 3, [12, 13, 11]))
    ranked = posterior.ranked()
    assert ranked.error <= 1e-4
    assert ranked.best.sum() == pytest.approx(1.0, abs=2.0 * ranked.error)
    assert ranked.rank.sum() == pytest.approx(6.0, abs=6.0 * ranked.error)
    for i in (0, 1):
        one, other = ranked.order[i : i + 2].tolist()
        assert ranked.above[i] == pytest.approx(posterior.probability_greater(one, other), abs=ranked.error + 1e-9)

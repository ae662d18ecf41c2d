"""Quantities against SciPy's own functions, ranks and their ties, and truths from both sources."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import PowerLaw
from pplcompare.models.errors import SpecificationError
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import KEPT, NO_RANK, autocorrelations, ranks_of
from pplcompare.validation.calibrate.replication_source import PosteriorSource, PriorSource
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS
from scipy import signal, stats

COUNTS = Counts(("g10", "g2", "10", "9", "é", "z"), (24, 14, 40, 10, 55, 14), (5, 0, 9, 10, 7, 3))


def by_name(model: Model, counts: Counts) -> tuple[dict[str, Float], dict[str, Float]]:
    drawn = exact_posterior(model, counts).simulate(40, np.random.default_rng(1))
    found = RankedQuantities(model, counts)
    return dict(zip(found.names, found.values(counts, drawn), strict=True)), drawn


def test_quantities_of_a_hierarchical_model_are_those_of_scipy() -> None:
    found, drawn = by_name(hierarchical(), COUNTS)
    alpha, beta, rate = drawn["alpha"], drawn["beta"], drawn["rate"]
    n, k = COUNTS.trials, COUNTS.successes
    likelihood = np.asarray(stats.binom.logpmf(k, n, rate)).sum(axis=1)
    prior = stats.gamma.logpdf(alpha, 16, scale=1 / 9) + stats.gamma.logpdf(beta, 40, scale=1 / 8)
    of_rates = np.asarray(stats.beta.logpdf(rate, alpha[:, None], beta[:, None]))
    jacobian = np.log(alpha) + np.log(beta) + (np.log(rate) + np.log1p(-rate)).sum(axis=1)
    scores = np.asarray(stats.norm.ppf(stats.beta.cdf(rate, alpha[:, None] + k, beta[:, None] + n - k)))
    expected = {
        "alpha": alpha,
        "beta": beta,
        "log concentration": np.log(alpha + beta),
        "mean rate": rate.mean(axis=1),
        "log likelihood": likelihood,
        "log joint": likelihood + prior + of_rates.sum(axis=1) + jacobian,
        "squared residuals": ((k - n * rate) ** 2 / (n * rate * (1 - rate))).sum(axis=1),
        "conditional scores": scores.sum(axis=1),
        "squared conditional scores": (scores**2).sum(axis=1),
    }
    for name, values in expected.items():
        assert np.allclose(found[name], values, rtol=1e-9, atol=1e-9), name
    # One group for each number of trials: of the two with 14 the first.
    assert [name for name in found if name.startswith("rate ")] == [f"rate {COUNTS.groups[g]}" for g in (3, 1, 0, 2, 4)]
    assert len(found) == len(expected) + 5


@pytest.mark.parametrize("case", ["rates", "shapes", "proportion", "marginal"])
def test_every_structure_has_the_quantities_that_it_can_have(case: str) -> None:
    trial = TRIAL_MODELS[case]
    found = RankedQuantities(trial.model, trial.counts).names
    scalars = [one.name for one in trial.model.structure.variables if one.plate is None]
    assert list(found[: len(scalars)]) == scalars
    assert ("log concentration" in found) == (case == "shapes")
    assert ("conditional scores" in found) == (case != "marginal")
    assert {"log likelihood", "log joint"} <= set(found)
    assert len(set(found)) == len(found)


def test_of_many_numbers_of_trials_five_are_looked_at_from_the_fewest_to_the_most() -> None:
    rats = load("rats")
    names = RankedQuantities(independent(), rats).names
    trials = [rats.trials[rats.groups.index(name.removeprefix("rate "))] for name in names if name.startswith("rate ")]
    assert len(trials) == 5
    assert trials[0] == rats.trials.min()
    assert trials[-1] == rats.trials.max()


def test_values_on_a_border_and_beyond_have_quantities() -> None:
    found = RankedQuantities(independent(), COUNTS)
    values = found.values(COUNTS, {"rate": np.array([[0.0, 1.0, 0.5, 2.0, -1.0, 0.5]])})
    assert not np.isnan(values).any()


def test_ranks_count_what_is_below_and_break_ties_by_chance_alone() -> None:
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(3, KEPT))
    draws[1, :60] = draws[1, 0]
    values = np.concatenate([[[0.0], [draws[1, 0]], [np.nan]], draws], axis=1)
    names = ("a", "b", "c")
    found = ranks_of(values, names, 7, 3)
    below = np.count_nonzero(draws[1] < draws[1, 0])
    assert found[0] == np.count_nonzero(draws[0] < 0.0)
    assert below <= found[1] <= below + 60
    assert found[2] == NO_RANK
    assert np.array_equal(found, ranks_of(values, names, 7, 3))
    ties = [int(ranks_of(values, names, 7, number)[1]) - below for number in range(3000)]
    assert stats.chisquare(np.bincount(ties, minlength=61)).pvalue > 1e-6


def test_autocorrelations_see_how_far_draws_are_from_independent() -> None:
    rng = np.random.default_rng(2)
    quick = rng.normal(size=5000)
    slow = signal.lfilter([np.sqrt(1.0 - 0.7**2)], [1.0, -0.7], quick)
    found = autocorrelations(np.stack([quick, slow, np.zeros(5000), np.exp(50.0 * slow)]), 2)
    assert abs(found[0]).max() < 0.07
    assert abs(found[1, 0] - 0.68) < 0.05
    assert found[2, 0] > 0.99
    assert np.array_equal(found[3], found[1])


def test_truths_from_the_prior_depend_on_seed_number_and_purpose_alone() -> None:
    source = PriorSource(hierarchical(), COUNTS)
    one, again = source.replication(1, 5, "run"), source.replication(1, 5, "run")
    others = [source.replication(2, 5, "run"), source.replication(1, 6, "run"), source.replication(1, 5, "pilot")]
    assert all(np.array_equal(one.truth[name], again.truth[name]) for name in ("alpha", "beta", "rate"))
    assert len({float(each.truth["alpha"]) for each in (one, *others)}) == 4
    assert np.array_equal(one.counts.trials, COUNTS.trials)
    assert np.all(one.counts.successes <= COUNTS.trials)


def test_an_improper_prior_is_refused_by_name_and_its_posterior_is_not() -> None:
    model = hierarchical_proportion(concentration=PowerLaw(2.5))
    with pytest.raises(SpecificationError, match="concentration"):
        PriorSource(model, COUNTS).replication(1, 0, "run")
    rats = load("rats")
    found = PosteriorSource(model, rats, 1, exact_posterior(model, rats)).replication(1, 0, "run")
    assert np.array_equal(found.counts.trials, 2 * rats.trials)


def test_new_counts_stand_beside_those_of_the_data_and_truths_follow_its_posterior() -> None:
    model = independent()
    source = PosteriorSource(model, COUNTS, 3, exact_posterior(model, COUNTS))
    found = [source.replication(1, number, "run") for number in range(400)]
    new = np.array([one.counts.successes - COUNTS.successes for one in found])
    truths = np.array([one.truth["rate"] for one in found])
    assert np.array_equal(found[0].counts.trials, 4 * COUNTS.trials)
    assert new.min() >= 0
    n, k = COUNTS.trials, COUNTS.successes
    for group in range(len(n)):
        law = stats.beta(2 + k[group], 5 + n[group] - k[group])
        assert stats.kstest(truths[:, group], law.cdf).pvalue > 1e-5
    spread = (new - 3 * n * truths) / np.sqrt(3 * n * truths * (1 - truths))
    assert abs(spread.mean()) < 4.5 / np.sqrt(spread.size)

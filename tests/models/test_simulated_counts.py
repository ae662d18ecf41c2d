"""Simulated campaigns: what was asked for, reproducible, in the right proportion, and read back as they were."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Beta, PowerLaw
from pplcompare.models.errors import DataError, PplCompareError, SpecificationError, UsageError
from pplcompare.models.simulated_counts import simulate_counts


def test_a_seed_gives_the_same_counts_and_another_gives_others() -> None:
    first, again, other = (simulate_counts(hierarchical(), {"A": 200, "B": 10}, seed) for seed in (1, 1, 2))
    assert first.to_dict() == again.to_dict() != other.to_dict()
    assert first.counts.groups == ("A", "B")
    assert first.counts.trials.tolist() == [200, 10]


def test_hyperparameters_and_rates_are_those_behind_the_counts() -> None:
    found = simulate_counts(hierarchical(), load("rats"), np.random.default_rng(3))
    assert found.hyperparameters.keys() == {"alpha", "beta"}
    assert found.rates["rate"].shape == (71,)
    assert found.counts.trials.tolist() == load("rats").trials.tolist()
    n, k, p = found.counts.trials, found.counts.successes, found.rates["rate"]
    # A sum of 71 independent standardised counts: beyond 6 once in a billion.
    assert abs(((k - n * p) / np.sqrt(n * p * (1 - p))).sum()) < 6.0 * np.sqrt(71)


def test_given_rates_are_kept_and_counts_follow_them() -> None:
    trials = {f"g{i}": 100 for i in range(1000)}
    found = simulate_counts(hierarchical(), trials, 4, {"rate": 0.1})
    assert set(found.rates["rate"].tolist()) == {0.1}
    assert found.hyperparameters == {}
    assert abs(found.counts.successes.sum() - 10_000) < 6.0 * np.sqrt(100_000 * 0.09)
    two = simulate_counts(independent(), {"A": 10**6, "B": 10**6}, 5, {"rate": np.array([0.25, 0.75])})
    assert two.counts.successes / 1e6 == pytest.approx([0.25, 0.75], abs=0.003)
    assert two.counts.successes / 1e6 != pytest.approx([0.75, 0.25], abs=0.003)


def test_a_given_value_makes_an_improper_prior_usable() -> None:
    model = hierarchical_proportion(concentration=PowerLaw(1.5))
    with pytest.raises(SpecificationError, match="concentration=1"):
        simulate_counts(model, {"A": 10}, 1)
    found = simulate_counts(model, {"A": 10}, 1, {"concentration": 20.0})
    assert found.hyperparameters["concentration"] == 20.0


def test_a_csv_file_is_read_as_it_was_simulated(tmp_path_factory: pytest.TempPathFactory) -> None:
    names = ["plain", 'with "quotes"', "with, comma", "ünïcode"]
    found = simulate_counts(independent(Beta(2, 5)), dict.fromkeys(names, 1000), 6)
    for rates in (False, True):
        path = tmp_path_factory.mktemp("csv") / "counts.csv"
        path.write_text(found.to_csv(rates=rates), encoding="utf-8")
        read = load(path)
        assert read.groups == tuple(names)
        assert read.trials.tolist() == found.counts.trials.tolist()
        assert read.successes.tolist() == found.counts.successes.tolist()
    assert found.to_csv(rates=True).splitlines()[0] == "group,n,k,rate"


@pytest.mark.parametrize(
    ("trials", "given", "error", "words"),
    [
        ({"A": 10}, {"rte": 1.0}, UsageError, "did you mean rate?"),
        ({"A": 10}, {"rate": 1.0}, UsageError, "outside the support"),
        ({"A": 10}, {"rate": np.nan}, UsageError, "outside the support"),
        ({"A": 10}, {"rate": np.array([0.1, 0.2])}, UsageError, "got 2"),
        ({"A": 10}, {"alpha": np.array([1.0])}, UsageError, "one number is needed"),
        ({"A": -1}, {}, DataError, "group 'A', trials"),
        (7, {}, DataError, '{"A": 200, "B": 10}'),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    trials: Counts, given: dict[str, float], error: type[PplCompareError], words: str
) -> None:
    with pytest.raises(error) as refused:
        simulate_counts(hierarchical(), trials, 1, given)
    assert words in str(refused.value)


def test_a_model_may_be_named() -> None:
    named = simulate_counts("independent", {"A": 200}, 1)
    assert named.to_dict() == simulate_counts(independent(), {"A": 200}, 1).to_dict()
    with pytest.raises(SpecificationError, match=r"model: unknown model, got .*; did you mean independent\?"):
        simulate_counts("independant", {"A": 200}, 1)

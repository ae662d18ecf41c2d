"""How far the means of a timed run are from the exact ones, in posterior standard deviations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pplcompare.backends.fit import Fit, Timing
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import PowerLaw
from pplcompare.models.errors import AccuracyError
from pplcompare.models.spec import Model
from pplcompare.validation.bench.measurement import Measurement, measurement
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.quadrature import moments as of_moments

COUNTS = Counts(["A", "B"], [200, 10], [19, 3])


def measured(model: Model, shifts: dict[str, float], counts: Counts = COUNTS) -> Measurement:
    """Return the measurement of draws whose means are shifted by so many standard deviations, all others by none."""
    exact = exact_posterior(model, counts)
    names = [(item.name, item.plate is not None) for item in model.structure.variables]
    noise = np.random.default_rng(1).normal(size=(4, 200))
    noise -= noise.mean()
    draws = {
        name: np.stack([column(exact, name, group, shifts, noise) for group in range(len(counts.groups))], axis=-1)
        if plate
        else column(exact, name, None, shifts, noise)
        for name, plate in names
    }
    return measurement(model.structure, exact, Fit(draws, {}, Timing(), seed=1), call=1.0)


def column(
    exact: ExactPosterior, name: str, group: int | None, shifts: dict[str, float], noise: np.ndarray
) -> np.ndarray:
    law = exact.marginal(name, group)
    mean, sd = (1.0, 1.0) if not math.isfinite(law.sd) else (law.mean, law.sd)
    shift = shifts.get(name if group is None else f"{name}[{exact.counts.groups[group]}]", 0.0)
    return mean + sd * (shift + 0.1 * noise)


@pytest.mark.parametrize("model", [independent(), hierarchical()], ids=lambda model: str(model.name))
def test_an_error_of_one_mean_is_in_standard_deviations_and_counts_for_its_share(model: Model) -> None:
    found = measured(model, {"rate[B]": -0.3})
    number = len(model.structure.variables) + 1
    assert found.furthest == "rate[B]"
    assert found.largest_error == pytest.approx(-0.3, abs=1e-12)
    assert found.error == pytest.approx(0.3 / math.sqrt(number), abs=1e-12)


def test_the_error_of_a_shift_of_everything_is_that_shift() -> None:
    everything = {"alpha": 0.2, "beta": 0.2, "rate[A]": 0.2, "rate[B]": 0.2}
    assert measured(hierarchical(), everything).error == pytest.approx(0.2, abs=1e-12)


def test_what_has_no_standard_deviation_has_no_error_in_its_units() -> None:
    model = hierarchical_proportion(concentration=PowerLaw(1.5))
    assert math.isinf(exact_posterior(model, COUNTS).marginal("concentration").sd)
    found = measured(model, {"concentration": 1e6, "mean": 0.1})
    assert found.furthest == "mean"
    assert found.error == pytest.approx(0.1 / math.sqrt(3), abs=1e-12)


def test_a_moment_that_is_not_certified_has_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = exact_posterior(independent(), COUNTS)

    class Refused:
        @property
        def moments(self) -> of_moments.Moments:
            raise AccuracyError("moment 1 exists, but so barely that it lies beyond float64")

    draws = {"rate": np.random.default_rng(1).beta(2, 5, (4, 100, 2))}
    monkeypatch.setattr(ExactPosterior, "marginal", lambda *_: Refused())
    found = measurement(independent().structure, exact, Fit(draws, {}, Timing(), seed=1), call=1.0)
    assert (found.error, found.largest_error, found.furthest) == (None, None, None)


def test_independent_draws_have_the_error_of_their_number() -> None:
    """The sum of squares over 71 rates and 20 runs is nearly chi-squared; five of its standard deviations bound it."""
    model, counts = independent(), load("rats")
    exact, rng, runs, size = exact_posterior(model, counts), np.random.default_rng(1), 20, (4, 250)
    alpha, beta = 2.0 + counts.successes, 5.0 + counts.trials - counts.successes
    squares = []
    for seed in range(runs):
        draws = {"rate": rng.beta(alpha, beta, (*size, len(counts.groups)))}
        found = measurement(model.structure, exact, Fit(draws, {}, Timing(), seed=seed), call=1.0)
        assert found.error is not None
        squares.append(1000 * found.error**2)
    assert abs(np.mean(squares) - 1.0) < 5.0 * math.sqrt(2.0 / (71 * runs))

"""Every backend without rates: the density at the extremes, and recovered draws that pass the checks of the others."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import BetaBinomialTails, Gamma, WeightedBetaBinomial
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.validation.checks.same_model import tolerance
from pplcompare.validation.study.study import Plan, carry_out
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.wrapped.marginal_program import MarginalBackend

from tests.backends.conftest import Once, Workshop
from tests.backends.test_densities import within
from tests.reference.density import exact_density

pytestmark = [pytest.mark.slow, pytest.mark.seconds(100)]

# Flat to the ends of what is tried; not 1, where PyMC's gradients are known to be wrong.
FLAT = hierarchical(Gamma(1.5, 1e-13), Gamma(1.5, 1e-13))
SHAPES = np.array([1e-6, 1e-3, 0.3, 2.5, 8.1, 300.0, 1e6, 1e12])
# Distinct pairs fill programs of 16 elements, steps and places one of 64.
SMALL = Counts(list("abc"), [1025, 9, 10], [3, 0, 10])
LARGE = Counts(list("abcde"), [10**9, 10**6, 200, 10, 1], [123_456_789, 0, 19, 10, 1])
ROWS = Counts(list("abc"), [1025, 200, 10], [80, 19, 3])
TRIALS = [(2, 3, 4, 5, 6, 7, 8, 20, 65, 200, 1000)[i % 11] for i in range(48)]
TAILS = Counts([f"g{i}" for i in range(48)], TRIALS, [i % 5 * n // 4 for i, n in enumerate(TRIALS)])


@pytest.fixture(scope="module", params=["nutpie", "numpyro", "pymc", "stan"])
def backend(request: pytest.FixtureRequest, workshop: Workshop) -> Once:
    return workshop(request.param)


@pytest.mark.parametrize(
    ("counts", "kind"),
    [(LARGE, WeightedBetaBinomial), (SMALL, WeightedBetaBinomial), (TAILS, BetaBinomialTails)],
    ids=["large", "small", "tails"],
)
def test_the_density_is_exact_for_any_concentration(backend: Once, counts: Counts, kind: type) -> None:
    structure, inputs = marginalise(FLAT).sufficient(counts)
    assert type(structure.observed[0].distribution) is kind
    grid = np.array([(a, b) for a in SHAPES for b in SHAPES])
    points = {"alpha": grid[:, 0], "beta": grid[:, 1]}
    program = backend.compile(structure, inputs.sizes)
    for jacobian in (True, False):
        exact = exact_density(structure, inputs, points, jacobian=jacobian)
        found = program.log_density(inputs, points, jacobian=jacobian)
        reference = reference_density(structure, inputs, points, jacobian=jacobian)
        within(found.value, exact.value, tolerance(reference.scale, reference.rounding))
        for name, gradient in exact.gradient.items():
            limit = tolerance(reference.gradient_scale[name], reference.gradient_rounding[name])
            within(found.gradient[name], gradient, limit)


@pytest.mark.parametrize("counts", [load("campaigns"), ROWS], ids=["tails", "rows"])
def test_recovered_draws_pass_the_exact_checks_of_the_whole_model(backend: Once, counts: Counts) -> None:
    plan = Plan(counts, [hierarchical()], [backend.name], NUTSSettings(draws=5000), seed=1)
    (row,) = carry_out(plan, lambda _: nullcontext(MarginalBackend(backend)), lambda _: None).rows
    assert row.verdict is Verdict.PASSED, row.reason
    assert row.fit is not None
    assert set(row.fit.draws) == {"alpha", "beta", "rate"}


def test_the_program_is_shown_with_its_numbers(backend: Once) -> None:
    structure, inputs = marginalise(hierarchical()).sufficient(load("campaigns"))
    source = backend.compile(structure, inputs.sizes).source(inputs)
    assert "beta_binomial_tails(" in source
    assert repr(float(inputs.counts["successes_trials"][-1])) in source

"""Live defects of the libraries: each a strict expected failure, which notices the day it is mended."""

from __future__ import annotations

import doctest
import math
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import Beta, BetaBinomial
from pplcompare.validation.checks.same_model import tolerance
from pplcompare.validation.exact import exact_posterior
from scipy import special, stats

from tests.documented_blocks import block_of
from tests.found_picture import FOUND_PAGE
from tests.reference.fixtures import (
    Fixture,
    beta_binomial,
    independent_proportion,
    long_chain,
    points,
    positive_priors,
)


@pytest.mark.xfail(
    strict=True, reason="PyMC's Beta drops (alpha - 1) log x where alpha == 1, and its derivative with it"
)
def test_pymc_differentiates_beta_by_a_shape_that_is_exactly_one() -> None:
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    alpha = pt.dscalar("alpha")
    density = pm.logp(pm.Beta.dist(alpha, np.float64(2.0)), np.float64(0.1))
    derivative = pytensor.function([alpha], pytensor.grad(density, alpha), mode="FAST_COMPILE")
    # d/da [lgamma(a + 2) - lgamma(a) + (a - 1) log x] = psi(3) - psi(1) + log x = 1 + 1/2 + log x
    assert derivative(1.0) == pytest.approx(1.5 + np.log(0.1), abs=1e-12)


def test_pymc_differentiates_beta_by_a_shape_beside_one() -> None:
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    alpha = pt.dscalar("alpha")
    density = pm.logp(pm.Beta.dist(alpha, np.float64(2.0)), np.float64(0.1))
    derivative = pytensor.function([alpha], pytensor.grad(density, alpha), mode="FAST_COMPILE")
    assert derivative(1.0 + 1e-12) == pytest.approx(1.5 + np.log(0.1), abs=1e-9)


@pytest.mark.xfail(strict=True, reason="JAX's betaln is off by 1e-6 where the larger argument is just above 8")
def test_jax_computes_the_beta_function_just_above_8() -> None:
    import jax

    with jax.enable_x64(True):
        found = float(jax.scipy.special.betaln(np.float64(2.5), np.float64(8.1)))
    assert found == pytest.approx(float(special.betaln(2.5, 8.1)), abs=1e-13)


@pytest.mark.xfail(strict=True, reason="NumPyro's beta-binomial calls JAX's betaln; ours does not")
def test_numpyros_own_beta_binomial_passes_the_fixture() -> None:
    """With what `test_densities` demands of ours."""
    import jax
    import numpyro.distributions as dist

    _, model, counts = beta_binomial()
    at = points(model.structure, model.bind(counts))
    a, b = at["a"][:, None], at["b"][:, None]
    with jax.enable_x64(True):
        found = np.asarray(dist.BetaBinomial(a, b, counts.trials).log_prob(counts.successes))
    terms = BetaBinomial("trials", "a", "b").log_terms(counts.successes, [counts.trials, a, b])
    assert np.all(np.abs(found - sum(terms)) <= 64 * np.finfo(np.float64).eps * sum(map(np.abs, terms)) + 1e-12)


@pytest.mark.xfail(strict=True, reason="32 bits, JAX's default, keep only whole numbers of log factorials of a million")
def test_numpyro_in_32_bits_keeps_the_probability_of_a_million_trials() -> None:
    """To a hundredth: 32 bits have seven digits, and the result has three."""
    import jax
    import numpyro.distributions as dist

    with jax.enable_x64(False):
        found = float(dist.Binomial(1_000_000, 0.1).log_prob(100_000))
    assert found == pytest.approx(float(stats.binom.logpmf(100_000, 1_000_000, 0.1)), abs=0.01)


@pytest.mark.xfail(strict=True, reason="PyMC adds the shapes 100 and 100, given as integers, in 8 bits")
def test_pymc_adds_whole_shapes() -> None:
    import pymc as pm

    found = pm.logp(pm.Beta.dist(100, 100), np.float64(0.5)).eval(mode="FAST_COMPILE")
    assert float(found) == pytest.approx(float(stats.beta(100.0, 100.0).logpdf(0.5)), abs=1e-9)


@pytest.mark.xfail(strict=True, reason="PyMC makes 32-bit numbers of Python's")
def test_pymc_keeps_the_digits_of_pythons_numbers() -> None:
    import pymc as pm

    found = pm.logp(pm.Binomial.dist(3e9, 0.5), np.int64(1_500_000_000)).eval(mode="FAST_COMPILE")
    assert float(found) == pytest.approx(float(stats.binom(3e9, 0.5).logpmf(1_500_000_000)), abs=1e-3)


@pytest.mark.xfail(strict=True, reason="PyMC takes the logarithm of its own integer 2 in 32 bits")
def test_pymcs_half_cauchy_has_its_constant() -> None:
    """The day it has, `pymc_model.MISSING` must go."""
    import pymc as pm

    found = pm.logp(pm.HalfCauchy.dist(beta=np.float64(1.3)), np.float64(0.7)).eval(mode="FAST_COMPILE")
    assert float(found) == pytest.approx(float(stats.halfcauchy(scale=1.3).logpdf(0.7)), abs=1e-12)


@pytest.mark.xfail(strict=True, reason="scipy squares and multiplies whole shapes in 64 bits")
def test_scipy_multiplies_whole_shapes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.beta(3_000_000, 3_000_000).std()
    assert found == pytest.approx(stats.beta(3e6, 3e6).std(), rel=1e-12)


def test_the_exact_answer_multiplies_numbers() -> None:
    rate = exact_posterior(independent(Beta(3_000_000, 3_000_000)), Counts(["g"], [0], [0])).marginal("rate", 0)
    assert rate.sd == pytest.approx(0.5 / math.sqrt(6_000_001), rel=1e-12)


@pytest.mark.parametrize(
    "make", [independent_proportion, positive_priors, beta_binomial, long_chain], ids=lambda make: make.__name__
)
def test_numbers_of_32_bits_would_be_seen(make: Callable[[], Fixture]) -> None:
    """As an adapter that passes them on as Python's would give PyMC."""
    _, model, counts = make()
    structure, inputs = model.structure, model.bind(counts)
    at = points(structure, inputs)
    short = replace(inputs, constants={name: float(np.float32(value)) for name, value in inputs.constants.items()})
    right, wrong = (reference_density(structure, i, at, jacobian=True) for i in (inputs, short))
    assert np.sum(np.abs(right.value - wrong.value) > tolerance(right.scale, right.rounding)) > 5


def test_the_page_of_what_was_found_shows_these_defects_and_names_their_tests() -> None:
    page = FOUND_PAGE.read_text(encoding="utf-8")
    shown = doctest.DocTestParser().get_doctest(block_of("docs/found.md", "", "pycon"), {}, "found.md", None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert doctest.DocTestRunner().run(shown) == (0, 14)
    named = re.findall(r"`(test_\w+)`", page)
    assert len(named) == 7
    assert set(named) <= set(globals())


def test_numpyro_in_32_bits_is_refused() -> None:
    """Not a defect that will be mended: the switch must be on before the first array."""
    program = """
from pplcompare.backends.numpyro_backend import NumPyroBackend
from pplcompare.models.beta_binomial import hierarchical
NumPyroBackend().compile(hierarchical().structure, {"group": 3})
"""
    environment = {**os.environ, "JAX_ENABLE_X64": "0", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "BackendUnavailable: numpyro: JAX computes in 32 bits; set JAX_ENABLE_X64=1" in done.stderr

"""The target as a JAX function: against 50 digits, in every tail, and refused in 32 bits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.coordinates import flattened, split, unconstrained
from pplcompare.backends.jax_target import jax_target
from pplcompare.backends.jax_terms import COUNTS, LOG_DENSITIES
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import DISTRIBUTIONS, Beta
from pplcompare.models.errors import BackendUnavailable, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.same_model import tolerance

from tests.reference.density import exact_density
from tests.reference.fixtures import FIXTURES, awkward_counts, every_distribution, points

pytestmark = pytest.mark.seconds(20)

# Every distribution, a million trials in edges of a support that is not (0, 1), and each shape of a model once.
NAMES = {"independent_asymmetric", "proportion_bounded"}
CASES: dict[str, tuple[Structure, Inputs]] = {"every_distribution": every_distribution()}
for make in FIXTURES:
    CASES[make.__name__] = make().model.structure, make().model.bind(make().counts)
OTHERS = sorted(set(CASES) - NAMES - {"every_distribution", "beta_binomial_rates", "pooled"})


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def test_the_table_has_exactly_the_distributions_of_the_set() -> None:
    assert set(LOG_DENSITIES) == set(DISTRIBUTIONS)
    assert {"Binomial", "BetaBinomial"} == COUNTS


def is_exact(structure: Structure, inputs: Inputs, computed_with: Inputs | None = None) -> None:
    at = points(structure, inputs)
    u = flattened(structure, unconstrained(structure, inputs, at))
    target = jax_target(structure, inputs if computed_with is None else computed_with)
    # A loop compiles faster than a batch.
    value, slope = jax.jit(partial(jax.lax.map, jax.value_and_grad(target)))(u)
    gradient = split(structure, inputs, np.asarray(slope))
    exact = exact_density(structure, inputs, at, jacobian=True)
    scale = reference_density(structure, inputs, at, jacobian=True)
    within(np.asarray(value), exact.value, tolerance(scale.scale, scale.rounding))
    for name, by in exact.gradient.items():
        within(gradient[name], by, tolerance(scale.gradient_scale[name], scale.gradient_rounding[name]))


def within(found: NDArray[np.float64], exact: NDArray[np.object_], limit: NDArray[np.float64]) -> None:
    assert found.dtype == np.float64
    assert np.all(np.abs(np.asarray(exact - found, dtype=np.float64)) <= limit)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(CASES) - set(OTHERS)))
def test_value_and_gradient_are_exact_within_the_stated_tolerance(name: str) -> None:
    is_exact(*CASES[name])


@pytest.mark.nightly(
    twin="tests/backends/test_jax_target.py::test_value_and_gradient_are_exact_within_the_stated_tolerance"
)
@pytest.mark.parametrize("name", OTHERS)
def test_value_and_gradient_are_exact_for_every_fixture(name: str) -> None:
    is_exact(*CASES[name])


@pytest.mark.parametrize("name", ["campaigns", "rats"])
def test_marginalised_models_are_targets_as_well(name: str) -> None:
    is_exact(*marginalise(hierarchical()).sufficient(load(name)))


def test_another_density_is_caught() -> None:
    structure, inputs = CASES["independent_asymmetric"]
    swapped = independent(Beta(7.25, 2.5)).bind(awkward_counts())
    with pytest.raises(AssertionError):
        is_exact(structure, inputs, computed_with=swapped)


@pytest.mark.parametrize("u", [-700.0, -40.0, -13.8, 0.3, 13.8, 40.0, 700.0])
def test_in_both_tails_the_gradient_keeps_all_digits(u: float) -> None:
    """Where 1 - p is 0 or has one digit left, d/du = (alpha + k) (1 - p) - (beta + n - k) p still has sixteen."""
    alpha, beta, n, k = 2.5, 7.25, 10**6, 123_457
    model = independent(Beta(alpha, beta))
    inputs = model.bind(Counts(["a", "b"], [n, n], [k, 0]))
    value, slope = jax.value_and_grad(jax_target(model.structure, inputs))(jnp.array([u, -u]))
    p, q = 1.0 / (1.0 + np.exp(-u)), 1.0 / (1.0 + np.exp(u))
    expected = [(alpha + k) * q - (beta + n - k) * p, alpha * p - (beta + n) * q]
    np.testing.assert_allclose(slope, expected, rtol=1e-12)
    assert np.isfinite(value)


def test_beyond_all_numbers_there_is_no_density_and_never_nan_but_of_nan() -> None:
    """One NaN among the weights of many particles would spoil them all."""
    target = jax_target(*CASES["hierarchical_asymmetric"])
    zeros = jnp.zeros(15)
    assert target(zeros.at[0].set(800.0)) == -np.inf
    assert target(zeros.at[0].set(-800.0)) == -np.inf
    assert np.isfinite(target(zeros.at[5].set(800.0)))
    assert np.isnan(target(zeros.at[5].set(np.nan)))


def test_it_stands_inside_jit_grad_vmap_and_derivatives_of_derivatives() -> None:
    structure, inputs = CASES["independent_asymmetric"]
    target = jax_target(structure, inputs)
    many = jnp.linspace(-2.0, 2.0, 3 * 13).reshape(3, 13).at[0, 4].set(0.0)
    values = jax.vmap(target)(many)
    np.testing.assert_allclose([float(target(x)) for x in many], values, rtol=1e-14)
    # Each rate alone: -(alpha + beta + n) p (1 - p).
    p = 1.0 / (1.0 + np.exp(-np.asarray(many[0])))
    expected = np.diag(-(2.5 + 7.25 + np.asarray(inputs.counts["trials"])) * p * (1.0 - p))
    np.testing.assert_allclose(jax.hessian(target)(many[0]), expected, rtol=1e-13)


def test_log_binomial_coefficients_are_computed_once() -> None:
    structure, inputs = CASES["independent_asymmetric"]
    program = str(jax.make_jaxpr(jax_target(structure, inputs))(jnp.zeros(13)))
    # Three log-gamma functions of the numbers of the prior, none of the counts.
    assert "lgamma" in program
    assert not [line for line in program.splitlines() if "lgamma" in line and "[13]" in line]


def test_in_32_bits_it_is_refused_when_made_and_when_called() -> None:
    structure, inputs = CASES["independent_asymmetric"]
    target = jax_target(structure, inputs)
    with pytest.raises(UsageError, match=r"float64.*'float32'.*jax\.config\.update\('jax_enable_x64', True\)"):
        target(jnp.zeros(13, dtype=jnp.float32))
    with jax.enable_x64(False):
        with pytest.raises(BackendUnavailable, match=r"jax: JAX computes in 32 bits; .*JAX_ENABLE_X64=1"):
            jax_target(structure, inputs)
        with pytest.raises(UsageError, match="float64"):
            target(np.zeros(13))


def test_another_shape_is_refused_with_the_mend() -> None:
    structure, inputs = CASES["independent_asymmetric"]
    with pytest.raises(UsageError, match=r"shape \(13,\), got \(4, 13\); take jax\.vmap"):
        jax_target(structure, inputs)(jnp.zeros((4, 13)))


def test_without_jax_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jax", None)
    with pytest.raises(BackendUnavailable, match="pip install jax"):
        jax_target(*CASES["independent_asymmetric"])

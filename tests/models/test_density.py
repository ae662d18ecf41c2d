"""The float64 density that judges every backend, itself judged by 50 digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.density import ReferenceDensity, reference_density
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.lean_density import LeanDensity
from pplcompare.models.structure import Structure

from tests.reference.density import ExactDensity, exact_density
from tests.reference.fixtures import (
    FIXTURES,
    Fixture,
    every_distribution,
    foreign_chain,
    hierarchical_asymmetric,
    points,
)

type Maker = Callable[[], Fixture]

EPS = float(np.finfo(np.float64).eps)
every_fixture = pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
with_and_without = pytest.mark.parametrize("jacobian", [False, True], ids=["plain", "jacobian"])


@cache
def case(make: Maker) -> tuple[Structure, Inputs, dict[str, Float]]:
    _, model, counts = make()
    inputs = model.bind(counts)
    return model.structure, inputs, points(model.structure, inputs)


@cache
def solved(make: Maker, jacobian: bool) -> tuple[ReferenceDensity, ExactDensity]:
    structure, inputs, at = case(make)
    exact = exact_density(structure, inputs, at, jacobian=jacobian)
    return reference_density(structure, inputs, at, jacobian=jacobian), exact


def distance(exact: NDArray[np.object_], found: NDArray[Any]) -> Float:
    """Subtract in 50 digits: the difference of two float64 would lose what is looked for."""
    return np.abs(np.asarray(exact - found, dtype=np.float64))


@every_fixture
@with_and_without
def test_the_value_is_exact_to_its_own_rounding(make: Maker, jacobian: bool) -> None:
    found, exact = solved(make, jacobian)
    assert found.value.shape == (20,)
    assert np.all(distance(exact.value, found.value) <= 64 * EPS * found.scale + 1e-12)


@every_fixture
@with_and_without
def test_the_gradient_is_exact_to_its_own_rounding(make: Maker, jacobian: bool) -> None:
    found, exact = solved(make, jacobian)
    structure, _, at = case(make)
    assert set(found.gradient) == set(exact.gradient) == {variable.name for variable in structure.variables}
    for name, gradient in found.gradient.items():
        assert gradient.shape == at[name].shape
        allowed = 64 * EPS * found.gradient_scale[name] + 1e-12
        assert np.all(distance(exact.gradient[name], gradient) <= allowed)


@every_fixture
def test_the_density_for_samplers_is_exact_to_the_same_rounding(make: Maker) -> None:
    found, exact = solved(make, True)
    structure, inputs, at = case(make)
    lean = LeanDensity(structure, inputs)
    assert np.all(distance(exact.value, lean.value(at)) <= 64 * EPS * found.scale + 1e-12)
    gradient = lean.gradient(at)
    assert list(gradient) == list(at)
    for name, slope in gradient.items():
        assert slope.shape == at[name].shape
        assert np.all(distance(exact.gradient[name], slope) <= 64 * EPS * found.gradient_scale[name] + 1e-12)


def test_the_density_for_samplers_knows_every_distribution_on_and_off_the_plate() -> None:
    structure, inputs = every_distribution()
    at = points(structure, inputs)
    found = reference_density(structure, inputs, at, jacobian=True)
    lean = LeanDensity(structure, inputs)
    assert np.all(np.abs(lean.value(at) - found.value) <= 128 * EPS * found.scale + 1e-12)
    for name, slope in lean.gradient(at).items():
        assert np.all(np.abs(slope - found.gradient[name]) <= 128 * EPS * found.gradient_scale[name] + 1e-12)


@every_fixture
@with_and_without
def test_scales_bound_what_they_scale(make: Maker, jacobian: bool) -> None:
    found, _ = solved(make, jacobian)
    assert np.all(np.abs(found.value) <= found.scale * (1 + 100 * EPS))
    assert np.all(np.isfinite(found.scale))
    for name, gradient in found.gradient.items():
        assert np.all(np.abs(gradient) <= found.gradient_scale[name] * (1 + 100 * EPS) + 1e-300)


def nudged(structure: Structure, inputs: Inputs, at: Mapping[str, Float]) -> dict[str, Float]:
    """Move each coordinate by one epsilon of the largest number in its computation, up or down at random."""
    rng = np.random.default_rng(5)
    supports = structure.supports(inputs)
    moved = {}
    for name, x in at.items():
        largest = np.maximum(np.abs(x), supports[name].largest)
        moved[name] = x + EPS * largest * rng.choice([-1.0, 1.0], x.shape)
        assert np.all(np.abs(moved[name] - x) <= 1.5 * EPS * largest)
    return moved


@every_fixture
@with_and_without
def test_a_rounded_point_changes_value_and_gradient_by_no_more_than_is_allowed(make: Maker, jacobian: bool) -> None:
    """Both densities are exact: only the rounding of the point is on trial."""
    structure, inputs, at = case(make)
    found, exact = solved(make, jacobian)
    moved = exact_density(structure, inputs, nudged(structure, inputs, at), jacobian=jacobian)
    assert np.all(distance(exact.value, moved.value) <= 1.51 * EPS * found.rounding)
    for name in at:
        allowed = 64 * EPS * found.gradient_scale[name] + 1e-12 + 4 * EPS * found.gradient_rounding[name]
        assert np.all(distance(exact.gradient[name], moved.gradient[name]) <= allowed)


def test_a_rounded_point_needs_the_allowance() -> None:
    """A million trials at a rate of 1 - 1e-6: without the allowance a right answer would be called wrong."""
    structure, inputs, at = case(hierarchical_asymmetric)
    found, exact = solved(hierarchical_asymmetric, True)
    moved = exact_density(structure, inputs, nudged(structure, inputs, at), jacobian=True)
    assert np.any(distance(exact.value, moved.value) > 64 * EPS * found.scale + 1e-12)


@every_fixture
@with_and_without
def test_the_way_through_unconstrained_space_costs_no_more_than_is_allowed(make: Maker, jacobian: bool) -> None:
    structure, inputs, at = case(make)
    found, exact = solved(make, jacobian)
    supports = structure.supports(inputs)
    back = {name: supports[name].constrain(supports[name].unconstrain(x)) for name, x in at.items()}
    moved = exact_density(structure, inputs, back, jacobian=jacobian)
    allowed = 64 * EPS * found.scale + 1e-12 + 4 * EPS * found.rounding
    assert np.all(distance(exact.value, moved.value) <= allowed)


@every_fixture
def test_the_jacobian_is_the_difference_of_both_values(make: Maker) -> None:
    structure, inputs, at = case(make)
    supports = structure.supports(inputs)
    with_it, without = solved(make, True)[0], solved(make, False)[0]
    slopes = sum(np.log(supports[name].slope(x)).reshape(20, -1).sum(axis=1) for name, x in at.items())
    np.testing.assert_allclose(with_it.value - without.value, slopes, atol=1e-13 * float(with_it.scale.max()))


MISTAKES: Mapping[str, Callable[[Inputs], Inputs]] = {
    "successes for failures": lambda i: replace(
        i, observed={name: next(iter(i.counts.values())) - k for name, k in i.observed.items()}
    ),
    "trials one place on": lambda i: replace(
        i,
        counts={name: np.maximum(np.roll(n, 1), next(iter(i.observed.values()))) for name, n in i.counts.items()},
    ),
    "one trial more": lambda i: replace(i, counts={name: n + 1 for name, n in i.counts.items()}),
}


@every_fixture
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_likelihood_is_far_outside_the_tolerance(make: Maker, mistake: Callable[[Inputs], Inputs]) -> None:
    structure, inputs, at = case(make)
    wrong = reference_density(structure, mistake(inputs), at, jacobian=True)
    right, exact = solved(make, True)
    seen = distance(exact.value, wrong.value) > 1000 * (64 * EPS * right.scale + 1e-12)
    assert seen.sum() >= 18


@every_fixture
def test_a_wrong_constant_is_far_outside_the_tolerance(make: Maker) -> None:
    structure, inputs, at = case(make)
    right, exact = solved(make, False)
    for name, value in inputs.constants.items():
        wrong = replace(inputs, constants={**inputs.constants, name: value * 0.999 if value else 0.001})
        moved = reference_density(structure, wrong, at, jacobian=False)
        assert np.any(distance(exact.value, moved.value) > 100 * (64 * EPS * right.scale + 1e-12))


def test_a_point_does_not_depend_on_its_neighbours() -> None:
    structure, inputs, at = case(hierarchical_asymmetric)
    together = reference_density(structure, inputs, at, jacobian=True)
    for row in (0, 7, 19):
        alone = reference_density(structure, inputs, {name: x[[row]] for name, x in at.items()}, jacobian=True)
        assert abs(alone.value[0] - together.value[row]) <= 64 * EPS * together.scale[row]
        for name in at:
            apart = np.abs(alone.gradient[name][0] - together.gradient[name][row])
            assert np.all(apart <= 64 * EPS * together.gradient_scale[name][row])


def test_as_many_points_as_groups_are_told_apart() -> None:
    """13 points and 13 groups: an axis in the wrong place would broadcast without a word."""
    structure, inputs, at = case(foreign_chain)
    square = {name: x[:13] for name, x in at.items()}
    found = reference_density(structure, inputs, square, jacobian=True)
    together = solved(foreign_chain, True)[0].value[:13]
    assert np.all(np.abs(found.value - together) <= 64 * EPS * found.scale)


def test_points_and_inputs_are_left_as_they_were() -> None:
    structure, inputs, at = case(hierarchical_asymmetric)
    before = {name: x.copy() for name, x in at.items()}
    reference_density(structure, inputs, at, jacobian=True)
    assert set(at) == set(before)
    for name, x in at.items():
        np.testing.assert_array_equal(x, before[name])

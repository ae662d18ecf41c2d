"""The reference itself on trial: its densities integrate to one, its derivatives are those of its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pplcompare.models.distribution import COUNT, Data
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.float_array import Float
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

from tests.reference.density import DPS, TERMS, context, exact_density, support
from tests.reference.fixtures import FIXTURES, Fixture, awkward_counts, points

ARGUMENTS: dict[str, tuple[float, ...]] = {
    "Beta": (2.5, 7.25),
    "BetaProportion": (0.23, 9.75),
    "Gamma": (2.5, 7.25),
    "InverseGamma": (2.5, 7.25),
    "Exponential": (1.75,),
    "LogNormal": (-0.35, 0.8),
    "HalfNormal": (1.3,),
    "HalfCauchy": (0.6,),
    "HalfStudentT": (3.5, 0.6),
    "Uniform": (0.05, 0.9),
    "Pareto": (0.7, 1.3),
}
COUNTS: dict[str, tuple[float, ...]] = {"Binomial": (14, 0.3), "BetaBinomial": (14, 2.5, 7.25)}
SUFFICIENT: dict[str, tuple[float, ...]] = {
    "WeightedBetaBinomial": (14, 3, -0.7, 2.5, 7.25),
    "WeightedBetaBinomialProportion": (14, 3, -0.7, 0.23, 9.75),
    "BetaBinomialTails": (5.5, 3, 2.25, 11.5, 4, -0.7, 2.5, 7.25),
    "BetaBinomialProportionTails": (5.5, 3, 2.25, 11.5, 4, -0.7, 0.23, 9.75),
}
DERIVATIVE_TOLERANCE = context.mpf("1e-18")  # relative, of a numerical derivative in 50 digits


def test_the_reference_knows_every_distribution() -> None:
    assert set(TERMS) == set(DISTRIBUTIONS)
    assert set(ARGUMENTS) | set(COUNTS) | set(SUFFICIENT) | {"PowerLaw"} == set(TERMS)


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_a_proper_density_integrates_to_one(kind: str) -> None:
    arguments = [context.mpf(value) for value in ARGUMENTS[kind]]
    low, high = support(kind, arguments)
    total = context.quad(
        lambda x: context.exp(TERMS[kind](x, *arguments)[0]),
        [low, low + 1, context.inf] if high is None else [low, high],
    )
    assert abs(total - 1) < 1e-8


@pytest.mark.parametrize("kind", COUNTS)
def test_probabilities_of_counts_sum_to_one(kind: str) -> None:
    arguments = [context.mpf(value) for value in COUNTS[kind]]
    total = sum(context.exp(TERMS[kind](context.mpf(k), *arguments)[0]) for k in range(15))
    assert abs(total - 1) < context.mpf(10) ** (5 - DPS)


@pytest.mark.parametrize("kind", sorted(TERMS))
def test_derivatives_are_those_of_the_value(kind: str) -> None:
    arguments = [context.mpf(value) for value in {**ARGUMENTS, **COUNTS, **SUFFICIENT, "PowerLaw": (1.5,)}[kind]]
    at = [context.mpf(0.75 if kind in ARGUMENTS or kind == "PowerLaw" else 4), *arguments]
    domains = [COUNT if kind in (*COUNTS, *SUFFICIENT) else None, *DISTRIBUTIONS[kind].domains.values()]
    derivatives = TERMS[kind](*at)[1]
    for place, found in enumerate(derivatives):
        if found is None:
            assert isinstance(domains[place], Data)
            continue
        numerical = context.diff(lambda v, i=place: TERMS[kind](*at[:i], v, *at[i + 1 :])[0], at[place])
        assert abs(found - numerical) <= DERIVATIVE_TOLERANCE * (1 + abs(numerical))


@pytest.mark.parametrize("jacobian", [False, True])
@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_the_gradient_is_that_of_the_joint_density(make: Callable[[], Fixture], jacobian: bool) -> None:
    """By central differences in float64 points: only chain rule and bookkeeping are on trial here."""
    _, model, counts = make()
    structure, inputs = model.structure, model.bind(counts)
    chosen = {name: x[10:12] for name, x in points(structure, inputs).items()}
    exact = exact_density(structure, inputs, chosen, jacobian=jacobian)
    for variable in structure.variables:
        element: tuple[int, ...] = () if variable.plate is None else (3,)
        step = 2.0**-17
        low, high = (_moved(structure, inputs, chosen, variable.name, element, sign * step) for sign in (-1, 1))
        values = [exact_density(structure, inputs, moved, jacobian=jacobian).value for moved in (low, high)]
        support_ = structure.supports(inputs)[variable.name]
        where: Any = (slice(None), *element)
        width = [
            support_.unconstrain(high[variable.name][where][i]) - support_.unconstrain(low[variable.name][where][i])
            for i in range(2)
        ]
        numerical = np.array([float((values[1][i] - values[0][i]) / float(width[i])) for i in range(2)])
        np.testing.assert_allclose(exact.gradient[variable.name][where].astype(float), numerical, rtol=1e-5, atol=1e-3)


def _moved(
    structure: Structure,
    inputs: Inputs,
    chosen: dict[str, Float],
    name: str,
    element: tuple[int, ...],
    by: float,
) -> dict[str, Float]:
    interval = structure.supports(inputs)[name]
    moved = interval.unconstrain(chosen[name])
    where: Any = (slice(None), *element)
    moved[where] += by
    return {**chosen, name: interval.constrain(moved)}


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_points_are_inside_fixed_and_reach_the_edges(make: Callable[[], Fixture]) -> None:
    _, model, counts = make()
    structure, inputs = model.structure, model.bind(counts)
    chosen, again = points(structure, inputs), points(structure, inputs)
    for name, interval in structure.supports(inputs).items():
        np.testing.assert_array_equal(chosen[name], again[name])
        assert len(chosen[name]) == 20
        assert interval.holds(chosen[name])
    for variable in structure.variables:
        at, bounds = chosen[variable.name], structure.supports(inputs)[variable.name]
        if np.isfinite(bounds.high):
            share = (at - bounds.low) / (bounds.high - bounds.low)
            assert share.min() == pytest.approx(1e-6, rel=1e-8)
            assert 1 - share.max() == pytest.approx(1e-6, rel=1e-8)
        else:
            assert at.min() < bounds.low + 0.011
            assert at.max() > bounds.low + 1499.0


def test_fixtures_have_what_hides_no_error() -> None:
    counts = awkward_counts()
    assert len(counts.groups) == 13
    assert list(counts.groups) != sorted(counts.groups)
    assert {0, 1, 2, 5, 14, 20, 100, 1000, 10**6} <= set(counts.trials.tolist())
    k, n = counts.successes, counts.trials
    assert ((k == 0) & (n > 0)).any()
    assert ((k == n) & (n > 0)).any()
    assert len({make().name for make in FIXTURES}) == len(FIXTURES)

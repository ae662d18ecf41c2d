"""Numbers are data: the structure of a model, and what is bound to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Beta, BetaProportion, Binomial, Gamma, Pareto, Uniform
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, UNIT, Interval
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.models.structure import Structure

from tests.reference.fixtures import FIXTURES, Fixture, awkward_counts, foreign, small_counts

COUNTS = Counts(["B", "A"], [200, 10], [19, 3])


def test_numbers_become_inputs_named_by_variable_and_argument() -> None:
    structure = hierarchical(Gamma(2.5, 7.25), Gamma(40, 8)).structure
    assert structure == Structure(
        inputs=(
            Input("trials", "group"),
            Input("alpha_shape"),
            Input("alpha_rate"),
            Input("beta_shape"),
            Input("beta_rate"),
        ),
        variables=(
            Variable("alpha", Gamma("alpha_shape", "alpha_rate")),
            Variable("beta", Gamma("beta_shape", "beta_rate")),
            Variable("rate", Beta("alpha", "beta"), "group"),
        ),
        observed=(Observed("successes", Binomial("trials", "rate"), "group"),),
    )


def test_constants_keep_every_number_under_its_own_name() -> None:
    assert dict(hierarchical(Gamma(2.5, 7.25), Gamma(40, 8)).constants) == {
        "alpha_shape": 2.5,
        "alpha_rate": 7.25,
        "beta_shape": 40.0,
        "beta_rate": 8.0,
    }
    assert dict(hierarchical_proportion(Uniform(0.05, 0.9), Pareto(0.7, 1.3)).constants) == {
        "mean_low": 0.05,
        "mean_high": 0.9,
        "concentration_scale": 0.7,
        "concentration_shape": 1.3,
    }
    assert dict(foreign().model.constants) == {"b_shape": 2.5, "b_rate": 0.75, "theta_alpha": 2.5}


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_every_argument_of_a_structure_is_a_name_that_comes_earlier(make: Callable[[], Fixture]) -> None:
    model = make().model
    known = {item.name for item in model.structure.inputs}
    for item in model.structure.random:
        assert set(item.distribution.arguments.values()) <= known
        known.add(item.name)
    names = [*(item.name for item in model.structure.inputs), *(item.name for item in model.structure.random)]
    assert len(names) == len(set(names))
    assert {item.name for item in model.structure.inputs if item.plate is None} == set(model.constants)


def test_models_that_differ_in_numbers_share_one_structure() -> None:
    one, other = hierarchical(Gamma(2.5, 7.25)).structure, hierarchical(Gamma(1, 1), Gamma(1, 1)).structure
    assert one == other
    assert hash(one) == hash(other)
    assert {one: "compiled"}[other] == "compiled"


def test_models_that_differ_in_more_than_numbers_do_not() -> None:
    structures = {
        model.structure
        for model in (
            independent(),
            independent(BetaProportion(0.3, 7)),
            hierarchical(),
            hierarchical(Pareto(1, 2)),
            hierarchical_proportion(),
            foreign().model,
        )
    }
    assert len(structures) == 6


def test_generated_names_give_way_to_the_users() -> None:
    model = Model(
        "m",
        Variable("alpha", Gamma(2.5, 7.25)),
        Variable("alpha_shape", Gamma(3.5, 1.25)),
        Variable("alpha_shape_2", Gamma(4.5, 1.75)),
        Variable("alpha_", Gamma(5.5, 2.25)),
    )
    names = [*(item.name for item in model.structure.inputs), *(item.name for item in model.structure.variables)]
    assert len(names) == len(set(names)) == 12
    assert not any(name.endswith("_") for name in model.constants)
    first = model.structure.variables[0].distribution.arguments
    assert [model.constants[str(name)] for name in first.values()] == [2.5, 7.25]


def test_supports_come_from_the_numbers_that_are_bound() -> None:
    model = hierarchical_proportion(Uniform(0.05, 0.9), Pareto(0.7, 1.3))
    assert model.structure.supports(model.bind(COUNTS)) == {
        "mean": Interval(0.05, 0.9),
        "concentration": Interval(0.7),
        "rate": UNIT,
    }
    assert hierarchical().structure.supports(hierarchical().bind(COUNTS))["alpha"] == POSITIVE


def test_binding_gives_numbers_counts_and_names_in_order() -> None:
    inputs = foreign().model.bind(COUNTS)
    assert dict(inputs.constants) == dict(foreign().model.constants)
    assert {name: array.tolist() for name, array in inputs.counts.items()} == {"visits": [200, 10]}
    assert {name: array.tolist() for name, array in inputs.observed.items()} == {"sales": [19, 3]}
    assert inputs.groups == ("B", "A")
    assert inputs.plate == "shop"
    assert inputs.sizes == {"shop": 2}
    assert set(inputs.values) == {"b_shape", "b_rate", "theta_alpha", "visits", "sales"}


def test_what_is_bound_cannot_change_the_model_or_the_counts() -> None:
    model = hierarchical()
    inputs = model.bind(COUNTS)
    for array in (*inputs.counts.values(), *inputs.observed.values()):
        assert array.dtype == np.int64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        inputs.plate = "x"  # type: ignore[misc]
    inputs.constants["alpha_shape"] = 1.0  # type: ignore[index]
    assert model.constants["alpha_shape"] == model.bind(COUNTS).constants["alpha_shape"] == 16


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_what_is_bound_is_what_the_structure_expects(make: Callable[[], Fixture]) -> None:
    _, model, counts = make()
    inputs = model.bind(counts)
    expected = {item.name for item in model.structure.inputs} | {item.name for item in model.structure.observed}
    assert set(inputs.values) == expected
    assert inputs.sizes == dict.fromkeys(model.structure.plates, len(counts.groups))


def test_arguments_are_ready_to_broadcast_over_points_and_plate() -> None:
    model = hierarchical()
    inputs = model.bind(awkward_counts())
    alpha, beta = np.arange(1.0, 6.0), np.arange(11.0, 16.0)
    rate = model.structure.variables[2]
    values = inputs.arguments(rate.distribution, rate.plate, {"alpha": alpha, "beta": beta})
    assert [value.shape for value in values] == [(5, 1), (5, 1)]
    np.testing.assert_array_equal(values[0][:, 0], alpha)
    np.testing.assert_array_equal(values[1][:, 0], beta)
    observed = model.structure.observed[0]
    trials, probability = inputs.arguments(observed.distribution, observed.plate, {"rate": np.ones((5, 13))})
    assert (trials.shape, probability.shape) == ((13,), (5, 13))


TRIALS = Input("trials", plate="group")
RATE = Variable("rate", Beta(2, 5), plate="group")
LIKELIHOOD = Binomial("trials", "rate")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([RATE], "counts can be bound to exactly one observed Binomial"),
        (
            [TRIALS, RATE, Observed("k", LIKELIHOOD, "group"), Observed("j", LIKELIHOOD, "group")],
            "exactly one observed Binomial",
        ),
        (
            [TRIALS, Input("m", plate="group"), RATE, Observed("k", LIKELIHOOD, "group")],
            "one plate with one input, got ('group', 'm')",
        ),
        (
            [TRIALS, RATE, Variable("z", Beta(2, 5), "shop"), Observed("k", LIKELIHOOD, "group")],
            "one plate with one input, got ('group', 'shop')",
        ),
    ],
)
def test_counts_are_not_bound_to_a_model_of_another_kind(items: list[Input | Variable | Observed], words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        Model("m", *items).bind(small_counts())
    assert words in str(caught.value)

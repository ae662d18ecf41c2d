"""A model as plain data, its canonical text and its hash."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.models.beta_binomial import FAMILIES, hierarchical
from pplcompare.models.distributions import Gamma, Uniform
from pplcompare.models.document import (
    canonical_json,
    model_document,
    model_from_document,
    model_hash,
    structure_document,
    structure_from_document,
)
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Model, Variable

from tests.reference.fixtures import FIXTURES, Fixture

POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False)

# What was published once stays: results are compared by these.
HASHES = {
    "independent": "b060b3b5665e0e1dd5c23e3cbb924fe983db23e6e979567cb4ac939db4778c76",
    "hierarchical": "7f3503020ecf39b6db73413074ed387f65b92e5bc341a42c08c2422fbba93b31",
    "hierarchical_proportion": "65a00a39cdc37e62367d4d7ee89bc84a23c5e16cb42e43ebb5abe6b3bee21bce",
}


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_a_model_and_its_structure_survive_json(make: Callable[[], Fixture]) -> None:
    model = make().model
    again = model_from_document(json.loads(canonical_json(model_document(model))))
    assert (again, again.name, model_hash(again)) == (model, model.name, model_hash(model))
    document = json.loads(canonical_json(structure_document(model.structure)))
    assert structure_from_document(document) == model.structure


@given(POSITIVE, POSITIVE, POSITIVE)
def test_every_number_survives_and_tells_models_apart(shape: float, rate: float, other: float) -> None:
    model = hierarchical(Gamma(shape, rate))
    text = canonical_json(model_document(model))
    assert text.isascii()
    assert not set(text) & set(" \n\t")
    again = model_from_document(json.loads(text))
    assert again == model
    assert canonical_json(model_document(again)) == text
    assert (model_hash(hierarchical(Gamma(shape, other))) == model_hash(model)) == (other == rate)


@pytest.mark.parametrize("name", FAMILIES)
def test_hashes_stay_what_they_are(name: str) -> None:
    assert model_hash(FAMILIES[name]()) == HASHES[name]


def test_equal_models_have_one_hash() -> None:
    assert model_hash(hierarchical(Gamma(16, 9))) == model_hash(hierarchical(Gamma(16.0, 9.0)))
    one, other = (Model(name, Variable("u", Uniform(zero, 1))) for name, zero in (("a", 0.0), ("b", -0.0)))
    assert one == other
    assert model_hash(one) == model_hash(other)


def test_what_changes_a_model_changes_its_hash() -> None:
    rate = Variable("a", Gamma(2, 3)), Variable("b", Gamma(2, 3))
    models = [
        Model("m", *rate),
        Model("m", *reversed(rate)),
        Model("m", rate[0]),
        Model("m", Variable("a", Gamma(2, 3), "group")),
        Model("m", Variable("a", Uniform(2, 3))),
        Model("m", rate[0], Variable("b", Gamma(2, "a"))),
        *(make().model for make in FIXTURES),
    ]
    assert len({model_hash(model) for model in models}) == len(set(models)) == len(models)


def item(**changes: Any) -> dict[str, Any]:
    return {"variable": "alpha", "distribution": {"Gamma": {"shape": 16, "rate": 9}}, "plate": None} | changes


def gamma(**arguments: Any) -> dict[str, Any]:
    return {"name": "m", "items": [item(distribution={"Gamma": arguments})]}


DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]

REFUSED: dict[str, tuple[Any, str]] = {
    "not a table": (3, "model: a table with name, items is needed, got 3"),
    "a list": ([item()], "model: a table with name, items is needed"),
    "unknown key": ({"nmae": "m", "items": []}, "model: unknown key, got 'nmae'; did you mean name?"),
    "no name": ({"items": [item()]}, "name: a printable text"),
    "name of another type": ({"name": True, "items": [item()]}, "name: a printable text of at most 1024 bytes"),
    "name blank": ({"name": " ", "items": [item()]}, "name: a printable text"),
    "name with a control character": ({"name": "a\x1b[31m", "items": [item()]}, r"got 'a\x1b[31m'"),
    "name bidirectional": ({"name": "a\u202eb", "items": [item()]}, "name: a printable text"),
    "name long": ({"name": "a" * 1025, "items": [item()]}, "name: a printable text"),
    "name half a character": ({"name": "\ud800", "items": [item()]}, "name: a printable text"),
    "no items": ({"name": "m"}, "items: a list of items is needed"),
    "items a table": ({"name": "m", "items": {}}, "items: a list of items is needed"),
    "item not a table": ({"name": "m", "items": ["alpha"]}, "item: exactly one of input, variable and observed"),
    "item of no kind": ({"name": "m", "items": [{"plate": "g"}]}, "item: exactly one of"),
    "item of two kinds": ({"name": "m", "items": [item(input="n")]}, "item: exactly one of"),
    "item with unknown key": ({"name": "m", "items": [item(plaet="g")]}, "got 'plaet'; did you mean plate?"),
    "item name a number": ({"name": "m", "items": [item(variable=3)]}, "variable: a name is needed, got 3"),
    "plate a list": ({"name": "m", "items": [item(plate=["g"])]}, "variable alpha: a plate is a name, got ['g']"),
    "plate a boolean": ({"name": "m", "items": [item(plate=True)]}, "a plate is a name, got True"),
    "no distribution": ({"name": "m", "items": [{"variable": "a"}]}, "variable a: one distribution is needed"),
    "two distributions": (
        {"name": "m", "items": [item(distribution={"Gamma": {}, "Beta": {}})]},
        "one distribution is needed",
    ),
    "unknown distribution": (
        {"name": "m", "items": [item(distribution={"Gama": {}})]},
        "unknown distribution, got 'Gama'; did you mean Gamma?",
    ),
    "arguments by position": (
        {"name": "m", "items": [item(distribution={"Gamma": [16, 9]})]},
        "variable alpha: Gamma: arguments by name are needed, got [16, 9]",
    ),
    "unknown argument": (gamma(shap=16, rate=9), "Gamma has no such argument, got 'shap'; did you mean shape?"),
    "scale": (gamma(shape=16, scale=2), "write rate = 1 / scale"),
    "argument missing": (gamma(shape=16), "Gamma takes shape, rate, got {'shape': 16}"),
    "boolean": (gamma(shape=True, rate=9), "Gamma shape: a number or the name of a variable is needed, got True"),
    "number in quotes": (gamma(shape="16", rate=9), "not a name, got '16'; write numbers without quotes"),
    "nothing": (gamma(shape=None, rate=9), "Gamma shape: a number or the name"),
    "zero": (gamma(shape=0, rate=9), "Gamma shape: must be finite and within (0, inf), got 0"),
    "infinite": (gamma(shape=float("inf"), rate=9), "must be finite"),
    "NaN": (gamma(shape=float("nan"), rate=9), "must be finite"),
    "beyond float64": (gamma(shape=10**400, rate=9), "must be finite"),
    "beyond what Python shows": (gamma(shape=10**5000, rate=9), "too long to show"),
    "unknown name": (gamma(shape="alhpa", rate=9), "alpha: Gamma shape: unknown name, got 'alhpa'"),
    "nested deep": ({"name": "m", "items": [item(distribution=DEEP)]}, "got a value of type list too long to show"),
    "argument nested deep": (gamma(shape=DEEP, rate=9), "too long to show"),
}


@pytest.mark.parametrize(("document", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_document_is_refused_in_one_line(document: Any, words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        model_from_document(document)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700
